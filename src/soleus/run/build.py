"""Config -> objects: the one place where tasks, engines, samplers and learners meet."""

from __future__ import annotations

import os
from dataclasses import dataclass

from gymnasium.vector import VectorEnv
from gymnasium.wrappers.vector import RescaleAction

from soleus.engine.registry import EngineConfig, make_engine
from soleus.learner.base import Learner
from soleus.learner.part import MirrorReplay
from soleus.run.config import ControlConfig, RunConfig
from soleus.sampler.base import Sampler
from soleus.sampler.process import ProcessSampler
from soleus.sampler.serial import SerialSampler
from soleus.task.env import VectorEnv as TaskEnv
from soleus.task.layout import Layout
from soleus.task.registry import TaskConfig
from soleus.task.wrap import CentrePelvis, HoldAction


@dataclass(frozen=True)
class EnvBuilder:
    """Builds the environment of a worker; plain data, so that it travels to other processes."""

    task: TaskConfig
    engine: EngineConfig
    control: ControlConfig

    def __call__(self) -> VectorEnv:
        task = self.task.build()
        env = TaskEnv(task, make_engine(self.engine, task.model), task.max_episode_steps)
        return wrap(env, self.control, task.observation)


def wrap(env: VectorEnv, control: ControlConfig, layout: Layout) -> VectorEnv:
    """A task's environment as its policy meets it: actions in [-1, 1], held, and observations centred."""
    env = RescaleAction(env, -1.0, 1.0)
    if control.hold > 1:
        env = HoldAction(env, control.hold)
    if control.centre_pelvis:
        env = CentrePelvis(env, layout)
    return env


def build_sampler(config: RunConfig, seed: int) -> Sampler:
    """The sampler of a run; `seed` differs between sessions of a resumed run."""
    make_env = EnvBuilder(config.task, config.engine, config.control)
    if config.sampler.kind == "serial":
        return SerialSampler(make_env, seed)
    n_worker = config.sampler.workers or n_core()
    return ProcessSampler(make_env, n_worker, seed, config.sampler.step_timeout_s)


def build_learner(config: RunConfig) -> Learner:
    """The learner of a run."""
    task = config.task.build()
    observation, action = task.observation, task.excitation
    parts = (
        (MirrorReplay(observation.mirror_index, observation.mirror_sign, action.mirror_index, action.mirror_sign),)
        if config.mirror
        else ()
    )
    return config.learner.build(len(observation), len(action), config.seed, parts)


def n_core() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
