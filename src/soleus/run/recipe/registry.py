"""The only list of recipes."""

from __future__ import annotations

from dataclasses import replace

from soleus.learner.registry import switched
from soleus.run.config import RunConfig
from soleus.run.error import RunError
from soleus.run.recipe.base import Recipe
from soleus.run.recipe.bliznashki2019 import BLIZNASHKI2019
from soleus.run.recipe.demo import DEMO
from soleus.run.recipe.ghelfi2018 import GHELFI2018
from soleus.run.recipe.plain import PLAIN_RECIPE
from soleus.run.recipe.qin2017 import QIN2017
from soleus.run.recipe.reason8_2017 import REASON8_2017
from soleus.run.recipe.sprinter import SPRINTER
from soleus.run.recipe.stelmaszczyk2017 import STELMASZCZYK2017_ES, STELMASZCZYK2017_PPO

RECIPES = {
    "plain": PLAIN_RECIPE,
    "demo": DEMO,
    "sprinter": SPRINTER,
    "ghelfi2018": GHELFI2018,
    "stelmaszczyk2017-ppo": STELMASZCZYK2017_PPO,
    "stelmaszczyk2017-es": STELMASZCZYK2017_ES,
    "qin2017": QIN2017,
    "reason8-2017": REASON8_2017,
    "bliznashki2019": BLIZNASHKI2019,
}


def find_recipe(name: str) -> Recipe:
    """A recipe by name; RunError with the known names for an unknown one."""
    if name not in RECIPES:
        raise RunError(f"unknown recipe {name!r}; known recipes are {', '.join(sorted(RECIPES))}")
    return RECIPES[name]


def with_learner(config: RunConfig, name: str) -> RunConfig:
    """The config with another learner, and without a mirror where that learner cannot use one."""
    learner = switched(config.learner, name)
    return replace(config, learner=learner, symmetry="none" if learner.no_mirror else config.symmetry)
