"""The Task interface: what is observed, what is paid and when it ends. A task holds no simulator.

`observe`, `reward` and `fallen` are pure functions of a Snapshot, for many worlds at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Measurement, Parameters, State
from soleus.model.spec import Model
from soleus.task.layout import Layout


@dataclass(frozen=True)
class Snapshot:
    """The worlds between two control steps."""

    state: State
    measurement: Measurement
    parameters: Parameters


@dataclass(frozen=True)
class Start:
    """How worlds begin their episodes, a row for each."""

    state: State
    parameters: Parameters
    equilibrate: NDArray[np.bool_]
    """Whether the fibres balance their tendons before the first step, shape (n_world,)"""


class Task(ABC):
    """One challenge with its rules."""

    name: str
    """As in the registry and on the command line"""
    model: Model
    observation: Layout
    excitation: Layout
    """Fields of the action, one muscle each, in [0, 1]"""
    max_episode_steps: int
    """Control steps until time is up"""
    failure_reward: float
    """Paid instead of the reward when the simulator fails"""
    clip_excitation: bool
    """Whether excitations outside [0, 1] are clipped, or act as they are"""

    @abstractmethod
    def start(self, seeds: Sequence[int]) -> Start:
        """Draw start poses and courses, one for each seed; a seed draws the same ones whatever its neighbours."""

    @abstractmethod
    def observe(self, snapshot: Snapshot) -> Array:
        """Observations, shape (n_world, n_observation)."""

    def observe_start(self, snapshot: Snapshot, previous: Parameters) -> Array:
        """The first observation of an episode; `previous` holds the parameters of each world's last episode."""
        del previous
        return self.observe(snapshot)

    @abstractmethod
    def reward(self, before: Snapshot, after: Snapshot) -> Mapping[str, Array]:
        """Reward terms of a step by name, each of shape (n_world,); the reward is their sum."""

    @abstractmethod
    def fallen(self, snapshot: Snapshot) -> NDArray[np.bool_]:
        """Which worlds have ended for good, shape (n_world,)."""

    @abstractmethod
    def distance(self, snapshot: Snapshot) -> Array:
        """Forward position of the body, shape (n_world,) [m]."""
