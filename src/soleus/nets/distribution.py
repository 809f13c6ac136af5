"""What a stochastic actor draws its actions from, over the array namespace of its parameters."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, final

from soleus.nets.array import Array


class Distribution(ABC):
    """Actions in [-1, 1], made of standard normal noise with as many numbers as an action.

    Densities are those of the action in [-1, 1], or probabilities where actions jump. A task with another range
    rescales outside; doing it in here would shift every entropy by a constant (22 ln 2 = 15 nats for 22 muscles).
    """

    @abstractmethod
    def mode(self) -> Array:
        """The deterministic action, shape (..., n_action)."""

    @abstractmethod
    def action(self, noise: Array) -> Array:
        """The action that standard normal noise, shape (..., n_action), leads to."""

    @abstractmethod
    def log_density(self, noise: Array) -> Array:
        """Logarithm of the density at `action(noise)`, summed over the action, shape (...) [nat]."""


@final
@dataclass(frozen=True)
class TanhGaussian(Distribution):
    """Actions tanh(u) with u normal and independent in each dimension."""

    mean: Array
    """Of u, not of the action; shape (..., n_action)"""
    log_std: Array
    """Logarithm of the standard deviation of u, shape (..., n_action)"""

    @classmethod
    def from_output(cls, output: Array, log_std_range: tuple[float, float]) -> TanhGaussian:
        """Split a network's output, shape (..., 2 n_action), into means and smoothly bounded log-deviations."""
        n_action = output.shape[-1] // 2
        return cls(output[..., :n_action], bounded(output[..., n_action:], log_std_range))

    def mode(self) -> Array:
        return self._namespace().tanh(self.mean)

    def action(self, noise: Array) -> Array:
        return self._namespace().tanh(self._unbounded(noise))

    def log_density(self, noise: Array) -> Array:
        log_normal = -0.5 * (noise * noise + math.log(2 * math.pi)) - self.log_std
        return (log_normal - log_slope(self._unbounded(noise))).sum(axis=-1)

    def log_density_before_tanh(self, unbounded: Array) -> Array:
        """Logarithm of the density of u, summed over the action, shape (...) [nat].

        Of the same u it differs from that of tanh(u) by a number that no parameter changes.
        """
        noise = (unbounded - self.mean) * self._namespace().exp(-self.log_std)
        return (-0.5 * (noise * noise + math.log(2 * math.pi)) - self.log_std).sum(axis=-1)

    def entropy_before_tanh(self) -> Array:
        """Entropy of u, summed over the action, shape (...) [nat]."""
        return (self.log_std + 0.5 * (1 + math.log(2 * math.pi))).sum(axis=-1)

    def _unbounded(self, noise: Array) -> Array:
        return self.mean + self._namespace().exp(self.log_std) * noise

    def _namespace(self) -> Any:
        return self.mean.__array_namespace__()


def bounded(output: Array, log_std_range: tuple[float, float]) -> Array:
    """A network's outputs as logarithms of deviations, led smoothly into their range; 0 is its middle."""
    low, high = log_std_range
    middle, half = (low + high) / 2, (high - low) / 2
    return middle + half * output.__array_namespace__().tanh(output)


def output_for(log_std: float, log_std_range: tuple[float, float]) -> float:
    """The output that `bounded` makes this logarithm of, which lies in its range."""
    low, high = log_std_range
    return math.atanh((2 * log_std - high - low) / (high - low))


def log_slope(unbounded: Array) -> Array:
    """Logarithm of the derivative of tanh, for the change of density from u to tanh(u).

    log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2u)): exact also where tanh(u) rounds to 1 (Haarnoja 2018, arXiv
    1812.05905, appendix C). It is the same for -u, so that |u| stands for u here, and the exponential cannot overflow.
    """
    xp = unbounded.__array_namespace__()
    size = xp.abs(unbounded)
    return 2 * (math.log(2) - size - xp.log1p(xp.exp(-2 * size)))


SATURATION = 1e-6
"""Actions nearer to -1 or 1 than this are taken for that far: float32 has about 17 numbers in between"""


def before_tanh(action: Array) -> Array:
    """The u whose tanh an action is, of its shape; within +-7.25, as tanh rounds."""
    xp = action.__array_namespace__()
    return xp.atanh(xp.clip(action, SATURATION - 1, 1 - SATURATION))
