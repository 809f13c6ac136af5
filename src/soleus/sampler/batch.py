"""What travels from a sampler to a learner: transitions, and the episodes that ended among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Episode:
    """The record of one finished episode."""

    score: float
    """Sum of the task's own rewards: the official score of the episode"""
    n_env_steps: int
    """Control steps of the simulator"""
    end: str
    """"fall" ("termination" in a task of Gymnasium), "time" or the reason of a simulator failure"""
    distance: float
    """Forward displacement of the pelvis [m]; NaN for a task without one"""
    seed: int
    """The seed that drew the episode's start and course"""
    paid: float
    """Sum of the rewards that were paid: the score itself, unless training pays for more"""
    number: int = -1
    """By which the `Trial` that asked for it knows it; -1 where none did"""
    paid_terms: Mapping[str, float] = field(default_factory=dict)
    """What training paid, by name, in the task's unit; empty where it pays nothing"""

    @property
    def completed(self) -> bool:
        """Whether it lasted until time was up."""
        return self.end == "time"

    @property
    def failed(self) -> bool:
        """Whether the simulator gave it up."""
        return self.end not in ("fall", "termination", "time")


@dataclass(frozen=True)
class Batch:
    """Transitions of one worker, world after world, each in time order. An action is in [-1, 1], whatever the task's
    own range.
    """

    observation: NDArray[np.float32]
    """shape (n, n_observation), in the task's units: normalising is the policy's business"""
    action: NDArray[np.float32]
    """shape (n, n_action)"""
    reward: NDArray[np.float32]
    """What the learner maximises, shape (n,)"""
    next_observation: NDArray[np.float32]
    """shape (n, n_observation); at an episode's end the true last observation, not the next start"""
    terminated: NDArray[np.bool_]
    """Ended for good (a fall): worth nothing more, shape (n,)"""
    truncated: NDArray[np.bool_]
    """Ended by the clock: bootstrap from next_observation, shape (n,)"""
    world: NDArray[np.int64]
    """Number of the world, different from those of all other workers: what it does next comes in the worker's next
    batch, shape (n,)"""
    reward_terms: NDArray[np.float32] | None = None
    """What of the reward was paid for what, shape (n, n_term); None of a task that tells no terms"""
    note: NDArray[np.float32] | None = None
    """What the policy noted down, shape (n, n_note); None of one that does not"""
    term_names: tuple[str, ...] = ()
    """Of each term; they are told with the transitions of a worker, and stay behind with its records"""
    n_env_steps: int = 0
    """Control steps of the simulator behind these transitions"""
    episodes: tuple[Episode, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.reward)

    def __getitem__(self, rows: NDArray[np.integer] | NDArray[np.bool_]) -> Batch:
        """Some of the transitions; the records of steps and episodes stay behind."""
        return self.of_columns({name: values[rows] for name, values in self.columns().items()})

    def columns(self) -> dict[str, NDArray]:
        """The arrays by name."""
        return {name: values for name, values in vars(self).items() if isinstance(values, np.ndarray)}

    @classmethod
    def of_columns(cls, columns: Mapping[str, Any]) -> Batch:
        """Transitions from what `columns` gave, without records of steps and episodes."""
        return cls(**columns)


def failed_episodes(seeds: Sequence[int], numbers: Sequence[int], score: float, why: str) -> Batch:
    """What is known of episodes that no simulator came back from: no transition, and no metre.

    Args:
        seeds: of the episodes.
        numbers: of the episodes of a `Trial`; none of others.
        score: of each of them.
        why: what happened.
    """
    nothing, never = np.zeros((0, 0), np.float32), np.zeros(0, dtype=bool)
    episodes = tuple(
        Episode(score, n_env_steps=0, end=why, distance=0.0, seed=seed, paid=score, number=number)
        for seed, number in zip(seeds, numbers or [-1] * len(seeds), strict=True)
    )
    return Batch(
        observation=nothing,
        action=nothing,
        reward=np.zeros(0, np.float32),
        next_observation=nothing,
        terminated=never,
        truncated=never,
        world=np.zeros(0, np.int64),
        episodes=episodes,
    )
