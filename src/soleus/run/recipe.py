"""Recipes: functions that return the config of a run, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soleus.engine.reference import ReferenceConfig
from soleus.learner.sac_config import SacConfig
from soleus.run.config import RunConfig, TrainingConfig
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

    A flat track, since obstacles are no use to who cannot walk. What blocks learning are two traps that are easier to
    find than a gait: diving forward and standing still. A horizon of 4 s and pay for staying up make the first worth
    little, a limit on the paid speed even less; episodes that begin in mid-stride show the way out of the second.
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
            updates_per_transition=1.5,
            random_transitions=800,
            discount=0.99,
            n_step=3,
            tau=0.01,
            initial_action=-0.66,
            initial_temperature=0.05,
        ),
        training=TrainingConfig(stride_starts=0.5, alive=0.5, speed_limit=1.5, reward_scale=7.5),
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
