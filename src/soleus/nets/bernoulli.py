"""Muscles that are off or on: each action is -1 or 1, drawn by itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, final

from soleus.nets.array import Array
from soleus.nets.distribution import Distribution


@final
@dataclass(frozen=True)
class Bernoulli(Distribution):
    """Actions -1 or 1, independent of each other; 1 with the probability p = 1 / (1 + exp(-2 output)).

    So the mean action is 2 p - 1 = tanh(output). An action does not move with the output, it jumps: what is learnt has
    to be learnt from how likely actions were, and not through them. Log-densities are log-probabilities.
    """

    output: Array
    """Half the log-odds of 1 against -1, shape (..., n_action)"""

    def mode(self) -> Array:
        xp = self._namespace()
        on = xp.ones_like(self.output)
        return xp.where(self.output >= 0, on, -on)

    def mean(self) -> Array:
        """The mean action, between -1 and 1, which moves with the output; shape (..., n_action)."""
        return self._namespace().tanh(self.output)

    def action(self, noise: Array) -> Array:
        xp = self._namespace()
        on = xp.ones_like(self.output)
        return xp.where(_upper_tail(noise) < (1 + self.mean()) / 2, on, -on)

    def log_density(self, noise: Array) -> Array:
        return self.log_probability(self.action(noise))

    def log_probability(self, action: Array) -> Array:
        """Of actions that are -1 or 1, summed, shape (...) [nat]."""
        return -self._softplus(-2 * action * self.output).sum(axis=-1)

    def entropy(self) -> Array:
        """Summed over the action, shape (...) [nat]; ln 2 for a muscle that may as well be on as off."""
        on = (1 + self.mean()) / 2
        surprise_on, surprise_off = self._softplus(-2 * self.output), self._softplus(2 * self.output)
        return (on * surprise_on + (1 - on) * surprise_off).sum(axis=-1)

    def _softplus(self, x: Array) -> Array:
        """log(1 + exp(x)), which neither overflows nor loses small numbers."""
        xp = self._namespace()
        return xp.maximum(x, 0) + xp.log1p(xp.exp(-xp.abs(x)))

    def _namespace(self) -> Any:
        return self.output.__array_namespace__()


def _upper_tail(x: Array) -> Array:
    """The probability that a standard normal number is larger than x, evenly spread for such x; to within 1e-7.

    Abramowitz and Stegun 1964, 7.1.26: NumPy has no error function.
    """
    xp = x.__array_namespace__()
    size = xp.abs(x) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * size)
    series = 0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    tail = 0.5 * t * series * xp.exp(-size * size)
    return xp.where(x > 0, tail, 1 - tail)
