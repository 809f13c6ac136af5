"""A single-leg policy: the actor is one network for one leg, called for each."""

from __future__ import annotations

from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.part.base import Part
from soleus.learner.part.sides import blind, mirror_of_outputs, plain
from soleus.nets.form import Form
from soleus.nets.mirror import Mirror
from soleus.nets.single_leg import Legs, Proposals, Silent, SingleLegMlp


@final
class SingleLeg(Part):
    """Makes the actor one network g of one leg, the other g(M_s s) in the mirror, and critics blind to the mirror.

    Critics are those of equivariance, (Q(s, a) + Q(M_s s, M_a a)) / 2: the value of a symmetric policy is symmetric, so
    that nothing is lost. The normaliser sees both images of all that it learns from, so that its scaling treats
    partners alike and the mirror may be applied before or after it.
    """

    name: ClassVar[str] = "single_leg"

    def __init__(self, observation: Mirror, action: Mirror, talk: Silent | Proposals) -> None:
        """Args:
        observation: how the mirror changes it.
        action: how the mirror changes it; ValueError if a muscle is its own mirror image.
        talk: what the legs tell each other.
        """
        self._observation = observation
        self._action = action
        self._talk = talk
        Legs(action)

    def change_observed(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._observation.doubled(observation)

    def change_networks(self, actor: Form, critic: Form) -> tuple[Form, Form]:
        outputs = mirror_of_outputs(self._action, actor.sizes[-1])
        leg = SingleLegMlp.of(plain(actor), self._observation, outputs, self._talk)
        return leg, blind(critic, self._observation, self._action)
