"""The price of determinism in SAC, learnt or fixed: two objects with one interface."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, final

import jax
import jax.numpy as jnp
import optax

LOG_RANGE = (-10.0, 2.0)
"""Bounds of the learnt temperature's logarithm: saturated actions would drive it up without end"""


def temperature_loss(log_temperature: jax.Array, log_density: jax.Array, target_entropy: float) -> jax.Array:
    """Falls when the temperature rises while the entropy is below its target (Haarnoja 2018, 1812.05905, equation 18).

    Of log_temperature instead of the temperature, so that every step is a ratio and none leads below zero.
    """
    return -log_temperature * (jax.lax.stop_gradient(log_density).mean() + target_entropy)


class Temperature(ABC):
    """What a nat of entropy is worth in reward."""

    @abstractmethod
    def initial(self) -> Any:
        """The state that `update` carries on: a tree of arrays, empty when nothing is learnt."""

    @abstractmethod
    def value(self, state: Any) -> jax.Array:
        """The present temperature, a scalar [reward/nat]."""

    @abstractmethod
    def update(self, state: Any, log_density: jax.Array) -> Any:
        """The next state, given the log-densities of the policy's present actions, shape (n,)."""


@final
@dataclass(frozen=True)
class FixedTemperature(Temperature):
    """Stays what it is."""

    temperature: float
    """[reward/nat]"""

    def initial(self) -> Any:
        return ()

    def value(self, state: Any) -> jax.Array:
        return jnp.float32(self.temperature)

    def update(self, state: Any, log_density: jax.Array) -> Any:
        return state


@final
@dataclass(frozen=True)
class LearnedTemperature(Temperature):
    """Rises while the policy is more certain than the target entropy, and falls while it is less."""

    temperature: float
    """At the start [reward/nat]"""
    target_entropy: float
    """Of a whole action in [-1, 1] [nat]"""
    learning_rate: float
    """Of Adam, on the temperature's logarithm"""

    def initial(self) -> Any:
        log_temperature = jnp.float32(math.log(self.temperature))
        return log_temperature, optax.adam(self.learning_rate).init(log_temperature)

    def value(self, state: Any) -> jax.Array:
        return jnp.exp(state[0])

    def update(self, state: Any, log_density: jax.Array) -> Any:
        log_temperature, optimiser = state
        gradient = jax.grad(temperature_loss)(log_temperature, log_density, self.target_entropy)
        step, optimiser = optax.adam(self.learning_rate).update(gradient, optimiser)
        return jnp.clip(log_temperature + step, *LOG_RANGE), optimiser
