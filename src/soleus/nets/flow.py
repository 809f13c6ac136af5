"""Actions drawn from a normal that a flow has bent: muscles that belong together may move together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

from soleus.nets.array import Array
from soleus.nets.block_flow import BlockFlow, Layer
from soleus.nets.distribution import Distribution, log_slope
from soleus.nets.mlp import Parameters


def density_of_noise(noise: Array, action: Array) -> Array:
    """Logarithm of the density of the noise that was drawn, shape (...)."""
    del action
    return _log_normal(noise)


def density_of_action(noise: Array, action: Array) -> Array:
    """A defect, kept for comparison: the same normal's density at the action that came out, shape (...).

    As in the code of Bliznashki 2019. Actions lie in [-1, 1], so that the term hardly changes, where that of the noise
    tells how rare a draw was: the entropy that a temperature follows is none.
    """
    del noise
    return _log_normal(action)


FlowDensity = Literal["exact", "as_published"]
DENSITIES: dict[FlowDensity, Callable[[Array, Array], Array]] = {
    "exact": density_of_noise,
    "as_published": density_of_action,
}
"""What a flow's log-density takes for that of what it started from: noise and action -> shape (...)"""


@final
@dataclass(frozen=True)
class TanhFlow(Distribution):
    """Actions tanh(f(u)) with u normal, f a flow (Haarnoja 2018, arXiv 1812.05905; De Cao 2019, arXiv 1904.04676).

    With z the noise and u = mean + std z, the log-density is
    log N(z; 0, I) - sum log std - log det df/du - sum log(1 - tanh(f(u))^2).
    """

    mean: Array
    """Of u, shape (..., n_action)"""
    log_std: Array
    """Logarithm of the standard deviation of u, shape (..., n_action)"""
    flow: BlockFlow
    """f"""
    parameters: Parameters
    """Its numbers, among others"""
    log_start: Callable[[Array, Array], Array]
    """One of DENSITIES"""

    def mode(self) -> Array:
        """What becomes of the mean: each action's median, given that earlier ones are at theirs."""
        return self.mean.__array_namespace__().tanh(self.flow(self._layers, self.mean))

    def action(self, noise: Array) -> Array:
        return self.mean.__array_namespace__().tanh(self.flow(self._layers, self._start(noise)))

    def log_density(self, noise: Array) -> Array:
        bent, log_stretched = self.flow.with_log_slope(self._layers, self._start(noise))
        action = self.mean.__array_namespace__().tanh(bent)
        stretched = self.log_std.sum(axis=-1) + log_stretched + log_slope(bent).sum(axis=-1)
        return self.log_start(noise, action) - stretched

    @cached_property
    def _layers(self) -> list[Layer]:
        return self.flow.weights(self.parameters)

    def _start(self, noise: Array) -> Array:
        return self.mean + self.mean.__array_namespace__().exp(self.log_std) * noise


def _log_normal(x: Array) -> Array:
    return (-0.5 * (x * x + math.log(2 * math.pi))).sum(axis=-1)
