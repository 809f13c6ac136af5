"""The only list of recipes."""

from __future__ import annotations

from dataclasses import replace

from soleus.learner.registry import switched
from soleus.run.config import RunConfig
from soleus.run.error import RunError
from soleus.run.recipe.base import Recipe
from soleus.run.recipe.demo import DEMO
from soleus.run.recipe.plain import PLAIN_RECIPE

RECIPES = {
    "plain": PLAIN_RECIPE,
    "demo": DEMO,
}


def find_recipe(name: str) -> Recipe:
    """A recipe by name; RunError with the known names for an unknown one."""
    if name not in RECIPES:
        raise RunError(f"unknown recipe {name!r}; known recipes are {', '.join(sorted(RECIPES))}")
    return RECIPES[name]


def with_learner(config: RunConfig, name: str) -> RunConfig:
    """The config with another learner, and without a mirror where that learner cannot use one."""
    learner = switched(config.learner, name)
    return replace(config, learner=learner, symmetry=config.symmetry if learner.mirrors else "none")
