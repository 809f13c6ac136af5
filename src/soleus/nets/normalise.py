"""What is done to observations before a network sees them, and how it is found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array

RELATIVE_RESOLUTION = 1e-6
"""A feature whose deviation is a smaller part of its mean than this does not vary: float32 carries no more [1]"""
N_STILL = 1000
"""Rows without a change after which a feature begins anew that has another value for a whole batch"""
N_FADE = 100_000
"""Rows after which a feature that came late is at half of its strength, or as many as it stood still for if those are
fewer: the networks have to learn what it means, and their first weights for it are random"""


class Scaling(NamedTuple):
    """What is done to raw observations before a network sees them."""

    offset: Array
    """Subtracted, shape (n_observation,), in the task's units"""
    factor: Array
    """Multiplied afterwards, shape (n_observation,), per unit; 0 hides a feature"""
    limit: Array
    """Results are cut at +-limit, so that one spike cannot drive a network far outside what it has seen [deviations]"""

    def __call__(self, observation: Array) -> Array:
        """Normalise observations, shape (..., n_observation)."""
        xp = observation.__array_namespace__()
        return xp.clip((observation - self.offset) * self.factor, -self.limit, self.limit)


class Normaliser(ABC):
    """Finds the scaling of observations. A policy takes the scaling along, so that nothing moves while it acts."""

    @abstractmethod
    def receive(self, observation: NDArray[np.floating]) -> None:
        """Take in observations to come, shape (n, n_observation)."""

    @abstractmethod
    def scaling(self, limit: float) -> Scaling:
        """The scaling as it stands.

        Args:
            limit: where normalised observations are cut [deviations].
        """

    @abstractmethod
    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays."""

    @abstractmethod
    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""


@final
class RunningMoments(Normaliser):
    """Mean and variance of each observation feature over all rows received, in float64, merged batch by batch.

    Merging is Chan 1979, equations 2.1: no pass over old data, and no loss of digits over 1e8 rows. What has never
    varied by more than rounding becomes 0, since its deviation would be made of rounding errors. All else is cut, so
    that neither a spike nor the third row of all drives a network far out; but a spike counts in the deviation: one of
    1000 deviations in 10,000 rows makes it ten times as large.

    A feature that stood still and then varies, as when a later stage of a curriculum brings obstacles, begins anew in
    the batch in which it does: what it was before says nothing of its size. It fades in. Batches of one world, in which
    an obstacle is the same all the time, begin anew with another one.
    """

    def __init__(self, n_observation: int) -> None:
        self._n_rows = 0
        self._n_still = np.zeros(n_observation, np.int64)  # rows of each feature that do not count: before it varied
        self._mean = np.zeros(n_observation)
        self._squares = np.zeros(n_observation)

    @property
    def n_rows(self) -> int:
        """Observations received so far."""
        return self._n_rows

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean of each feature since it varies, shape (n_observation,); zero before the first row."""
        return self._mean.copy()

    @property
    def variance(self) -> NDArray[np.float64]:
        """Population variance of each feature since it varies, shape (n_observation,); zero before the second row."""
        return self._squares / np.maximum(self._counted, 1)

    @property
    def deviation(self) -> NDArray[np.float64]:
        """Of each feature since it varies, shape (n_observation,); 0 of one that never did by more than rounding."""
        deviation = np.sqrt(self.variance)
        return np.where(deviation > self._resolution, deviation, 0.0)

    @property
    def _resolution(self) -> NDArray[np.float64]:
        """Differences up to here are rounding."""
        return np.maximum(RELATIVE_RESOLUTION * np.abs(self._mean), np.finfo(np.float32).tiny)

    def receive(self, observation: NDArray[np.floating]) -> None:
        if not len(observation):
            return
        rows = observation.astype(np.float64)
        received = RunningMoments(rows.shape[1])
        received._n_rows, received._mean = len(rows), rows.mean(axis=0)
        received._squares = ((rows - received._mean) ** 2).sum(axis=0)
        self.merge(received)

    def merge(self, other: RunningMoments) -> None:
        """Take in all that another one has received."""
        if not other.n_rows:
            return
        shift = other._mean - self._mean
        jumps = (np.abs(shift) > self._resolution) & (self._counted >= N_STILL)
        begins = (self.deviation == 0) & ((other.deviation > 0) | jumps)
        count = np.where(begins, 0, self._counted)
        total = count + other._counted
        between = shift**2 * (count * other._counted / total)
        self._squares = np.where(count == 0, 0, self._squares) + other._squares + between
        self._mean = np.where(count == 0, other._mean, self._mean + shift * (other._counted / total))
        self._n_rows += other._n_rows
        self._n_still = self._n_rows - total

    def scaling(self, limit: float) -> Scaling:
        deviation, count = self.deviation, np.maximum(self._counted, 1)
        faded = count / (count + np.minimum(self._n_still, N_FADE))
        factor = np.divide(faded, deviation, out=np.zeros_like(deviation), where=deviation > 0)
        return Scaling(self._mean.astype(np.float32), factor.astype(np.float32), np.float32(limit))

    @property
    def _counted(self) -> NDArray[np.int64]:
        """Rows that count of each feature."""
        return self._n_rows - self._n_still

    def state(self) -> dict[str, NDArray]:
        rows = {"n_rows": np.array(self._n_rows), "n_still": self._n_still.copy()}
        return rows | {"mean": self._mean.copy(), "squares": self._squares.copy()}

    def load(self, state: Mapping[str, NDArray]) -> None:
        self._n_rows, self._n_still = int(state["n_rows"]), state["n_still"].copy()
        self._mean = state["mean"].astype(np.float64)
        self._squares = state["squares"].astype(np.float64)


@final
class ManualNormaliser(Normaliser):
    """Offsets and deviations that somebody knows beforehand: they stay, whatever is observed."""

    def __init__(self, n_observation: int, offset: Sequence[float], deviation: Sequence[float]) -> None:
        """A fixed scaling.

        Args:
            n_observation: length of an observation.
            offset: subtracted from each feature, in the task's units.
            deviation: that it is divided by, in the task's units, more than 0.
        """
        for name, numbers in (("offset", offset), ("deviation", deviation)):
            if len(numbers) != n_observation:
                raise ValueError(f"{len(numbers)} numbers of {name} for {n_observation} observed quantities")
        self._offset = np.array(offset, np.float32)
        self._factor = (1.0 / np.array(deviation, np.float64)).astype(np.float32)

    def receive(self, observation: NDArray[np.floating]) -> None:
        """Nothing is learnt from what is observed."""

    def scaling(self, limit: float) -> Scaling:
        return Scaling(self._offset, self._factor, np.float32(limit))

    def state(self) -> dict[str, NDArray]:
        return {}

    def load(self, state: Mapping[str, NDArray]) -> None:
        """There is nothing to take back."""


@final
class NoNormaliser(Normaliser):
    """Observations go to the networks as they are, uncut."""

    def __init__(self, n_observation: int) -> None:
        """Args: as for `RunningMoments`."""
        self._n_observation = n_observation

    def receive(self, observation: NDArray[np.floating]) -> None:
        """Nothing is learnt from what is observed."""

    def scaling(self, limit: float) -> Scaling:
        del limit
        zero = np.zeros(self._n_observation, np.float32)
        return Scaling(zero, zero + 1, np.float32(np.inf))

    def state(self) -> dict[str, NDArray]:
        return {}

    def load(self, state: Mapping[str, NDArray]) -> None:
        """There is nothing to take back."""
