"""The Learner interface: batch -> better policy. A learner never sees an environment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from soleus.nets.policy import Policy
from soleus.sampler.base import Explore, Trial
from soleus.sampler.batch import Batch


class Learner(ABC):
    """Learns from batches; its whole memory can be saved and put back bit for bit."""

    @abstractmethod
    def request(self, n_world: int, chunk: int) -> Explore | Trial:
        """What a worker should do next, with the present policy.

        Args:
            n_world: worlds of the worker.
            chunk: decisions of each world that suit the run, for a learner to which their number is the same.
        """

    @abstractmethod
    def receive(self, batch: Batch) -> None:
        """Take in new transitions (cheap: storage and the observation normaliser)."""

    @abstractmethod
    def update(self) -> dict[str, float]:
        """Do the gradient updates that are due after what was received; returns metrics, empty when none was due."""

    @abstractmethod
    def policy(self) -> Policy:
        """The present policy as NumPy arrays, ready for a worker, a file or a player."""

    @abstractmethod
    def state(self) -> dict[str, np.ndarray]:
        """All that a continued run needs, as flat named arrays (parameters, optimisers, replay, counters, keys)."""

    @abstractmethod
    def load(self, state: Mapping[str, np.ndarray]) -> None:
        """Take back what `state` gave; ValueError with the name and both shapes when it does not fit."""

    def begin_with(self, policy: Policy) -> None:
        """Go on from what another learner made, before anything is learnt; only a strategy, for which a policy is all.

        Raises:
            ValueError: for a policy that it cannot change, or a learner that needs to know more.
        """
        del policy
        raise ValueError(
            "this learner needs all that one like it has learnt, not its policy alone; start from a run of the same "
            "learner; a policy that is sure of its actions, such as one of td3, is enough for --learner es"
        )

    @property
    @abstractmethod
    def n_updates(self) -> int:
        """Gradient updates done so far; generations of a learner that evolves."""
