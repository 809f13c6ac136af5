"""Lattice: noise that goes through the actor's last layer, so that actions that belong together move together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

from soleus.nets.array import Array
from soleus.nets.distribution import Distribution, log_slope

ROUNDING = 1e-4
"""Share that is added to each variance, so that float32 can factor the covariance of any 30 actions [1]"""


@final
@dataclass(frozen=True)
class TanhLattice(Distribution):
    """Actions tanh(u) with u normal and correlated as the latents are weighted (Chiappa 2023, arXiv 2305.20065).

    The units of the last hidden layer, the latents, are perturbed before the layer that makes means of them, and the
    means afterwards. The covariance of u is W^T diag(latent_std^2) W + diag(action_std^2): muscles that the actor has
    learnt to use together are tried together.
    """

    mean: Array
    """Of u, shape (..., n_action)"""
    action_std: Array
    """Deviation of what is added to each mean, shape (..., n_action)"""
    latent_std: Array
    """Deviation of what is added to each latent, shape (..., n_latent)"""
    weight: Array
    """From latents to means, shape (n_latent, n_action)"""

    @property
    def covariance(self) -> Array:
        """Of u, shape (..., n_action, n_action)."""
        xp = self._namespace()
        n_latent, n_action = self.weight.shape
        # One product of matrices for the whole batch: twice as fast as one for each of its rows.
        products = (self.weight[:, :, None] * self.weight[:, None, :]).reshape(n_latent, n_action**2)
        shared = (self.latent_std**2 @ products).reshape(*self.mean.shape, n_action)
        identity = xp.eye(n_action, dtype=self.mean.dtype)
        own = identity * (self.action_std**2)[..., None]
        return (shared + own) * (1 + ROUNDING * identity)

    @cached_property
    def factor(self) -> Array:
        """Cholesky's: lower triangular, times its transpose it is the covariance; of its shape."""
        return self._namespace().linalg.cholesky(self.covariance)

    def mode(self) -> Array:
        return self._namespace().tanh(self.mean)

    def action(self, noise: Array) -> Array:
        return self._namespace().tanh(self._unbounded(noise))

    def log_density(self, noise: Array) -> Array:
        xp = self._namespace()
        log_std = xp.log(xp.linalg.diagonal(self.factor))
        log_normal = -0.5 * (noise * noise + math.log(2 * math.pi)) - log_std
        return (log_normal - log_slope(self._unbounded(noise))).sum(axis=-1)

    def _unbounded(self, noise: Array) -> Array:
        return self.mean + (self.factor @ noise[..., None])[..., 0]

    def _namespace(self) -> Any:
        return self.mean.__array_namespace__()
