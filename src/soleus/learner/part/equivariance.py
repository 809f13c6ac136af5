"""Equivariance: networks that are symmetric by their form, before, while and after they learn."""

from __future__ import annotations

from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.part.base import Part
from soleus.learner.part.sides import blind, mirror_of_outputs, plain
from soleus.nets.form import Form
from soleus.nets.mirror import Mirror
from soleus.nets.symmetric import SymmetricMlp


@final
class Equivariance(Part):
    """Makes the actor's actions those of the mirror image in the mirror, and critics blind to it.

    With M the mirror: the actor's means become (f(s) + M_a f(M_s s)) / 2, its deviations the same without a change of
    sign, and what a critic says (Q(s, a) + Q(M_s s, M_a a)) / 2. Networks meet normalised observations, and the mirror
    is one of raw ones: the normaliser sees both images of all that it learns from, so that its scaling treats partners
    alike and the mirror may be applied before or after it.
    """

    name: ClassVar[str] = "equivariant"

    def __init__(self, observation: Mirror, action: Mirror) -> None:
        """Args: how the mirror changes each."""
        self._observation = observation
        self._action = action

    def change_observed(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._observation.doubled(observation)

    def change_networks(self, actor: Form, critic: Form) -> tuple[Form, Form]:
        outputs = mirror_of_outputs(self._action, actor.sizes[-1])
        return SymmetricMlp(plain(actor), self._observation, outputs), blind(critic, self._observation, self._action)
