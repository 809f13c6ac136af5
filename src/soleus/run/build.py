"""Config -> objects: the one place where tasks, engines, samplers and learners meet."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
from gymnasium.vector import VectorEnv
from gymnasium.wrappers.vector import RescaleAction

from soleus.engine.base import Engine
from soleus.engine.registry import EngineConfig, make_engine
from soleus.learner.base import Learner
from soleus.learner.part import MirrorReplay
from soleus.run.config import ControlConfig, RunConfig, TrainingConfig
from soleus.sampler.base import Sampler
from soleus.sampler.process import ProcessSampler
from soleus.sampler.serial import SerialSampler
from soleus.sampler.worker import Envs
from soleus.task.base import Task
from soleus.task.env import VectorEnv as TaskEnv
from soleus.task.layout import Layout
from soleus.task.registry import TaskConfig
from soleus.task.start import StrideStart
from soleus.task.wrap import CentrePelvis, EndStall, HoldAction, TellAction, TrainingReward

REST = -0.9
"""Action of a muscle at rest: an excitation of 0.05."""


@dataclass(frozen=True)
class EnvBuilder:
    """Builds an environment; plain data, so that it travels to other processes."""

    task: TaskConfig
    engine: EngineConfig
    control: ControlConfig
    training: TrainingConfig | None = None
    """None for the task as it is judged"""

    def __call__(self) -> VectorEnv:
        task = self.task.build()
        engine = make_engine(self.engine, task.model)
        if self.training is None:
            env: VectorEnv = TaskEnv(task, engine, task.max_episode_steps)
        else:
            env = _for_training(task, engine, self.training)
        return wrap(env, self.control, task.observation)


def _for_training(task: Task, engine: Engine, training: TrainingConfig) -> VectorEnv:
    draw_start = StrideStart(task, training.stride_starts)
    env: VectorEnv = TaskEnv(task, engine, task.max_episode_steps, draw_start)
    dt = engine.control_step
    limit = np.inf if training.speed_limit is None else training.speed_limit
    env = TrainingReward(env, training.alive * dt, limit * dt, training.reward_scale)
    if training.stall_distance > 0.0:
        env = EndStall(env, training.stall_distance, round(1.0 / dt))
    return env


def wrap(env: VectorEnv, control: ControlConfig, layout: Layout) -> VectorEnv:
    """A task's environment as its policy meets it: actions in [-1, 1], held, and observations centred."""
    one = np.ones_like(env.single_action_space.sample())
    env = RescaleAction(env, -one, one)
    if control.hold > 1:
        env = HoldAction(env, control.hold)
    if control.centre_pelvis:
        env = CentrePelvis(env, layout)
    if control.tell_action:
        env = TellAction(env, REST)
    return env


def check_engine(task: TaskConfig, engine: EngineConfig) -> None:
    """Raise the EngineError that workers would die of, before anything is started."""
    make_engine(engine, task.build().model).close()


def build_sampler(config: RunConfig, seed: int) -> Sampler:
    """The sampler of a run; `seed` differs between sessions of a resumed run."""
    explore = EnvBuilder(config.task, config.engine, config.control, config.training)
    envs = Envs(explore, replace(explore, training=None))
    if config.sampler.kind == "serial":
        return SerialSampler(envs, seed)
    n_worker = config.sampler.workers or n_core()
    return ProcessSampler(envs, n_worker, seed, config.sampler.step_timeout_s)


def build_learner(config: RunConfig) -> Learner:
    """The learner of a run."""
    task = config.task.build()
    observation, action = task.observation, task.excitation
    if config.control.tell_action:
        observation = TellAction.layout(observation, action)
    parts = (
        (MirrorReplay(observation.mirror_index, observation.mirror_sign, action.mirror_index, action.mirror_sign),)
        if config.mirror
        else ()
    )
    return config.learner.build(len(observation), len(action), config.seed, parts)


def n_core() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
