"""Recipes: functions that return the config of a run, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soleus.engine.reference import ReferenceConfig
from soleus.learner.sac_config import SacConfig
from soleus.run.config import RunConfig
from soleus.run.error import RunError
from soleus.task.registry import find_task


@dataclass(frozen=True)
class Recipe:
    """A named set-up of a run."""

    build: Callable[[str], RunConfig]
    """Task name -> config"""
    summary: str


def plain(task: str) -> RunConfig:
    """Every default as it stands, under the task's graded rules."""
    return RunConfig(find_task(task).config(), ReferenceConfig(), SacConfig())


RECIPES = {
    "plain": Recipe(plain, "every default as it stands, under the task's graded rules"),
}


def find_recipe(name: str) -> Recipe:
    """A recipe by name; RunError with the known names for an unknown one."""
    if name not in RECIPES:
        raise RunError(f"unknown recipe {name!r}; known recipes are {', '.join(sorted(RECIPES))}")
    return RECIPES[name]
