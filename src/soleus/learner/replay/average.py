"""Which actor is judged: the last one, or the mean of the last ones; two objects with one interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.actor import ActorPolicy
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.members import EnsemblePolicy
from soleus.nets.policy import Policy

SHARE = 0.1
"""Of all updates, that the mean is over at most"""


class ActorAverage(ABC):
    """Follows the actor as it learns, and says which one to judge."""

    @abstractmethod
    def receive(self, policy: Callable[[], Policy], n_done: int, n_updates: int) -> None:
        """Take in the actor after some updates.

        Args:
            policy: gives the actor's.
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

    def receive(self, policy: Callable[[], Policy], n_done: int, n_updates: int) -> None:
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
        span: updates in which an actor's weight falls to 1/e; a tenth of all updates so far, while that is less, or
            a young actor would be judged by what it was as a child.
        """
        self._span = span
        self._means: tuple[dict[str, NDArray[np.float64]], ...] = ()

    def receive(self, policy: Callable[[], Policy], n_done: int, n_updates: int) -> None:
        share = min(1.0, n_done / min(self._span, SHARE * n_updates))
        actors = _actors(policy())
        numbers = [{name: np.asarray(x, np.float64) for name, x in each.parameters.items()} for each in actors]
        before = self._means or numbers
        self._means = tuple(
            {name: mean[name] + share * (now - mean[name]) for name, now in own.items()}
            for own, mean in zip(numbers, before, strict=True)
        )

    def judged(self, policy: Policy) -> Policy:
        if not self._means:
            return policy
        actors = tuple(
            replace(actor, parameters={name: x.astype(np.float32) for name, x in mean.items()})
            for actor, mean in zip(_actors(policy), self._means, strict=True)
        )
        return replace(policy, members=actors) if isinstance(policy, EnsemblePolicy) else actors[0]

    def state(self) -> dict[str, NDArray]:
        return {f"{i}.{name}": x for i, mean in enumerate(self._means) for name, x in mean.items()}

    def load(self, state: Mapping[str, NDArray]) -> None:
        n_actor = len({name.partition(".")[0] for name in state})
        self._means = tuple(
            {name.partition(".")[2]: x.astype(np.float64) for name, x in state.items() if name.startswith(f"{i}.")}
            for i in range(n_actor)
        )


def _actors(policy: Policy) -> tuple[ActorPolicy | DeterministicPolicy, ...]:
    """Those whose numbers a learner learns: one, or all members of an ensemble, whose judges stay the last ones."""
    if isinstance(policy, EnsemblePolicy):
        return policy.members
    assert isinstance(policy, ActorPolicy | DeterministicPolicy)
    return (policy,)
