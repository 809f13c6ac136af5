"""Proximal policy optimisation, the update itself: pure functions of JAX arrays (Schulman 2017, arXiv 1707.06347)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from soleus.learner.network import Network, build_optimiser, descend, fresh, fresh_actor
from soleus.learner.part.base import Part
from soleus.learner.part.loss import loss_of_parts
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.ppo.drawing import Drawing, build_drawing, build_head
from soleus.learner.product import evaluated
from soleus.learner.state import to_numpy
from soleus.nets.actor import ActorPolicy
from soleus.nets.array import Array
from soleus.nets.form import Form
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import Scaling

PACE_STEP = 1.5
"""Factor by which the actor's pace changes after a rollout"""


class Rollout(NamedTuple):
    """The columns of what is learnt from, a row for each transition."""

    observation: Array
    """shape (n, n_observation), in the task's units: normalised where it is used"""
    action: Array
    """shape (n, n_action), in [-1, 1]"""
    advantage: Array
    """How much better than the state's value it was; mean 0 and deviation 1 over the rollout, shape (n,)"""
    value_target: Array
    """What the critic should say, in its own unit; shape (n,)"""


class PpoState(NamedTuple):
    """All that updates change: trees of float32 arrays."""

    actor: Network
    critic: Network
    actor_optimiser: Any
    critic_optimiser: Any
    pace: Array
    """Factor on the actor's steps, a scalar"""


def clipped_loss(log_ratio: Array, advantage: Array, clip: float) -> Array:
    """Falls as good actions become likelier and bad ones less likely, until they have by `clip` (equation 7).

    Args:
        log_ratio: log-density of each action now less that before the update, shape (n,) [nat].
        advantage: of each action, shape (n,).
        clip: how far the ratio is worth changing.
    """
    ratio = jnp.exp(log_ratio)
    return -jnp.minimum(ratio * advantage, jnp.clip(ratio, 1 - clip, 1 + clip) * advantage).mean()


def divergence(log_ratio: Array) -> Array:
    """Kullback-Leibler divergence of the present policy from the old one, of whose actions the ratios are [nat].

    The mean of ratio - 1 - log ratio, no term of which is negative: its mean is that of -log ratio, since densities sum
    to 1.
    """
    return jnp.mean(jnp.expm1(log_ratio) - log_ratio)


def next_pace(pace: Array, kl: Array, target: float, bounds: tuple[float, float]) -> Array:
    """Slower after an update that went more than twice as far as its target, faster after less than half."""
    change = jnp.where(kl > 2 * target, 1 / PACE_STEP, jnp.where(kl < target / 2, PACE_STEP, 1.0))
    return jnp.clip(pace * change, *bounds)


@final
@dataclass(frozen=True)
class PpoUpdate:
    """What stays the same from update to update."""

    parts: tuple[Part, ...]
    drawing: Drawing
    """The actor's form, and how it draws"""
    critic: Form
    actor_optimiser: optax.GradientTransformation
    critic_optimiser: optax.GradientTransformation
    config: PpoConfig

    def initial(self, generator: np.random.Generator) -> PpoState:
        """Fresh networks."""
        drawn = fresh_actor(self.drawing.form, generator, self.drawing.head.n_action, self.config.initial_action)
        actor = self.drawing.prepared(drawn)
        critic = fresh(self.critic, generator)
        optimisers = self.actor_optimiser.init(actor), self.critic_optimiser.init(critic)
        return PpoState(actor, critic, *optimisers, jnp.float32(1))

    def values(
        self, state: PpoState, observation: Array, next_observation: Array, scaling: Scaling
    ) -> tuple[Array, Array]:
        """Before and after raw transitions, in the critic's unit, each of shape (n,)."""
        return tuple(self._value(state.critic, scaling(each)) for each in (observation, next_observation))

    def scan(
        self, state: PpoState, rollout: Rollout, order: Array, scaling: Scaling, key: Array
    ) -> tuple[PpoState, dict[str, Array]]:
        """All epochs of a rollout, one minibatch after the other; metrics are means over them.

        Args:
            state: what was learnt so far.
            rollout: what is learnt from.
            order: rows of each minibatch, epoch after epoch, shape (n_epoch x n_minibatch, size).
            scaling: of observations.
            key: source of everything random in the parts.

        What ratios compare with are the densities of the actor that comes in, of whatever is learnt from. For a mirror
        image that is not the density with which its original was drawn: the update's way is measured from the policy as
        it is, and an actor that is not symmetric would begin beyond the clip.
        """
        old, _ = self.drawing.density(state.actor, scaling(rollout.observation), rollout.action)

        def step(state: PpoState, told: tuple[Array, Array]) -> tuple[PpoState, dict[str, Array]]:
            rows, key = told
            return self.update(state, Rollout(*(column[rows] for column in rollout)), old[rows], scaling, key)

        state, metrics = jax.lax.scan(step, state, (order, jax.random.split(key, len(order))))
        kl = metrics["kl"][-(len(order) // self.config.n_epoch) :].mean()  # in the last epoch: of the whole way
        pace = next_pace(state.pace, kl, self.config.target_kl, self.config.pace_range)
        return state._replace(pace=pace), jax.tree.map(jnp.mean, metrics) | {"kl": kl, "pace": state.pace}

    def update(
        self, state: PpoState, batch: Rollout, old: Array, scaling: Scaling, key: Array
    ) -> tuple[PpoState, dict[str, Array]]:
        """One gradient step of actor and critic from a minibatch, of whose actions `old` are the log-densities before
        the first step, as the drawing tells them, shape (n,) [nat].
        """
        observation = scaling(batch.observation)
        batch = batch._replace(observation=observation)
        keys_part = [*jax.random.split(key, len(self.parts))]

        # Actor: towards what turned out better than expected, and no further than the clip.
        def loss_of_actor(actor: Network) -> tuple[Array, tuple[Array, Array]]:
            log_density, entropy = self.drawing.density(actor, observation, batch.action)
            log_ratio = log_density - old
            loss = clipped_loss(log_ratio, batch.advantage, self.config.clip)
            loss += loss_of_parts(self.parts, partial(self.drawing.act, actor), batch, keys_part)
            return loss - self.config.entropy_weight * entropy, (log_ratio, entropy)

        told, gradient = jax.value_and_grad(loss_of_actor, has_aux=True)(state.actor)
        loss_actor, (log_ratio, entropy) = told
        actor, actor_optimiser = descend(self.actor_optimiser, gradient, state.actor_optimiser, state.actor, state.pace)

        # Critic: towards the returns.
        def loss_of_critic(critic: Network) -> Array:
            return ((self._value(critic, observation) - batch.value_target) ** 2).mean()

        loss_critic, gradient = jax.value_and_grad(loss_of_critic)(state.critic)
        critic, critic_optimiser = descend(self.critic_optimiser, gradient, state.critic_optimiser, state.critic)

        metrics = {
            "actor_loss": loss_actor,
            "critic_loss": loss_critic,
            "entropy": entropy,
            "kl": divergence(log_ratio),
            "clip_fraction": (jnp.abs(jnp.expm1(log_ratio)) > self.config.clip).mean(),
        }
        return PpoState(actor, critic, actor_optimiser, critic_optimiser, state.pace), metrics

    def policy(self, state: PpoState, scaling: Scaling) -> ActorPolicy:
        """What was learnt, in NumPy, to act with."""
        return ActorPolicy(self.drawing.form, to_numpy(state.actor), scaling, self.drawing.head)

    def _value(self, critic: Network, observation: Array) -> Array:
        """Of normalised observations, in the critic's unit, shape (n,)."""
        return evaluated(self.critic, critic, observation)[:, 0]


def build_ppo_update(config: PpoConfig, n_observation: int, n_action: int, parts: tuple[Part, ...]) -> PpoUpdate:
    """The update that a config asks for."""
    head = build_head(config, n_action)
    n_latent = (n_observation, *config.actor_hidden)[-1]
    sizes = n_observation, *config.actor_hidden, head.n_output(n_latent)
    actor: Form = Mlp(sizes, config.actor_activation, config.actor_layer_norm)
    critic: Form = Mlp((n_observation, *config.critic_hidden, 1), config.critic_activation, config.critic_layer_norm)
    for part in parts:
        actor, critic = part.change_networks(actor, critic)
    return PpoUpdate(
        parts=parts,
        drawing=build_drawing(config, actor, head),
        critic=critic,
        actor_optimiser=build_optimiser(config, config.actor_learning_rate),
        critic_optimiser=build_optimiser(config, config.critic_learning_rate),
        config=config,
    )
