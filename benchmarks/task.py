"""What a control step of many worlds costs, and how much of it the task layer takes beside the engine.

One thread, process CPU time. The task layer is all that is no call of the engine: observation, reward, info, and the
starts of the worlds that fell. Worlds fall often here, under excitations at random.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from soleus.engine.base import Array, Engine, Measurement, Parameters, Rates, State
from soleus.engine.fast.config import FastConfig
from soleus.run.build import wrap
from soleus.run.config import ControlConfig, TrainingConfig
from soleus.task.env import VectorEnv as TaskEnv
from soleus.task.run2017 import Run2017Config
from soleus.task.start import StrideStart

Result = TypeVar("Result")
N_WORLD = 256
N_STEP = 300
"""Measured steps, after a third as many to warm up."""
HOLD = 4
"""Control steps for which an action is held, as in training."""


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

    def rates(self, excitation: Array) -> Rates:
        return self._engine.rates(excitation)

    def status(self) -> NDArray[np.integer]:
        return self._timed(self._engine.status)

    def failure(self, world: int) -> str:
        return self._engine.failure(world)

    def _timed(self, call: Callable[[], Result]) -> Result:
        began = time.process_time()
        result = call()
        self.time_s += time.process_time() - began
        return result


def judged(rules: Run2017Config) -> tuple[VectorEnv, TimedEngine]:
    """The task as it is judged."""
    task = rules.build()
    engine = TimedEngine(FastConfig(threads=1).build(task.model, N_WORLD))
    return TaskEnv(task, engine, task.max_episode_steps), engine


def training(rules: Run2017Config) -> tuple[VectorEnv, TimedEngine]:
    """The task as a learner meets it: held actions, pay for what helps, starts in mid-stride."""
    task = rules.build()
    engine = TimedEngine(FastConfig(threads=1).build(task.model, N_WORLD))
    env = TaskEnv(task, engine, task.max_episode_steps, StrideStart(task, 0.5))
    paid = TrainingConfig(stride_starts=0.5, alive=0.5, foot_swing=0.5)
    return wrap(env, ControlConfig(hold=HOLD), task.observation, paid), engine


def measure(env: VectorEnv, engine: TimedEngine, hold: int) -> tuple[float, float, float]:
    """CPU time of a control step, of the engine's part in it [s], and the share of the worlds that fell in one [1]."""
    random = np.random.default_rng(0)
    low, high = env.single_action_space.low, env.single_action_space.high
    n_action = N_STEP // hold
    actions = random.uniform(low, (low + high) / 2, (n_action, *(env.action_space.shape or ())))
    env.reset(seed=0)
    began, n_fall = 0.0, 0
    for i in range(-n_action // 3, n_action):
        if i == 0:
            began, engine.time_s, n_fall = time.process_time(), 0.0, 0
        _, _, terminated, truncated, _ = env.step(actions[i])
        ended = terminated | truncated
        if ended.any():
            n_fall += int(ended.sum())
            env.reset(options={"reset_mask": ended})
    n_step = n_action * hold
    return (time.process_time() - began) / n_step, engine.time_s / n_step, n_fall / (n_step * N_WORLD)


def main() -> None:
    """Measure, and print one table."""
    table = Table("worlds", "track", "step ms", "engine ms", "task ms", "task share", "falls a step")
    for name, build, hold in (("judged", judged, 1), (f"training, hold {HOLD}", training, HOLD)):
        for what, rules in (("flat", Run2017Config(difficulty=0)), ("final", Run2017Config())):
            env, engine = build(rules)
            step, inside, falls = measure(env, engine, hold)
            env.close()
            table.add_row(
                name, what, f"{1e3 * step:.2f}", f"{1e3 * inside:.2f}", f"{1e3 * (step - inside):.2f}",
                f"{1 - inside / step:.0%}", f"{falls * N_WORLD:.2f}",
            )  # fmt: skip
    table.title = f"A control step of {N_WORLD} worlds on one thread, float64"
    Console().print(table)


if __name__ == "__main__":
    main()
