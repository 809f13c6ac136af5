"""Recipes: named set-ups of runs, a file each."""

from soleus.run.recipe.base import Recipe, Variant
from soleus.run.recipe.demo import DEMO_LEARNER
from soleus.run.recipe.plain import plain
from soleus.run.recipe.registry import RECIPES, check_variant, find_recipe, with_learner

__all__ = ["DEMO_LEARNER", "RECIPES", "Recipe", "Variant", "check_variant", "find_recipe", "plain", "with_learner"]
