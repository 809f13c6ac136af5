"""The Task interface: what is observed, what is paid and when it ends. A task holds no simulator.

`remember`, `observe`, `reward` and `fallen` are pure functions of Snapshots, for many worlds at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Batched, Dynamics, Measurement, Parameters, State
from soleus.model.spec import Model
from soleus.task.layout import Layout

CONTROL_STEP = 0.01
"""Time for which an excitation is held, in every challenge [s]"""


@dataclass(frozen=True)
class Memory(Batched):
    """What the rules keep in mind during an episode; a task that needs more adds its own arrays."""

    n_step: NDArray[np.integer]
    """Control steps since the start, shape (n_world,)"""


MemoryT = TypeVar("MemoryT", bound=Memory)


@dataclass(frozen=True)
class Snapshot(Generic[MemoryT]):
    """The worlds between two control steps."""

    state: State
    measurement: Measurement
    parameters: Parameters
    memory: MemoryT
    dynamics: Dynamics | None = None
    """For a task that observes accelerations"""
    rules: object = None
    """The config of the task; whoever goes on from here needs the same. None where nobody will"""
    seed: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Of each world's episode, shape (n_world,)"""

    def rows(self, worlds: NDArray[np.integer]) -> Snapshot[MemoryT]:
        """Some of the worlds."""
        return replace(
            self,
            state=self.state[worlds],
            measurement=self.measurement[worlds],
            parameters=self.parameters[worlds],
            memory=self.memory[worlds],
            dynamics=None if self.dynamics is None else self.dynamics[worlds],
            seed=self.seed[worlds] if len(self.seed) else self.seed,
        )


@dataclass(frozen=True)
class Start(Generic[MemoryT]):
    """How worlds begin their episodes, a row for each."""

    state: State
    parameters: Parameters
    equilibrate: NDArray[np.bool_]
    """Whether the fibres balance their tendons before the first step, shape (n_world,)"""
    memory: MemoryT


class Task(ABC, Generic[MemoryT]):
    """One challenge with its rules."""

    name: str
    """As in the registry and on the command line"""
    version: int = 0
    """Raised whenever the same actions would be observed or paid otherwise; the v of the Gymnasium id"""
    config: Any
    """Its rules, a frozen dataclass"""
    model: Model
    observation: Layout
    excitation: Layout
    """Fields of the action: each muscle of the model once, in [0, 1]"""
    time_limit: int
    """Control steps until time is up: `truncated`"""
    failure_reward: float
    """Paid instead of the reward when the simulator fails"""
    clip_excitation: bool
    """Whether excitations outside [0, 1] are clipped, or act as they are"""
    observes_dynamics: bool = False
    """Whether its Snapshots need Dynamics"""

    @property
    def action(self) -> Layout:
        """Fields of the action: each excites a muscle."""
        return self.excitation

    @property
    def mirror_fault(self) -> str | None:
        """Why the task has no left/right mirror, such as a prosthesis on one side; None if it has one."""
        return self.excitation.mirror_fault or self.observation.mirror_fault

    @abstractmethod
    def start(self, seeds: Sequence[int]) -> Start[MemoryT]:
        """Draw start poses and courses, one for each seed; a seed draws the same ones whatever its neighbours."""

    @abstractmethod
    def remember(self, before: Snapshot[MemoryT], after: Snapshot[MemoryT]) -> MemoryT:
        """What to keep in mind after a control step; `after` comes with the memory of `before`."""

    @abstractmethod
    def observe(self, snapshot: Snapshot[MemoryT]) -> Array:
        """Observations, shape (n_world, n_observation)."""

    def observe_start(self, snapshot: Snapshot[MemoryT], previous: Snapshot[MemoryT] | None) -> Array:
        """The first observation of an episode; `previous` is what was before the reset, None at the first one."""
        del previous
        return self.observe(snapshot)

    @abstractmethod
    def reward(self, before: Snapshot[MemoryT], after: Snapshot[MemoryT]) -> Mapping[str, Array]:
        """Reward terms of a step by name, each of shape (n_world,); the reward is their sum."""

    @abstractmethod
    def fallen(self, snapshot: Snapshot[MemoryT]) -> NDArray[np.bool_]:
        """Which worlds have ended for good, shape (n_world,)."""

    @abstractmethod
    def distance(self, snapshot: Snapshot[MemoryT]) -> Array:
        """How far each world has come, as the task counts it, shape (n_world,) [m]."""

    def tell(self, snapshot: Snapshot[MemoryT]) -> Mapping[str, NDArray]:
        """What else stands in `info`, each of shape (n_world, ...)."""
        del snapshot
        return {}

    def describe(self, snapshot: Snapshot[MemoryT], world: int) -> Mapping[str, Any]:
        """What stands in the description of a world besides the body; see `soleus.task.description`."""
        del snapshot, world
        return {}
