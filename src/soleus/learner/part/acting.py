"""What predictions do to the policy that acts: two objects with one interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.actor import ActorPolicy
from soleus.nets.critics import Critics
from soleus.nets.planning import Plan, PlanningPolicy
from soleus.nets.policy import Policy
from soleus.nets.predictor import Predictor
from soleus.nets.whitening import Statistics


class LearntPredictor(NamedTuple):
    """Predictors as they are now."""

    predictor: Predictor
    """Their form"""
    parameters: Mapping[str, NDArray[np.float32]]
    """Their numbers"""
    statistics: Statistics
    """Of what they have learnt from"""


class Acting(ABC):
    """Makes the policy that acts of the one that a learner has learnt."""

    @abstractmethod
    def equip(self, policy: Policy, learnt: LearntPredictor, critics: Callable[[], Critics]) -> Policy:
        """The policy that acts.

        Args:
            policy: the learner's own.
            learnt: what predicts.
            critics: gives the learner's, if they are asked for.
        """


@final
class PlainActing(Acting):
    """The learner's own policy acts."""

    def equip(self, policy: Policy, learnt: LearntPredictor, critics: Callable[[], Critics]) -> Policy:
        del learnt, critics
        return policy


@final
@dataclass(frozen=True)
class PlannedActing(Acting):
    """The best of some actions is done."""

    plan: Plan
    values: bool
    """Whether critics say what the last predicted state is worth"""

    def equip(self, policy: Policy, learnt: LearntPredictor, critics: Callable[[], Critics]) -> Policy:
        assert isinstance(policy, ActorPolicy)  # who is sure of one action has nothing to choose from
        return PlanningPolicy(policy, *learnt, self.plan, critics() if self.values else None)
