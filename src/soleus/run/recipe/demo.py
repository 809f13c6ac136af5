"""A first runner, from minutes on two cores."""

from __future__ import annotations

from dataclasses import replace

from soleus.engine.fast.config import FastConfig
from soleus.engine.registry import find_engine
from soleus.learner.sac_config import SacConfig
from soleus.run.config import RunConfig, SamplerConfig
from soleus.run.control import ControlConfig
from soleus.run.error import RunError
from soleus.run.recipe.base import Recipe
from soleus.run.training import TrainingConfig
from soleus.task.bonus import RewardConfig
from soleus.task.registry import find_task
from soleus.task.run2017 import Run2017Config
from soleus.task.start import StartConfig

DEMO_LEARNER = SacConfig(
    actor_hidden=(128, 128),
    critic_hidden=(128, 128),
    actor_learning_rate=6e-4,
    critic_learning_rate=6e-4,
    temperature_learning_rate=6e-4,
    tau=0.01,
    initial_action=-0.66,
)
"""What both demos share: small networks that learn fast, from a body nearly at rest."""


def demo(task: str, engine: str | None = None) -> RunConfig:
    """A first runner from minutes on two cores."""
    if task != "run2017":
        raise RunError(f"this recipe is for run2017, not {task}; start from --recipe plain")
    engine = engine or find_task(task).engine
    return _demo_on_many_worlds() if find_engine(engine).many_worlds else _demo_on_one_world(engine)


def _demo_on_many_worlds() -> RunConfig:
    """From millions of steps in minutes, under the graded rules from the start, after a study of one core's learning.

    The trap here is the stiff knee, which stands easily and never runs: bending it backwards is charged. Some pay for
    staying up keeps the policy from diving forward, and pay for the faster foot gives it the first steps sooner. A
    control step takes 70 to 300 evaluations; one that needs 1,500, since a foot chatters on the ground, ends its
    episode like a fall: so the policy stays away from what OpenSim can hardly simulate.
    """
    return RunConfig(
        Run2017Config(),
        FastConfig(precision="float32", minimum_step=1e-5, max_evaluations=1_500),
        replace(
            DEMO_LEARNER,
            updates_per_transition=1 / 32,
            replay_capacity=500_000,
            random_transitions=5000,
            discount=0.98,
            n_step=3,
            initial_temperature=0.02,
        ),
        control=ControlConfig(hold=3),
        training=TrainingConfig(
            reward=RewardConfig(alive=0.5, foot_swing=0.5, knee_hyperextension=1.5), starts=StartConfig(stride=0.5)
        ),
        sampler=SamplerConfig(chunk=4),
        evaluate_s=20.0,
        evaluate_episodes=32,
        steps=20_000_000,
    )


def _demo_on_one_world(engine: str) -> RunConfig:
    """From as few steps as possible, for OpenSim.

    A flat track, since obstacles are no use to who cannot walk. What blocks learning are traps that are easier to find
    than a gait: diving forward and standing still. Pay for staying up makes a dive worth less, pay for the faster foot
    makes a first step worth more than standing, and episodes that begin in mid-stride show what comes after it. No
    mirror: a symmetric policy cannot take a first step from a symmetric pose.
    """
    return RunConfig(
        Run2017Config(difficulty=0),
        find_engine(engine).config(),
        replace(
            DEMO_LEARNER,
            updates_per_transition=5.0,
            random_transitions=400,
            discount=0.96,
            n_step=2,
            initial_temperature=0.05,
        ),
        control=ControlConfig(hold=8),
        training=TrainingConfig(
            reward=RewardConfig(alive=0.7, foot_swing=1.0), starts=StartConfig(stride=0.3), reward_scale=5.0
        ),
        symmetry="none",
        evaluate_s=45.0,
        evaluate_episodes=2,
    )


DEMO = Recipe(demo, "a first runner, from minutes on two cores")
