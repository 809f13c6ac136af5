"""The Part interface: something optional that a learner carries along, called at fixed moments."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from soleus.learner.replay import Transitions
from soleus.nets.array import Array


class Part(ABC):
    """A learner calls every hook of every part in order, and never asks which parts it has."""

    @abstractmethod
    def change_observed(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the normaliser learns from in place of received observations: those that the networks will meet.

        Rows of n_observation; their number may differ from those received.
        """

    @abstractmethod
    def change_batch(self, batch: Transitions, key: Array) -> Transitions:
        """The batch to learn from in place of a sampled one, of the same shapes; compiled into the update.

        Args:
            batch: JAX arrays; observations are raw.
            key: a JAX random key of this part's own, for this update.
        """
