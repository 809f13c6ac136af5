"""What the recipes of the authors share: their engine on many worlds, and how much is learnt from a transition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from soleus.engine.fast.config import FastConfig
from soleus.engine.registry import EngineConfig, find_engine
from soleus.run.config import RunConfig
from soleus.run.error import RunError
from soleus.run.recipe.base import Change
from soleus.task.registry import find_task

MANY_WORLDS = FastConfig(precision="float32", minimum_step=1e-5, max_evaluations=1500)
"""As `demo` has it: a foot that chatters on the ground ends its episode instead of holding up all worlds."""


def engine_for(recipe: str, task: str, allowed: str, engine: str | None) -> EngineConfig:
    """The engine's settings; RunError for a task that the recipe is not for."""
    if task != allowed:
        raise RunError(f"the recipe {recipe} is for {allowed}, not {task}; start from --recipe plain")
    entry = find_engine(engine or find_task(task).engine)
    return MANY_WORLDS if entry.many_worlds else entry.config()


def with_control(**settings: Any) -> Change:
    """Changes how the body is seen and moved."""
    return lambda config: replace(config, control=replace(config.control, **settings))


def with_learner_settings(**settings: Any) -> Change:
    """Changes settings of the learner."""
    return lambda config: replace(config, learner=replace(config.learner, **settings))


def with_settings(**settings: Any) -> Change:
    """Changes settings of the run."""
    return lambda config: replace(config, **settings)


def with_reward(**weights: float) -> Change:
    """Changes what is paid while learning."""

    def change(config: RunConfig) -> RunConfig:
        reward = replace(config.training.reward, **weights)
        return replace(config, training=replace(config.training, reward=reward))

    return change


def all_of(*changes: Change) -> Change:
    """One change after the other."""

    def change(config: RunConfig) -> RunConfig:
        for each in changes:
            config = each(config)
        return config

    return change


def renamed_transforms(names: Mapping[str, str]) -> Change:
    """Observes through other transforms, where one of these is observed through."""

    def change(config: RunConfig) -> RunConfig:
        observe = tuple(names.get(name, name) for name in config.control.observe)
        return replace(config, control=replace(config.control, observe=observe))

    return change
