"""Config -> objects: the one place where tasks, engines, samplers and learners meet."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
from gymnasium.vector import VectorEnv
from gymnasium.wrappers.vector import RescaleAction

from soleus.engine.registry import EngineConfig, make_engine
from soleus.learner.base import Learner
from soleus.learner.part import MirrorReplay
from soleus.run.config import ControlConfig, RunConfig, TrainingConfig
from soleus.sampler.base import Sampler
from soleus.sampler.process import ProcessSampler
from soleus.sampler.serial import SerialSampler
from soleus.sampler.worker import Envs
from soleus.task.env import CONTROL_STEP
from soleus.task.env import VectorEnv as TaskEnv
from soleus.task.layout import Layout
from soleus.task.registry import TaskConfig
from soleus.task.start import StrideStart
from soleus.task.wrap import CentrePelvis, HoldAction, TellAction, TrainingReward

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
            return wrap(TaskEnv(task, engine, task.max_episode_steps), self.control, task.observation)
        draw_start = StrideStart(task, self.training.stride_starts)
        env = TaskEnv(task, engine, task.max_episode_steps, draw_start)
        return wrap(env, self.control, task.observation, self.training)


def wrap(env: VectorEnv, control: ControlConfig, layout: Layout, training: TrainingConfig | None = None) -> VectorEnv:
    """A task's environment as its policy meets it.

    Args:
        env: the task as it is.
        control: how the policy sees and moves the body.
        layout: what the task observes.
        training: what is paid on top while learning; None for the task's own reward.
    """
    one = np.ones_like(env.single_action_space.sample())
    env = HoldAction(RescaleAction(env, -one, one), control.hold)
    if training is not None:
        alive = training.alive * CONTROL_STEP
        env = TrainingReward(env, layout, alive, training.foot_swing, training.reward_scale)
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
