"""What is paid while learning: the weighted terms of a config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from soleus.engine.base import Array
from soleus.task.base import Task
from soleus.task.bonus.base import Step
from soleus.task.bonus.config import RewardConfig
from soleus.task.bonus.registry import build_bonus


@final
class Pay:
    """Adds up terms by name."""

    def __init__(self, task: Task, weights: RewardConfig, speed: float) -> None:
        """Args:
        task: whose worlds are paid for; ValueError if it has not what a term reads.
        weights: of the terms; those of weight 0 are left out.
        speed: that the terms ask for which ask for one [m/s].
        """
        self._terms = {name: (weight, build_bonus(name, task, speed)) for name, weight in weights.paid.items()}

    def __call__(self, step: Step) -> Mapping[str, Array]:
        """What each term pays for a control step, shape (n_world,)."""
        return {name: weight * bonus(step) for name, (weight, bonus) in self._terms.items()}
