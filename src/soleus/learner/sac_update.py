"""Soft actor-critic, the update itself: pure functions of JAX arrays (Haarnoja 2018, arXiv 1812.05905)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from soleus.learner.part.base import Part
from soleus.learner.replay import RowLayout
from soleus.learner.temperature import Temperature
from soleus.nets.array import Array
from soleus.nets.distribution import TanhGaussian
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import Scaling

Network = dict[str, Array]
"""The parameters of one network"""


class SacState(NamedTuple):
    """All that updates change: trees of float32 arrays."""

    actor: Network
    critics: list[Network]
    targets: list[Network]
    """Slow copies of the critics, which give the values that the critics learn"""
    actor_optimiser: Any
    critic_optimiser: Any
    temperature: Any


def critic_target(
    reward: Array, bootstrap: Array, next_values: Sequence[Array], next_log_density: Array, temperature: Array
) -> Array:
    """What a critic should say: reward and the soft value that follows (equations 3 and 5; clipped, Fujimoto 2018).

    Args:
        reward: shape (n,).
        bootstrap: discount, or 0 after a fall; shape (n,).
        next_values: of each target critic for a fresh action in the next state, each of shape (n,).
        next_log_density: of that action, shape (n,) [nat].
        temperature: scalar [reward/nat].
    """
    return reward + bootstrap * (_lowest(next_values) - temperature * next_log_density)


def critic_loss(values: Sequence[Array], target: Array) -> Array:
    """Mean squared error, summed over the critics (equation 5)."""
    return sum(((value - target) ** 2).mean() for value in values)


def actor_loss(values: Sequence[Array], log_density: Array, temperature: Array) -> Array:
    """Falls as the lower critic's value and the entropy rise (equation 9)."""
    return (temperature * log_density - _lowest(values)).mean()


def _lowest(values: Sequence[Array]) -> Array:
    lowest, *others = values
    for value in others:
        lowest = jnp.minimum(lowest, value)
    return lowest


@dataclass(frozen=True)
class SacUpdate:
    """What stays the same from update to update."""

    layout: RowLayout
    actor: Mlp
    critic: Mlp
    log_std_range: tuple[float, float]
    actor_optimiser: optax.GradientTransformation
    critic_optimiser: optax.GradientTransformation
    temperature: Temperature
    tau: float
    initial_action: float
    parts: tuple[Part, ...]

    def initial(self, generator: np.random.Generator) -> SacState:
        """Fresh networks: the actor starts near one action everywhere, the targets equal to their critics."""
        drawn = self.actor.initial(generator, output_scale=0.01)
        drawn[self.actor.output_bias][: self.layout.n_action] = np.arctanh(self.initial_action)
        actor = _to_device(drawn)
        critics = [_to_device(self.critic.initial(generator)) for _ in range(2)]
        return SacState(
            actor=actor,
            critics=critics,
            targets=jax.tree.map(jnp.copy, critics),
            actor_optimiser=self.actor_optimiser.init(actor),
            critic_optimiser=self.critic_optimiser.init(critics),
            temperature=self.temperature.initial(),
        )

    def scan(self, state: SacState, rows: Array, scaling: Scaling, key: Array) -> tuple[SacState, dict[str, Array]]:
        """One update after the other, for rows of shape (n_update, batch_size, width); metrics are means over them."""

        def step(state: SacState, sample: tuple[Array, Array]) -> tuple[SacState, dict[str, Array]]:
            return self.update(state, sample[0], scaling, sample[1])

        state, metrics = jax.lax.scan(step, state, (rows, jax.random.split(key, len(rows))))
        return state, jax.tree.map(jnp.mean, metrics)

    def update(self, state: SacState, rows: Array, scaling: Scaling, key: Array) -> tuple[SacState, dict[str, Array]]:
        """One gradient step of everything that is learnt, from packed rows of shape (batch_size, width)."""
        key_next, key_now, *keys_part = jax.random.split(key, 2 + len(self.parts))
        batch = self.layout.unpack(rows)
        for part, key_part in zip(self.parts, keys_part, strict=True):
            batch = part.change_batch(batch, key_part)
        observation, next_observation = scaling(batch.observation), scaling(batch.next_observation)
        temperature = self.temperature.value(state.temperature)

        # Critics: towards the reward and the value of what the present actor would do next.
        next_action, next_log_density = self._draw(state.actor, next_observation, key_next)
        next_values = self._values(state.targets, next_observation, next_action)
        target = critic_target(batch.reward, batch.bootstrap, next_values, next_log_density, temperature)

        def loss_of_critics(critics: list[Network]) -> tuple[Array, Array]:
            values = self._values(critics, observation, batch.action)
            return critic_loss(values, target), values[0].mean()

        (loss_critic, value), gradient = jax.value_and_grad(loss_of_critics, has_aux=True)(state.critics)
        critics, critic_optimiser = _descend(self.critic_optimiser, gradient, state.critic_optimiser, state.critics)

        # Actor: towards what the critics now prefer, at the price of entropy.
        def loss_of_actor(actor: Network) -> tuple[Array, Array]:
            action, log_density = self._draw(actor, observation, key_now)
            return actor_loss(self._values(critics, observation, action), log_density, temperature), log_density

        (loss_actor, log_density), gradient = jax.value_and_grad(loss_of_actor, has_aux=True)(state.actor)
        actor, actor_optimiser = _descend(self.actor_optimiser, gradient, state.actor_optimiser, state.actor)

        # Targets follow slowly; the temperature keeps the entropy near its target.
        targets = jax.tree.map(lambda slow, fast: slow + self.tau * (fast - slow), state.targets, critics)
        temperature_state = self.temperature.update(state.temperature, log_density)
        metrics = {
            "critic_loss": loss_critic,
            "actor_loss": loss_actor,
            "value": value,
            "entropy": -log_density.mean(),
            "temperature": temperature,
        }
        return SacState(actor, critics, targets, actor_optimiser, critic_optimiser, temperature_state), metrics

    def _draw(self, actor: Network, observation: Array, key: Array) -> tuple[Array, Array]:
        """Fresh actions and their log-densities."""
        distribution = TanhGaussian.from_output(self.actor(actor, observation), self.log_std_range)
        noise = jax.random.normal(key, distribution.mean.shape)
        return distribution.action(noise), distribution.log_density(noise)

    def _values(self, critics: list[Network], observation: Array, action: Array) -> list[Array]:
        """The value of each critic, shape (n,); a loop is as fast as vmap for two."""
        inputs = jnp.concat([observation, action], axis=1)
        return [self.critic(critic, inputs)[:, 0] for critic in critics]


def _descend(
    optimiser: optax.GradientTransformation, gradient: Any, optimiser_state: Any, parameters: Any
) -> tuple[Any, Any]:
    step, optimiser_state = optimiser.update(gradient, optimiser_state, parameters)
    return optax.apply_updates(parameters, step), optimiser_state


def _to_device(parameters: dict[str, np.ndarray]) -> Network:
    return {name: jnp.array(array) for name, array in parameters.items()}
