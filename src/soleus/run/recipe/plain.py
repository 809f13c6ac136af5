"""The defaults, for any task."""

from __future__ import annotations

from dataclasses import replace

from soleus.engine.registry import find_engine
from soleus.learner.sac_config import SacConfig
from soleus.run.config import RunConfig, no_engine
from soleus.run.control import PLAIN
from soleus.run.error import RunError
from soleus.run.recipe.base import Recipe
from soleus.task.foreign import GymnasiumConfig
from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.registry import default_rules, find_task


def plain(task: str, engine: str | None = None) -> RunConfig:
    """The defaults under the task's graded rules; how much is learnt from a transition follows from what one costs."""
    rules = default_rules(task)
    if isinstance(rules, GymnasiumConfig):
        return _foreign(rules, engine)
    if isinstance(rules, Prosthetics2018Config):
        rules = replace(rules, observe_target=True)  # nobody follows what he is not told
    entry = find_engine(engine or find_task(task).engine)
    symmetry = "data" if rules.build().mirror_fault is None else "none"
    config = RunConfig(rules, entry.config(), SacConfig(), symmetry=symmetry)
    if not entry.many_worlds:
        return config
    learner = SacConfig(updates_per_transition=1 / 32)
    return replace(config, learner=learner, steps=20_000_000, evaluate_s=60.0, evaluate_episodes=32)


def _foreign(task: GymnasiumConfig, engine: str | None) -> RunConfig:
    """One world and an update for each of its steps: few steps, as these tasks are compared. The same seed gives the
    same run.
    """
    if engine is not None:
        raise RunError(no_engine(task.id, f"engine {engine}"))
    return RunConfig(
        task,
        None,
        SacConfig(discount=0.99, target_entropy_per_action=-1.0, updates_per_transition=1.0),
        control=PLAIN,
        symmetry="none",
        evaluate_steps=5000,
        evaluate_episodes=10,
    )


PLAIN_RECIPE = Recipe(plain, "the defaults, under the task's graded rules")
