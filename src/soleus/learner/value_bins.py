"""A value as a histogram over fixed bins (Bellemare 2017, arXiv 1707.06887): what is learnt is a distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import jax
import jax.numpy as jnp
import numpy as np

from soleus.nets.array import Array


@final
@dataclass(frozen=True)
class ValueBins:
    """Evenly spaced values, the first and the last at the limits."""

    n: int
    """Number of bins"""
    limit: float
    """Of a value, either way; in the unit of scaled rewards"""

    @property
    def width(self) -> float:
        """Between two neighbours."""
        return 2 * self.limit / (self.n - 1)

    @property
    def centres(self) -> Array:
        """The value of each bin, shape (n_bin,)."""
        return jnp.array(np.linspace(-self.limit, self.limit, self.n), jnp.float32)

    def mean(self, logits: Array) -> Array:
        """The value that a histogram stands for.

        Args:
            logits: of the bins, shape (n, n_bin).

        Returns:
            Values, shape (n,).
        """
        return jax.nn.softmax(logits) @ self.centres

    def moved(self, probability: Array, shift: Array, factor: Array) -> Array:
        """The histogram of shift + factor x value, each bin's share divided between the two nearest bins.

        The mean moves along, except for what would leave the limits: it stays in the last bin (equation 7).

        Args:
            probability: of the bins, shape (n, n_bin).
            shift: shape (n,).
            factor: shape (n,).
        """
        value = jnp.clip(shift[:, None] + factor[:, None] * self.centres, -self.limit, self.limit)
        place = (value + self.limit) / self.width
        below = jnp.clip(jnp.floor(place).astype(jnp.int32), 0, self.n - 2)
        above = place - below
        row = jnp.arange(len(probability))[:, None]
        empty = jnp.zeros_like(probability)
        return empty.at[row, below].add(probability * (1 - above)).at[row, below + 1].add(probability * above)


def cross_entropy(logits: Array, target: Array) -> Array:
    """How far histograms are from those they should be, shape (n,) [nat]; the slope of each is softmax - target.

    Args:
        logits: of the bins, shape (n, n_bin).
        target: probability of the bins, shape (n, n_bin).
    """
    return -(target * jax.nn.log_softmax(logits)).sum(axis=1)
