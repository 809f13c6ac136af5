"""The policy of two levels: a manager says now and then what the worker should bring about, the worker acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.actor import ActorPolicy
from soleus.nets.baseline import UniformPolicy
from soleus.nets.file import write_policy
from soleus.nets.policy import Policy
from soleus.nets.signature import UNKNOWN, Signature

Level = ActorPolicy | UniformPolicy
LEVELS = {level.kind: level for level in (ActorPolicy, UniformPolicy)}


@final
class Goals:
    """The goal of each world, and how many decisions ago it was set."""

    def __init__(self) -> None:
        self.goal = np.zeros((0, 0), np.float32)
        self.age = np.zeros(0, int)

    def fit(self, n_world: int, n_goal: int) -> None:
        """Be about so many worlds, forgetting everything if there were others."""
        if self.goal.shape != (n_world, n_goal):
            self.goal, self.age = np.zeros((n_world, n_goal), np.float32), np.zeros(n_world, int)


@final
@dataclass(frozen=True)
class FeudalPolicy(Policy):
    """A manager sets a goal at the beginning of an episode and every so many decisions; a worker who sees the goal, and
    less of the task, chooses every action (feudal networks: Vezhnevets 2017, arXiv 1703.01161; with goals in observed
    quantities as in HIRO: Nachum 2018, arXiv 1805.08296).
    """

    kind: ClassVar[str] = "feudal"

    manager: Level
    """Observation -> goal in [-1, 1]"""
    worker: Level
    """What it observes, then the goal -> action"""
    every: int
    """Decisions for which a goal is held"""
    columns: tuple[int, ...]
    """What of an observation the worker sees"""
    n_observation: int
    """Length of an observation"""
    goals: Goals = field(default_factory=Goals, compare=False)
    """Of the worlds that it acts in"""

    @property
    def n_action(self) -> int:
        """Length of an action."""
        return self.worker.n_action

    @property
    def note(self) -> NDArray[np.float32] | None:
        return self.goals.goal.copy()

    def begin(self, worlds: NDArray[np.integer]) -> None:
        for level in (self.manager, self.worker):
            level.begin(worlds)
        if len(self.goals.age):
            self.goals.age[worlds] = 0

    def follow(self, before: Policy) -> None:
        if not isinstance(before, FeudalPolicy):
            return
        self.manager.follow(before.manager)
        self.worker.follow(before.worker)
        self.goals.goal, self.goals.age = before.goals.goal.copy(), before.goals.age.copy()

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        goals = self.goals
        goals.fit(len(observation), self.manager.n_action)
        due = goals.age % self.every == 0
        if due.any():
            goals.goal = np.where(due[:, None], self.manager.act(observation, generator), goals.goal)
        goals.age = goals.age + 1
        seen = np.concatenate([observation[:, list(self.columns)], goals.goal], axis=1)
        return self.worker.act(seen, generator)

    def save(self, path: Path, signature: Signature = UNKNOWN) -> None:
        """Write the policy, and what it was made for, to a file that `load_policy` reads."""
        signature.check(self.n_observation, self.n_action)
        arrays, told = {}, {}
        for name, level in (("manager", self.manager), ("worker", self.worker)):
            own, description = level.content()
            arrays |= {f"{name}.{key}": array for key, array in own.items()}
            told[name] = {"kind": level.kind, **description}
        settings = {"every": self.every, "columns": self.columns, "n_observation": self.n_observation}
        write_policy(path, self.kind, arrays, {**told, **settings}, signature)

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> FeudalPolicy:
        """The policy that `save` wrote, from what its file holds."""

        def level(name: str) -> Level:
            told, prefix = description[name], f"{name}."
            own = {key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)}
            return LEVELS[told["kind"]].from_file(own, told)

        columns = tuple(int(column) for column in description["columns"])
        settings = int(description["every"]), columns, int(description["n_observation"])
        return cls(level("manager"), level("worker"), *settings)
