"""The settings that all evolutionary learners share, apart from the learner so that reading a config imports no JAX."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from soleus.learner.check import check_choices, check_interval, check_least, check_limit
from soleus.learner.replay.config import DECISION_S
from soleus.nets.mlp import Activation

if TYPE_CHECKING:
    from soleus.learner.evolution.learner import EvolutionLearner
    from soleus.learner.evolution.search import Search
    from soleus.learner.part.base import Part


@dataclass(frozen=True)
class EvolutionConfig(ABC):
    """How a learner that tries whole episodes, with other parameters each, goes on from their returns."""

    alternates: ClassVar[bool] = True
    """It learns only from what its present members did, so that sampling and learning take turns"""
    no_mirror: ClassVar[str] = "learns from returns of whole episodes, to which a mirror image adds nothing"

    hidden: tuple[int, ...] = ()
    """Units of each hidden layer of the policy, none for a linear one: each number more is one more to find."""
    activation: Activation = "tanh"
    """Non-linearity of the hidden layers: tanh changes least where parameters change much."""
    episodes: int = 1
    """Episodes of each member in a generation, at least: more tell luck from skill, at proportional cost. Worlds that
    would stand idle play more of them."""
    initial_action: float = 0.0
    """Action of a fresh policy, whatever it observes, in [-1, 1]: for muscles below 0, or it starts with all of them
    pulling against each other."""
    observation_limit: float = 10.0
    """Normalised observations are cut here: how much of a spike the networks see [deviations]."""

    def __post_init__(self) -> None:
        check_least(self, 1, "episodes")
        check_interval(self, -1, 1, "initial_action")
        check_limit(self, "observation_limit")
        if any(units < 1 for units in self.hidden):
            raise ValueError(f"hidden is {self.hidden}; every layer needs at least 1 unit")
        self.check()
        check_choices(self)

    @abstractmethod
    def check(self) -> None:
        """Refuse values of a method's own settings with which it cannot learn: ValueError with what is allowed."""

    @abstractmethod
    def search(self, mean: NDArray[np.floating]) -> Search:
        """What makes it this method; ValueError if it is not made for so many parameters.

        Args:
            mean: parameters of the first policy, shape (n_parameter,).
        """

    def build(
        self, n_observation: int, n_action: int, seed: int, parts: Sequence[Part] = (), decision_s: float = DECISION_S
    ) -> EvolutionLearner:
        """A fresh learner with this configuration.

        Args:
            n_observation: length of an observation.
            n_action: length of an action.
            seed: of everything random in it: first weights, members, episodes.
            parts: none; they take part in learning from transitions.
            decision_s: of no meaning here; returns of episodes tell nothing about decisions.
        """
        from soleus.learner.evolution.learner import EvolutionLearner  # imports JAX: a config and --help do without

        del decision_s
        if parts:
            raise ValueError("parts take part in learning from transitions, and this learner learns from returns")
        return EvolutionLearner(self, n_observation, n_action, seed)
