"""From nothing to a sprint, in one run that decides by itself when it is ready for more."""

from __future__ import annotations

from dataclasses import replace

from soleus.learner.registry import switched
from soleus.run.config import RunConfig
from soleus.run.recipe.base import Recipe, Variant
from soleus.run.recipe.demo import demo
from soleus.task.run2017 import Run2017Config

START_NOISE = 0.02
"""Of the first pose [rad]: a take-off that is learnt for one pose fails from the next"""
ACTOR_AVERAGE = 1000
"""Updates, a few seconds' worth: what is judged and kept does not hang on the last few"""
BENT_KNEES = "training.reward.knee_hyperextension=5.0 training.reward.alive=1.0"
"""Who walks can afford to fall for a while: the knees that stood so easily have to bend, or they never run."""
BENDS = f"evaluate/distance >= 14: {BENT_KNEES}"
HAS_BENT = "episode/paid/knee_hyperextension >= -1.5 and episode/env_steps >= 600 and evaluate/distance >= 18"
"""To less than about 0.05 rad of the wrong way"""
CALMER = (
    "learner.target_entropy_per_action=-1.0 learner.actor_learning_rate=3e-4 learner.critic_learning_rate=3e-4 "
    "learner.tau=0.005 training.reward.knee_hyperextension=3.0"
)
"""Noise that finds a gait makes a runner fall, and steps that find one lose it again. Before knees have bent, less of
it delays them."""
SPEEDS = f"{HAS_BENT}: {CALMER}"
SLOW = "learner.actor_learning_rate=1.5e-4 learner.critic_learning_rate=1.5e-4"
CALMEST = f"learner.target_entropy_per_action=-1.5 {SLOW}"
"""The same once more."""
SHARPENS = f"evaluate/distance >= 32: {CALMEST}"
SETTLES = "stage_env_steps >= 5e5: learner.temperature_learning_rate=1e-6"
"""Muscles that are fully on or off have hardly any entropy, and the temperature that is to give them some rises until
noise is all that it pays for. So it stays where it is."""
FINAL_AVERAGE = 8000
"""Updates; among obstacles evaluations jump more"""
STEADIER = (
    "learner.actor_learning_rate=3e-4 learner.critic_learning_rate=3e-4 learner.exploration.std=0.05 "
    "learner.exploration.std_end=0.05"
)
AMONG_OBSTACLES = (
    f"evaluate/distance >= 12 and evaluate/falls <= 0.3: {BENT_KNEES}",
    f"{HAS_BENT} and evaluate/falls <= 0.3: training.reward.knee_hyperextension=3.0",
    f"evaluate/distance >= 31: {STEADIER}",
    f"evaluate/distance >= 34: {SLOW}",
)
"""The balls are there from the start: a runner of the flat track who then meets them is no faster in the end."""


def sprinter(task: str, engine: str | None = None) -> RunConfig:
    """The learner of `demo` on a flat track, and what hindered it taken away as soon as it can do without."""
    config = demo(task, engine)
    return replace(
        config,
        task=Run2017Config(difficulty=0, start_noise=START_NOISE),
        learner=replace(config.learner, actor_average=ACTOR_AVERAGE),
        stages=(BENDS, SPEEDS, SHARPENS, SETTLES),
        steps=1_000_000_000,
    )


def _final(config: RunConfig) -> RunConfig:
    """TD3, whose noise is given: what SAC's temperature pays for noise rises while falls are still being unlearnt."""
    observe = ("obstacle_at_feet", "previous_obstacle", "near_obstacle", *config.control.observe)
    learner = replace(switched(config.learner, "td3"), actor_average=FINAL_AVERAGE)
    return replace(
        config,
        task=Run2017Config(start_noise=START_NOISE),
        learner=learner,
        control=replace(config.control, observe=observe),
        stages=AMONG_OBSTACLES,
    )


SPRINTER = Recipe(
    sprinter,
    "30 m in minutes, from nothing, in stages: it walks, bends its knees, runs",
    variants={"final": Variant(_final, "among the obstacles and with the weak muscles of the 2017 final")},
)
