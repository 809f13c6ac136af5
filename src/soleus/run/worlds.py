"""Task -> its environments as a policy meets them, one class for each kind of task behind one small interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import final

from gymnasium.vector import VectorEnv

from soleus.engine.registry import ENGINES, EngineConfig, engine_name, make_engine
from soleus.run.config import N_WORLD
from soleus.run.control import ControlConfig, chain, tie
from soleus.run.training import TrainingConfig
from soleus.task.base import Task
from soleus.task.bonus import Pay
from soleus.task.env import VectorEnv as TaskEnv
from soleus.task.foreign import GymnasiumConfig
from soleus.task.registry import MuscleConfig, TaskConfig
from soleus.task.start import MixedStart
from soleus.task.tie import TiedLegs
from soleus.task.transform import Transformed
from soleus.task.wrap import CentreAction, ScaledReward, TrainingReward

N_PLAYED = 16
"""Worlds of Gymnasium that play at once: each has a simulator of its own, and they take turns."""


class Worlds(ABC):
    """Builds an environment when it is called; plain data, so that it travels to other processes."""

    @property
    @abstractmethod
    def most(self) -> int:
        """How many worlds are worth having in one environment."""

    @property
    @abstractmethod
    def failure_score(self) -> float:
        """Of an episode of which nothing comes back."""

    @abstractmethod
    def holding(self, n_world: int) -> Worlds:
        """The same in another number."""

    @abstractmethod
    def without_price(self) -> Worlds:
        """The same where a failure of the simulator costs nothing: in training, whose engine gives up sooner than a
        judge's, it is a fall.
        """

    @abstractmethod
    def check(self) -> None:
        """Raise what a worker would die of, before anything is started."""

    @abstractmethod
    def __call__(self) -> VectorEnv:
        """The environment: actions in [-1, 1], worlds reset by the caller."""


@final
@dataclass(frozen=True)
class MuscleWorlds(Worlds):
    """Worlds of our own tasks."""

    task: MuscleConfig
    engine: EngineConfig
    control: ControlConfig
    training: TrainingConfig | None = None
    """None for the task as it is judged"""
    n_world: int = 1
    n_reset: float = 0.0
    """Resets that each world has behind it, in a run that goes on"""
    priced: bool = True
    """Whether the task charges for a failure of the simulator"""

    @property
    def most(self) -> int:
        return N_WORLD if ENGINES[engine_name(self.engine)].many_worlds else 1

    @property
    def failure_score(self) -> float:
        return self.task.build().failure_reward if self.priced else 0.0

    def holding(self, n_world: int) -> MuscleWorlds:
        return replace(self, n_world=n_world)

    def without_price(self) -> MuscleWorlds:
        return replace(self, priced=False)

    def check(self) -> None:
        self.holding(1)().close()

    def __call__(self) -> VectorEnv:
        task = self.task.build()
        if not self.priced:
            task.failure_reward = 0.0
        engine = make_engine(self.engine, task.model, self.n_world)
        training, hold = self.training, self.control.hold
        if training is None:
            return wrap(TaskEnv(task, engine, hold=hold), self.control, task)
        starts = MixedStart(task, training.starts, self.n_world, self.n_reset)
        pays = Pay(task, training.reward, training.speed)
        env = TaskEnv(task, engine, starts, hold=hold, watch=starts.watch, pays=pays)
        return wrap(TrainingReward(env, training.reward_scale), self.control, task)


@final
@dataclass(frozen=True)
class GymnasiumWorlds(Worlds):
    """Worlds of a task of Gymnasium."""

    task: GymnasiumConfig
    reward_scale: float = 1.0
    """1 for the task as it is judged"""
    n_world: int = 1

    @property
    def most(self) -> int:
        return N_PLAYED

    @property
    def failure_score(self) -> float:
        return 0.0

    def holding(self, n_world: int) -> GymnasiumWorlds:
        return replace(self, n_world=n_world)

    def without_price(self) -> GymnasiumWorlds:
        return self

    def check(self) -> None:
        self.task.build()

    def __call__(self) -> VectorEnv:
        return ScaledReward(CentreAction(self.task.worlds(self.n_world)), self.reward_scale)


def find_worlds(
    task: TaskConfig,
    engine: EngineConfig | None,
    control: ControlConfig,
    training: TrainingConfig | None = None,
    n_reset: float = 0.0,
) -> Worlds:
    """The worlds of any task, one of them.

    Args:
        task: the rules.
        engine: what simulates it; None for a task of Gymnasium, which brings its own simulator.
        control: how the policy sees and moves the body.
        training: what makes the task easier to learn; None for the task as it is judged.
        n_reset: resets that each world has behind it, in a run that goes on.
    """
    if isinstance(task, GymnasiumConfig):
        return GymnasiumWorlds(task, training.reward_scale if training else 1.0)
    assert engine is not None
    return MuscleWorlds(task, engine, control, training, n_reset=n_reset)


def wrap(env: VectorEnv, control: ControlConfig, task: Task) -> VectorEnv:
    """A task's environment as its policy meets it.

    Args:
        env: the task as it is, holding actions for as long as `control` says.
        control: how the policy sees and moves the body.
        task: what is observed and moved.
    """
    env = CentreAction(env)
    tied = tie(task, control)
    if tied is not None:
        env = TiedLegs(env, tied)
    for transform in chain(task, control):
        env = Transformed(env, transform)
    return env
