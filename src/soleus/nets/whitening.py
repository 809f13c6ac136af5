"""The units in which predictors see the world and say what comes next: two objects with one interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, NamedTuple, final

import numpy as np

from soleus.nets.array import Array
from soleus.nets.moments import Moments, divided

LIMIT = 10.0
"""What is whitened is cut here, so that a spike neither blinds predictors nor is all that they learn [deviations]"""


class Statistics(NamedTuple):
    """Of all that predictors have learnt from; they stay as they are within an update, and while a policy acts."""

    observed: Moments
    """Of the fields that are predicted"""
    change: Moments
    """Of the same, from one decision to the next"""
    reward: Moments

    @classmethod
    def fresh(cls, n_field: int) -> Statistics:
        """Of nothing."""
        return cls(Moments.fresh(n_field), Moments.fresh(n_field), Moments.fresh(1))

    def received(self, observed: Array, following: Array, reward: Array) -> Statistics:
        """After some more transitions: fields before and after, each (n, n_field), and rewards, (n,)."""
        return Statistics(
            self.observed.received(observed),
            self.change.received(following - observed),
            self.reward.received(reward[:, None]),
        )


class Whitening(ABC):
    """Raw fields <-> numbers of mean 0 and deviation 1. Fields have shape (..., n, n_field)."""

    kind: ClassVar[str]
    """Its name in settings and files"""

    @abstractmethod
    def seen(self, statistics: Statistics, observed: Array) -> Array:
        """What predictors are told of raw fields."""

    def judged(self, statistics: Statistics, observed: Array) -> Array:
        """The same where it is to be seen how far they disagree."""
        return self.seen(statistics, observed)

    @abstractmethod
    def target(self, statistics: Statistics, observed: Array, following: Array) -> Array:
        """What predictors should say of what follows."""

    @abstractmethod
    def following(self, statistics: Statistics, observed: Array, said: Array) -> Array:
        """The raw fields that predictors say will follow."""


@final
class RunningWhitening(Whitening):
    """By moments of all that has been learnt from, whatever is asked about; what is said is the change.

    A field that never varies is hidden, and a change that never varies is what it always was.
    """

    kind: ClassVar[str] = "running"

    def seen(self, statistics: Statistics, observed: Array) -> Array:
        return _white(observed - statistics.observed.mean, statistics.observed.deviation())

    def target(self, statistics: Statistics, observed: Array, following: Array) -> Array:
        return _white(following - observed - statistics.change.mean, self._deviation(statistics))

    def following(self, statistics: Statistics, observed: Array, said: Array) -> Array:
        return observed + statistics.change.mean + self._deviation(statistics) * said

    @staticmethod
    def _deviation(statistics: Statistics) -> Array:
        """Of changes; they are differences of fields, and carry the rounding of those."""
        observed = statistics.observed
        return statistics.change.deviation((observed.mean**2 + observed.variance) ** 0.5)


@final
class BatchWhitening(Whitening):
    """By moments of whatever is asked about, as Bliznashki published it; what is said is what follows, not the change.

    In one world nothing varies: predictors are told nothing, and nothing follows. What they say is read in the units of
    what was before, though they learn it in those of what follows. How far they disagree was seen while acting, in the
    units of four worlds: here in those of four rows at a time. For comparison.
    """

    kind: ClassVar[str] = "batch"

    def seen(self, statistics: Statistics, observed: Array) -> Array:
        del statistics
        return _white(observed - observed.mean(axis=-2, keepdims=True), observed.std(axis=-2, keepdims=True))

    def judged(self, statistics: Statistics, observed: Array) -> Array:
        del statistics
        mean = _mean_of_four(observed)
        return _white(observed - mean, _mean_of_four((observed - mean) ** 2) ** 0.5)

    def target(self, statistics: Statistics, observed: Array, following: Array) -> Array:
        return self.seen(statistics, following)

    def following(self, statistics: Statistics, observed: Array, said: Array) -> Array:
        del statistics
        return observed.mean(axis=-2, keepdims=True) + observed.std(axis=-2, keepdims=True) * said


WhiteningKind = Literal["running", "batch"]
WHITENINGS: dict[str, Whitening] = {whitening.kind: whitening for whitening in (RunningWhitening(), BatchWhitening())}
"""All that settings and files can name"""


def _white(centred: Array, deviation: Array) -> Array:
    return centred.__array_namespace__().clip(divided(centred, deviation), -LIMIT, LIMIT)


def _mean_of_four(rows: Array) -> Array:
    """For each row the mean of the four that it is among; of fewer at the end."""
    group = np.arange(rows.shape[-2]) // 4
    same = (group[:, None] == group).astype(np.float32)
    return (same / same.sum(axis=1, keepdims=True)) @ rows
