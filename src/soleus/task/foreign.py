"""A task that is any Gymnasium environment with numbers to observe and numbers in a range to act with."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Space
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.task.layout import Field, Layout
from soleus.task.option import reset_mask

N_SEED = 2**31
"""Seeds of episodes lie below; Gymnasium takes any that is not negative."""
NAMESPACE = "soleus/"
"""Of the Gymnasium ids of our own tasks."""
TIME_LIMIT = 10_000
"""Steps until time is up where an environment sets no limit: an episode that nothing ends could never be judged."""


Bounds = tuple[tuple[float, float], ...]
"""The lowest and the highest value of each number"""


@dataclass(frozen=True)
class GymnasiumConfig:
    """An environment of Gymnasium, and how it is made. Nobody graded it: a policy is judged in what it learnt in."""

    id: str
    """As `gymnasium.make` takes it: "Pendulum-v1", or "module:Name-v0" for one that a module of yours registers."""
    settings: dict[str, bool | int | float | str] = field(default_factory=dict, metadata={"graded": False})
    """What `gymnasium.make` is told besides, such as `g 5.0` for Pendulum-v1."""
    time_limit: int | None = field(default=None, metadata={"graded": False})
    """Steps until time is up, in place of the environment's own limit, or of TIME_LIMIT where it has none."""

    def __post_init__(self) -> None:
        if self.time_limit is not None and self.time_limit < 1:
            raise ValueError(f"{self.id}: time_limit is {self.time_limit}; it must be at least 1")

    def build(self) -> GymnasiumTask:
        """What it observes and moves; ValueError for what no learner of ours can use, and why."""
        env = self.make()
        try:
            return GymnasiumTask(
                self.id,
                _layout(self.id, "observation", env.observation_space),
                _layout(self.id, "action", env.action_space, bounded=True),
                _bounds(env.observation_space),
                _bounds(env.action_space),
                self._limit,
            )
        finally:
            env.close()

    def make(self, render_mode: str | None = None) -> gymnasium.Env:
        """One world; ValueError for what Gymnasium cannot make, in its own words."""
        told: dict[str, Any] = {**self.settings, "render_mode": render_mode, "disable_env_checker": True}
        try:
            return gymnasium.make(_registered_id(self.id), max_episode_steps=self._limit, **told)
        except (gymnasium.error.Error, ImportError, TypeError) as error:
            settings = "".join(f", {name}={value!r}" for name, value in self.settings.items())
            raise ValueError(f"Gymnasium cannot make {self.id}{settings}: {error}") from error

    @property
    def _limit(self) -> int:
        """Steps until time is up; gymnasium.error.Error or ImportError for an id that Gymnasium does not know."""
        return self.time_limit or gymnasium.spec(_registered_id(self.id)).max_episode_steps or TIME_LIMIT

    def worlds(self, n_world: int, render_mode: str | None = None) -> VectorEnv:
        """Many worlds in one environment, in this process."""
        worlds = SyncVectorEnv([partial(self.make, render_mode)] * n_world, autoreset_mode=AutoresetMode.DISABLED)
        return SeededWorlds(worlds)


@dataclass(frozen=True)
class GymnasiumTask:
    """What a policy has to know of an environment."""

    name: str
    observation: Layout
    action: Layout
    observation_bounds: Bounds
    """Between which its own documentation says that each observed number stays"""
    action_bounds: Bounds
    """Which actions of -1 and 1 become"""
    time_limit: int
    """Steps until time is up"""
    version: int = 0
    """The id ends with the environment's own"""
    mirror_fault: str = "Gymnasium does not tell which of its numbers are left and which are right"


class SeededWorlds(VectorWrapper):
    """Tells observations in float32, and in `info` nothing but the seed of each episode, as the worlds of our tasks do.

    Every episode has a seed of its own, also those that nobody gave one: the same seed draws the same episode again.
    What else an environment says in `info` stays there, since the same word may mean something else here.
    """

    def __init__(self, env: VectorEnv) -> None:
        super().__init__(env)
        self.metadata = {**env.metadata, "termination": "termination"}
        shape = env.single_observation_space.shape
        self.single_observation_space = Box(-np.inf, np.inf, shape, np.float32)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self._seed = np.zeros(self.num_envs, dtype=np.int64)
        self._generator = np.random.default_rng()

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start episodes.

        Args:
            seed: of each world's episode; an int counts up from world to world. Later episodes without a seed draw
                theirs from the first one.
            options: "reset_mask", which worlds to reset (default: all).
        """
        worlds = reset_mask(options, self.num_envs)
        self._seed[worlds] = self._draw_seeds(seed)[worlds]
        each: Any = self._seed.tolist()  # Gymnasium's annotation knows one seed only
        observation, _ = self.env.reset(seed=each, options=dict(options or {}))
        return observation.astype(np.float32), {"seed": self._seed.copy()}

    def step(self, actions: Array) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Like `VectorEnv.step`."""
        observation, reward, terminated, truncated, _ = self.env.step(actions)
        return observation.astype(np.float32), reward, terminated, truncated, {}

    def _draw_seeds(self, seed: int | Sequence[int | None] | None) -> NDArray[np.int64]:
        """A seed for each world: the given one, or a fresh one."""
        if isinstance(seed, int | np.integer):
            seed = [int(seed) + world for world in range(self.num_envs)]
        given = [None] * self.num_envs if seed is None else list(seed)
        if given[0] is not None:
            self._generator = np.random.default_rng(given[0])
        drawn = self._generator.integers(N_SEED, size=self.num_envs)
        return np.array([drawn[i] if value is None else value for i, value in enumerate(given)], dtype=np.int64)


def check_known(name: str, ours: Mapping[str, str]) -> None:
    """Raise ValueError, with what is near, for a task that is neither ours nor Gymnasium's.

    Args:
        name: of the task.
        ours: our own tasks by their Gymnasium id.
    """
    if name in ours:
        raise ValueError(f"{name} is our own task {ours[name]}; give it this name")
    if name.endswith(".osim"):
        raise ValueError(
            f"{name} is a body and no task; `soleus verify {name}` says whether Soleus can simulate it, and "
            f"`soleus tasks` what there is to learn: {', '.join(sorted(ours.values()))}"
        )
    try:
        gymnasium.spec(_registered_id(name))
    except (gymnasium.error.Error, ImportError) as error:
        near = get_close_matches(name.rpartition(":")[2], [*ours.values(), *_usable_ids()], n=3)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise ValueError(
            f"unknown task {name!r}{hint}; known tasks are {', '.join(sorted(ours.values()))} (see `soleus tasks`) "
            f"and the ids of Gymnasium, such as Pendulum-v1, which says: {error}"
        ) from error


def _registered_id(name: str) -> str:
    """The id alone, once the module before its colon, if there is one, is imported; ImportError if it cannot be."""
    module, _, id_ = name.rpartition(":")
    if module:
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())  # as `python -m` does
        import_module(module)
    return id_


def _usable_ids() -> list[str]:
    """The ids that Gymnasium has, but for ours."""
    return [id_ for id_ in gymnasium.registry if not id_.startswith(NAMESPACE)]


def _layout(name: str, what: str, space: Space, *, bounded: bool = False) -> Layout:
    """A field for each number of a space; ValueError for a space of another kind."""
    fault = _fault(space, bounded)
    if fault is not None:
        allowed = "a Box of one dimension" + (" with finite bounds" if bounded else "")
        raise ValueError(f"{name} cannot be learnt here: its {what} is {fault}; {allowed} is needed")
    return Layout(tuple(Field(f"{what} {i}", "") for i in range((space.shape or (0,))[0])))


def _bounds(space: Space) -> Bounds:
    """Those of a space that has a layout."""
    assert isinstance(space, Box)
    return tuple(zip(space.low.tolist(), space.high.tolist(), strict=True))


def _fault(space: Space, bounded: bool) -> str | None:
    """What is wrong with a space; None if nothing is."""
    if not isinstance(space, Box):
        return f"a {type(space).__name__}"
    if len(space.shape) != 1:
        return f"a Box of shape {space.shape}"
    if bounded and not np.isfinite([space.low, space.high]).all():
        return "a Box without finite bounds"
    return None
