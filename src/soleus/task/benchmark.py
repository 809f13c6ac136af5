"""What a control step of a task costs, and how much of it the task layer takes beside the engine.

CPU time of one thread. The task layer is all that is no call of the engine: observation, reward, info, and the starts
of the worlds that fell. Excitations are drawn at random, so worlds fall often.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Dynamics, Engine, Measurement, Parameters, Rates, State
from soleus.task.base import Task
from soleus.task.env import VectorEnv

Result = TypeVar("Result")
MOST_EXCITATION = 0.5
"""Excitations are drawn from 0 to this [1]."""


@dataclass(frozen=True)
class TaskSpeed:
    """What a control step of all worlds of a task costs."""

    n_world: int
    step_s: float
    """CPU time of a control step of all worlds [s]"""
    engine_s: float
    """The engine's part in it [s]"""
    n_reset: float
    """Worlds that begin an episode in a control step"""

    @property
    def steps_per_second(self) -> float:
        """Control steps of one world in a CPU second."""
        return self.n_world / self.step_s

    @property
    def task_share(self) -> float:
        """The task layer's part of the time [1]."""
        return 1.0 - self.engine_s / self.step_s


class TimedEngine(Engine):
    """An engine, and the CPU time spent in it."""

    def __init__(self, engine: Engine) -> None:
        self.model, self.n_world, self.control_step = engine.model, engine.n_world, engine.control_step
        self.time_s = 0.0
        self._engine = engine

    def reset(self, worlds: NDArray[np.integer], state: State, parameters: Parameters, *, equilibrate: bool) -> None:
        self._timed(lambda: self._engine.reset(worlds, state, parameters, equilibrate=equilibrate))

    def step(self, excitation: Array) -> None:
        self._timed(lambda: self._engine.step(excitation))

    def state(self) -> State:
        return self._timed(self._engine.state)

    def measure(self) -> Measurement:
        return self._timed(self._engine.measure)

    def dynamics(self) -> Dynamics:
        return self._timed(self._engine.dynamics)

    def rates(self, excitation: Array) -> Rates:
        return self._timed(lambda: self._engine.rates(excitation))

    def status(self) -> NDArray[np.integer]:
        return self._timed(self._engine.status)

    def failure(self, world: int) -> str:
        return self._engine.failure(world)

    def close(self) -> None:
        self._engine.close()

    def _timed(self, call: Callable[[], Result]) -> Result:
        began = time.process_time()
        result = call()
        self.time_s += time.process_time() - began
        return result


def measure_task(task: Task, engine: Engine, n_step: int, hold: int = 1) -> TaskSpeed:
    """Time control steps of a task, after a third as many to warm up.

    Args:
        task: its rules.
        engine: of one thread; it is closed afterwards.
        n_step: control steps to measure.
        hold: control steps for which an action is held, as in training.
    """
    timed = TimedEngine(engine)
    env = VectorEnv(task, timed, hold=hold)
    random, n_action = np.random.default_rng(0), max(n_step // hold, 1)
    actions = random.uniform(0.0, MOST_EXCITATION, (n_action, *(env.action_space.shape or ())))
    env.reset(seed=0)
    began, n_reset = 0.0, 0
    for i in range(-(n_action // 3), n_action):
        if i == 0:
            began, timed.time_s, n_reset = time.process_time(), 0.0, 0
        _, _, terminated, truncated, _ = env.step(actions[i])
        ended = terminated | truncated
        if ended.any():
            n_reset += int(ended.sum())
            env.reset(options={"reset_mask": ended})
    n = n_action * hold
    speed = TaskSpeed(timed.n_world, (time.process_time() - began) / n, timed.time_s / n, n_reset / n)
    env.close()
    return speed
