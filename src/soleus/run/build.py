"""Config -> objects: the one place where tasks, engines, samplers and learners meet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gymnasium.vector import VectorEnv

from soleus.engine.core import n_core
from soleus.engine.registry import ENGINES, EngineConfig, engine_name, make_engine
from soleus.learner.base import Learner
from soleus.learner.part import MirrorReplay
from soleus.nets.signature import Signature
from soleus.run.config import N_WORLD, ControlConfig, RunConfig, TrainingConfig
from soleus.run.error import RunError
from soleus.sampler.base import Sampler
from soleus.sampler.process import ProcessSampler
from soleus.sampler.serial import SerialSampler
from soleus.sampler.threads import ThreadSampler
from soleus.sampler.worker import Envs
from soleus.task.base import CONTROL_STEP, Task
from soleus.task.env import VectorEnv as TaskEnv
from soleus.task.layout import Layout
from soleus.task.registry import TaskConfig
from soleus.task.start import StrideStart
from soleus.task.wrap import CentreAction, CentrePelvis, TellAction, TrainingReward

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
    n_world: int = 1

    def __call__(self) -> VectorEnv:
        task = self.task.build()
        engine = make_engine(self.engine, task.model, self.n_world)
        if self.training is None:
            env = TaskEnv(task, engine, hold=self.control.hold)
            return wrap(env, self.control, task.observation)
        draw_start = StrideStart(task, self.training.stride_starts)
        env = TaskEnv(task, engine, draw_start, hold=self.control.hold)
        return wrap(env, self.control, task.observation, self.training)


def wrap(env: VectorEnv, control: ControlConfig, layout: Layout, training: TrainingConfig | None = None) -> VectorEnv:
    """A task's environment as its policy meets it.

    Args:
        env: the task as it is, holding actions for as long as `control` says.
        control: how the policy sees and moves the body.
        layout: what the task observes.
        training: what is paid on top while learning; None for the task's own reward.
    """
    env = CentreAction(env)
    if training is not None:
        alive, knee = training.alive * CONTROL_STEP, training.knee_hyperextension * CONTROL_STEP
        env = TrainingReward(env, layout, alive, training.foot_swing, knee, training.reward_scale)
    if control.centre_pelvis:
        env = CentrePelvis(env, layout)
    if control.tell_action:
        env = TellAction(env, REST)
    return env


def observed(task: Task, control: ControlConfig) -> Layout:
    """The fields of what a policy observes of a task."""
    return TellAction.layout(task.observation, task.excitation) if control.tell_action else task.observation


def signature(config: TaskConfig, control: ControlConfig) -> Signature:
    """What a policy for a task is made for."""
    task = config.build()
    observation = observed(task, control)
    return Signature(
        task.name,
        task.version,
        observation.names,
        tuple(field.unit for field in observation.fields),
        task.excitation.names,
    )


def check_engine(task: TaskConfig, engine: EngineConfig) -> None:
    """Raise the EngineError that workers would die of, before anything is started."""
    make_engine(engine, task.build().model).close()


def check_worlds(config: RunConfig) -> None:
    """Raise what workers would die of in building the environment to explore in, before anything is started."""
    EnvBuilder(config.task, config.engine, config.control, config.training)().close()


def build_sampler(config: RunConfig, seed: int) -> Sampler:
    """The sampler of a run; `seed` differs between sessions of a resumed run."""
    n_play = config.evaluate_episodes if ENGINES[engine_name(config.engine)].many_worlds else 1
    explore = EnvBuilder(config.task, config.engine, config.control, config.training, config.n_world)
    envs = Envs(explore, replace(explore, training=None, n_world=n_play))
    match config.sampler_kind:
        case "serial":
            return SerialSampler(envs, seed, n_play)
        case "thread":
            return ThreadSampler(envs, seed, n_play)
        case "process":
            n_worker = config.sampler.workers or n_core()
            return ProcessSampler(envs, n_worker, seed, config.sampler.step_timeout_s, n_play)


def build_player(play: EnvBuilder, n_episode: int, workers: int, step_timeout_s: float) -> Sampler:
    """A sampler that only plays.

    Args:
        play: the environment, of one world.
        n_episode: how many will be played.
        workers: processes, for an engine of one world; 0 takes one for each core.
        step_timeout_s: a process that takes longer for one action is replaced [s].
    """
    if ENGINES[engine_name(play.engine)].many_worlds:
        play = replace(play, n_world=min(n_episode, N_WORLD))
        return ThreadSampler(Envs(play, play), seed=0, n_play=play.n_world)
    n_worker = min(workers or n_core(), n_episode)
    return ProcessSampler(Envs(play, play), n_worker, seed=0, step_timeout_s=step_timeout_s)


def build_learner(config: RunConfig) -> Learner:
    """The learner of a run; RunError if it is to mirror what has no mirror."""
    task = config.task.build()
    if config.mirror and task.mirror_fault is not None:
        raise RunError(f"{task.name} has no mirror: {task.mirror_fault}; train with --no-mirror")
    observation, action = observed(task, config.control), task.excitation
    parts = (
        (MirrorReplay(observation.mirror_index, observation.mirror_sign, action.mirror_index, action.mirror_sign),)
        if config.mirror
        else ()
    )
    return config.learner.build(
        len(observation), len(action), config.seed, parts, decision_s=config.control.hold * CONTROL_STEP
    )
