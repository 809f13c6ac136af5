"""Running mean and variance as plain arrays, over the array namespace of what they are of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from soleus.nets.array import Array
from soleus.nets.normalise import RELATIVE_RESOLUTION

MEMORY = 1_000_000.0
"""Rows after which old ones begin to be forgotten: float32 counts exactly up to here, and what is met changes [1]"""


class Moments(NamedTuple):
    """Of the columns of all rows received."""

    n_row: Array
    """Rows received, as far as they are remembered, scalar"""
    mean: Array
    """shape (n_column,)"""
    variance: Array
    """Population variance, shape (n_column,)"""

    @classmethod
    def fresh(cls, n_column: int) -> Moments:
        """Of no rows."""
        zero = np.zeros(n_column, np.float32)
        return cls(np.float32(0), zero, zero)

    def received(self, rows: Array, memory: float = MEMORY) -> Moments:
        """After some more rows, merged as in Chan 1979, equations 2.1.

        Args:
            rows: shape (n, n_column).
            memory: rows after which old ones begin to be forgotten.
        """
        n = rows.shape[0]
        xp = rows.__array_namespace__()
        kept = xp.minimum(self.n_row, max(memory - n, 0.0))
        share = n / (kept + n)
        shift = rows.mean(axis=0) - self.mean
        variance = self.variance + share * (rows.var(axis=0) - self.variance) + share * (1 - share) * shift**2
        return Moments(kept + n, self.mean + share * shift, variance)

    def deviation(self, size: Array | None = None) -> Array:
        """Of each column; 0 of one that has not varied by more than float32 rounds.

        Args:
            size: of the numbers that rounding is a part of; the mean's unless they are differences of larger ones.
        """
        xp = self.mean.__array_namespace__()
        deviation = xp.sqrt(self.variance)
        least = RELATIVE_RESOLUTION * (xp.abs(self.mean) if size is None else size)
        return xp.where(deviation > xp.maximum(least, np.finfo(np.float32).tiny), deviation, 0)


def divided(x: Array, deviation: Array) -> Array:
    """X / deviation; 0 where that is 0."""
    xp = x.__array_namespace__()
    varies = deviation > 0
    return xp.where(varies, x / xp.where(varies, deviation, 1), 0)
