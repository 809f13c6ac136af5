"""Which actor is judged: the last one, or the mean of the last ones; two objects with one interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.actor import ActorPolicy
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.policy import Policy


class ActorAverage(ABC):
    """Follows the actor as it learns, and says which one to judge."""

    @abstractmethod
    def receive(self, policy: Policy, n_done: int, n_updates: int) -> None:
        """Take in the actor after some updates.

        Args:
            policy: the actor's.
            n_done: updates since the last call.
            n_updates: all updates so far.
        """

    @abstractmethod
    def judged(self, policy: Policy) -> Policy:
        """The policy to judge and keep, given the learner's present one."""

    @abstractmethod
    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays; none when nothing is followed yet."""

    @abstractmethod
    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""


@final
class LastActor(ActorAverage):
    """The actor as it is."""

    def receive(self, policy: Policy, n_done: int, n_updates: int) -> None:
        pass

    def judged(self, policy: Policy) -> Policy:
        return policy

    def state(self) -> dict[str, NDArray]:
        return {}

    def load(self, state: Mapping[str, NDArray]) -> None:
        pass


@final
class MeanActor(ActorAverage):
    """The mean of an actor's numbers over its last updates, older ones counting exponentially less (Polyak and Juditsky
    1992): every step of learning is noisy, and what its noise does to a gait averages out.
    """

    def __init__(self, span: int) -> None:
        """Args:
        span: updates in which an actor's weight falls to 1/e.
        """
        self._span = span
        self._mean: dict[str, NDArray[np.float64]] = {}

    def receive(self, policy: Policy, n_done: int, n_updates: int) -> None:
        numbers = _averageable(policy).parameters
        share = min(1.0, n_done / min(self._span, n_updates))  # a plain mean until the span is full
        self._mean = {
            name: self._mean.get(name, now) + share * (now - self._mean.get(name, now))
            for name, now in ((name, np.asarray(array, np.float64)) for name, array in numbers.items())
        }

    def judged(self, policy: Policy) -> Policy:
        if not self._mean or not isinstance(policy, ActorPolicy | DeterministicPolicy):
            return policy
        return replace(policy, parameters={name: array.astype(np.float32) for name, array in self._mean.items()})

    def state(self) -> dict[str, NDArray]:
        return dict(self._mean)

    def load(self, state: Mapping[str, NDArray]) -> None:
        self._mean = {name: array.astype(np.float64) for name, array in state.items()}


def _averageable(policy: Policy) -> ActorPolicy | DeterministicPolicy:
    assert isinstance(policy, ActorPolicy | DeterministicPolicy)  # the config refuses ensembles
    return policy
