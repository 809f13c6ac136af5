"""The symmetric loss: an actor pays for doing on the left what it would not do on the right."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.part.base import Observed, Part
from soleus.nets.array import Array
from soleus.nets.mirror import Mirror

WEIGHT = 4.0
"""As in the paper, whose actor's loss is PPO's"""


@final
class SymmetricLoss(Part):
    """Adds weight x mean ||mu(s) - M_a mu(M_s s)||^2 to the actor's loss (Yu 2018, arXiv 1801.08093, section 4.1).

    mu is the deterministic action in [-1, 1], M the mirror. It draws a policy towards symmetry, and asks nothing of
    deviations and critics. The batch's observations are normalised, and the mirror is one of raw ones: the normaliser
    sees both images of all that it learns from, so that its scaling treats partners alike and the mirror may be applied
    before or after it.
    """

    name: ClassVar[str] = "loss"

    def __init__(self, observation: Mirror, action: Mirror, weight: float = WEIGHT) -> None:
        """Args: how the mirror changes each; what the loss counts beside the actor's own."""
        self._observation = observation
        self._action = action
        self._weight = weight

    def change_observed(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._observation.doubled(observation)

    def actor_loss(self, act: Callable[[Array], Array], batch: Observed, key: Array) -> Array:
        difference = act(batch.observation) - self._action(act(self._observation(batch.observation)))
        return self._weight * (difference**2).sum(axis=-1).mean()
