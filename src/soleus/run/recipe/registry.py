"""The only list of recipes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from typing import Any

from soleus.engine.registry import engine_name
from soleus.learner.part.prediction_config import ActingConfig, DisagreementConfig, PredictorConfig
from soleus.learner.prefill import PrefillConfig
from soleus.learner.registry import learner_name, switched
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
from soleus.task.near import meant
from soleus.task.registry import task_name

logger = logging.getLogger(__name__)

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
        raise RunError(f"unknown recipe {name!r}{meant(name, RECIPES)}; known recipes are {', '.join(sorted(RECIPES))}")
    return RECIPES[name]


POLICY_ACTS: dict[str, Any] = {"acting": ActingConfig()}
NO_PREDICTORS = {**POLICY_ACTS, "predictor": PredictorConfig(), "disagreement": DisagreementConfig()}
NO_STAGES: dict[str, Any] = {"stages": ()}
LEFT_OUT = tuple(
    {**stages, **parts}
    for stages in ({}, NO_STAGES)
    for parts in ({}, POLICY_ACTS, NO_PREDICTORS, {**NO_PREDICTORS, "prefill": PrefillConfig()})
)
"""What a recipe has that another learner may have no use for, the least first."""


def with_learner(config: RunConfig, name: str) -> RunConfig:
    """The config with another learner, and without what that learner cannot use of it: a mirror, predictors, a prefill,
    stages. Who has chosen a recipe hears of all but the mirror.

    Raises:
        ValueError: it cannot learn so whatever is left out.
    """
    changed, left_out = _fitted(config, name)
    strange = [f"--{group}" for group, usual in left_out.items() if getattr(config, group) != usual]
    if strange:
        logger.warning("%s has no use for the recipe's %s, which are left out", name, ", ".join(strange))
    return changed


def check_variant(recipe: Recipe, config: RunConfig, variant: str, learner: str) -> None:
    """Refuse a variant of which nothing is left with another learner; ValueError.

    Args:
        recipe: whose variant it is.
        config: the variant's, with the recipe's learner.
        variant: its name.
        learner: the other one's name.
    """
    plainly = recipe.config(task_name(config.task), None if config.engine is None else engine_name(config.engine))
    own = learner_name(config.learner)
    if own not in (learner, learner_name(plainly.learner)):
        raise ValueError(f"--variant {variant} is the learner {own}, which --learner would take away; leave out one")
    fitted = _fitted(config, learner)[0]
    if fitted == _fitted(plainly, learner)[0]:
        raise ValueError(f"--variant {variant} changes nothing that {learner} has; leave it out, or --learner")
    n_lost = _n_lost(config, fitted)
    for name, other in recipe.variants.items():
        simpler = other.change(plainly)
        if _n_lost(simpler, fitted) < n_lost and _fitted(simpler, learner)[0] == fitted:
            raise ValueError(
                f"--variant {variant} is --variant {name} with {learner}, which has nothing of what makes it another "
                f"one; take {name}, or leave out --learner"
            )


def _n_lost(config: RunConfig, fitted: RunConfig) -> int:
    """How many settings of a config, set for its own learner, another learner's has not."""
    usual = replace(config, learner=type(config.learner)(), **{**NO_PREDICTORS, "symmetry": "none"})
    is_set = _leaves(config).items() - _leaves(usual).items()
    return len(is_set - _leaves(fitted).items())


def _leaves(config: Any, name: str = "") -> dict[str, str]:
    """The single settings of a config by their names, as text."""
    if not is_dataclass(config):
        return {name: repr(config)}
    parts = [_leaves(getattr(config, item.name), f"{name}.{item.name}") for item in fields(config)]
    return {leaf: value for part in parts for leaf, value in part.items()}


def _fitted(config: RunConfig, name: str) -> tuple[RunConfig, Mapping[str, Any]]:
    """The config with another learner, and the groups of settings that became the usual ones for it."""
    learner = switched(config.learner, name)
    symmetry = "none" if learner.no_mirror else config.symmetry
    for left_out in LEFT_OUT[:-1]:
        with suppress(ValueError):
            return replace(config, learner=learner, symmetry=symmetry, **left_out), left_out
    return replace(config, learner=learner, symmetry=symmetry, **LEFT_OUT[-1]), LEFT_OUT[-1]
