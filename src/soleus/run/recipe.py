"""Recipes: functions that return the config of a run, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soleus.engine.reference import ReferenceConfig
from soleus.learner.sac_config import SacConfig
from soleus.run.config import ControlConfig, RunConfig, TrainingConfig
from soleus.run.error import RunError
from soleus.task.registry import find_task
from soleus.task.run2017 import Run2017Config


@dataclass(frozen=True)
class Recipe:
    """A named set-up of a run."""

    build: Callable[[str], RunConfig]
    """Task name -> config"""
    summary: str


def plain(task: str) -> RunConfig:
    """Every default as it stands, under the task's graded rules."""
    return RunConfig(find_task(task).config(), ReferenceConfig(), SacConfig())


def demo(task: str) -> RunConfig:
    """A first runner from as few steps of OpenSim as two cores make in minutes.

    A flat track, since obstacles are no use to who cannot walk. What blocks learning are traps that are easier to find
    than a gait: diving forward and standing still. Pay for staying up makes a dive worth less, pay for the faster foot
    makes a first step worth more than standing, and episodes that begin in mid-stride show what comes after it. No
    mirror: a symmetric policy cannot take a first step from a symmetric pose.
    """
    if task != "run2017":
        raise RunError(f"the recipe demo is for run2017, not {task}; start from --recipe plain")
    return RunConfig(
        Run2017Config(difficulty=0),
        ReferenceConfig(),
        SacConfig(
            actor_hidden=(128, 128),
            critic_hidden=(128, 128),
            actor_learning_rate=6e-4,
            critic_learning_rate=6e-4,
            temperature_learning_rate=6e-4,
            updates_per_transition=5.0,
            random_transitions=400,
            discount=0.96,
            n_step=2,
            tau=0.01,
            initial_action=-0.66,
            initial_temperature=0.05,
        ),
        control=ControlConfig(hold=8),
        training=TrainingConfig(stride_starts=0.3, alive=0.7, foot_swing=1.0, reward_scale=5.0),
        mirror=False,
        evaluate_s=45.0,
        evaluate_episodes=2,
    )


RECIPES = {
    "plain": Recipe(plain, "every default as it stands, under the task's graded rules"),
    "demo": Recipe(demo, "a first runner on a flat track, from minutes of OpenSim on two cores"),
}


def find_recipe(name: str) -> Recipe:
    """A recipe by name; RunError with the known names for an unknown one."""
    if name not in RECIPES:
        raise RunError(f"unknown recipe {name!r}; known recipes are {', '.join(sorted(RECIPES))}")
    return RECIPES[name]
