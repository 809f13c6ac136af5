"""The running observation normaliser: statistics of everything a learner received, and the scaling that follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array

RELATIVE_RESOLUTION = 1e-6
"""A feature whose deviation is a smaller part of its mean than this does not vary: float32 carries no more [1]"""


class Scaling(NamedTuple):
    """What is done to raw observations before a network sees them."""

    offset: Array
    """Subtracted, shape (n_observation,), in the task's units"""
    factor: Array
    """Multiplied afterwards, shape (n_observation,), per unit; 0 hides a feature that has never varied"""
    limit: Array
    """Results are cut at +-limit, so that one spike cannot drive a network far outside what it has seen [deviations]"""

    def __call__(self, observation: Array) -> Array:
        """Normalise observations, shape (..., n_observation)."""
        xp = observation.__array_namespace__()
        return xp.clip((observation - self.offset) * self.factor, -self.limit, self.limit)


class RunningMoments:
    """Mean and variance of each observation feature over all rows received, in float64, merged batch by batch.

    Merging is Chan 1979, equations 2.1: no pass over old data, and no loss of digits over 1e8 rows.
    """

    def __init__(self, n_observation: int) -> None:
        self._n_rows = 0
        self._mean = np.zeros(n_observation)
        self._squares = np.zeros(n_observation)

    @property
    def n_rows(self) -> int:
        """Observations received so far."""
        return self._n_rows

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean of each feature, shape (n_observation,); zero before the first row."""
        return self._mean.copy()

    @property
    def variance(self) -> NDArray[np.float64]:
        """Population variance of each feature, shape (n_observation,); zero before the second row."""
        return self._squares / max(self._n_rows, 1)

    def receive(self, observation: NDArray[np.floating]) -> None:
        """Merge rows, shape (n, n_observation), into the statistics."""
        if not len(observation):
            return
        rows = observation.astype(np.float64)
        mean = rows.mean(axis=0)
        self._merge(len(rows), mean, ((rows - mean) ** 2).sum(axis=0))

    def merge(self, other: RunningMoments) -> None:
        """Take in all that another one has received."""
        if other.n_rows:
            self._merge(other._n_rows, other._mean, other._squares)

    def scaling(self, limit: float) -> Scaling:
        """The scaling to mean 0 and deviation 1; what has never varied by more than rounding becomes 0."""
        deviation = np.sqrt(self.variance)
        varies = deviation > np.maximum(RELATIVE_RESOLUTION * np.abs(self._mean), np.finfo(np.float32).tiny)
        factor = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=varies)
        return Scaling(self._mean.astype(np.float32), factor.astype(np.float32), np.float32(limit))

    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays."""
        return {"n_rows": np.array(self._n_rows), "mean": self._mean.copy(), "squares": self._squares.copy()}

    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""
        self._n_rows = int(state["n_rows"])
        self._mean = state["mean"].astype(np.float64)
        self._squares = state["squares"].astype(np.float64)

    def _merge(self, n: int, mean: NDArray[np.float64], squares: NDArray[np.float64]) -> None:
        shift = mean - self._mean
        n_rows = self._n_rows + n
        self._squares += squares + shift**2 * (self._n_rows * n / n_rows)
        self._mean += shift * (n / n_rows)
        self._n_rows = n_rows
