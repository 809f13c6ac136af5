"""Soft actor-critic with categorical critics, the update itself: pure functions of JAX arrays.

SAC (Haarnoja 2018, arXiv 1812.05905) whose critics say a histogram (Bellemare 2017, arXiv 1707.06887) of scaled
returns, by normalised layers with weights of one length: after FlashSAC (2026, arXiv 2604.04539), but small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from soleus.learner.categorical_sac_config import CategoricalSacConfig
from soleus.learner.network import (
    Network,
    build_networks,
    build_optimiser,
    descend,
    followed,
    fresh,
    fresh_actor,
    lowest,
    n_forward,
    n_guiding,
    n_learning,
    outputs,
    unit_weights,
)
from soleus.learner.part.base import Part
from soleus.learner.part.loss import loss_of_parts
from soleus.learner.replay.storage import RowLayout, Transitions
from soleus.learner.replay.update import Noise, Update
from soleus.learner.state import to_numpy
from soleus.learner.stochastic_actor import StochasticActor
from soleus.learner.temperature import LearnedTemperature
from soleus.learner.value_bins import ValueBins, cross_entropy
from soleus.nets.actor import ActorPolicy
from soleus.nets.array import Array
from soleus.nets.critics import Critics
from soleus.nets.form import Form
from soleus.nets.head import HEADS
from soleus.nets.normalise import Scaling


class Guided(NamedTuple):
    """What changes only in some of the updates."""

    actor: Network
    actor_optimiser: Any
    temperature: Any
    actor_loss: Array
    """Of the last update that changed the actor"""
    entropy: Array
    """The actor's in that update [nat]"""


class CategoricalSacState(NamedTuple):
    """All that updates change: trees of arrays."""

    critics: list[Network]
    targets: list[Network]
    """Slow copies of the critics, which give the histograms that the critics learn"""
    critic_optimiser: Any
    guided: Guided
    n_update: Array


def cautious(logits: Sequence[Array], values: Sequence[Array]) -> Array:
    """In each row the histogram of the critic whose value is lower, as probabilities, shape (n, n_bin).

    Args:
        logits: what each critic says, each of shape (n, n_bin).
        values: what that is worth, each of shape (n,).
    """
    chosen = jnp.argmin(jnp.stack(values), axis=0)
    return jax.nn.softmax(jnp.take_along_axis(jnp.stack(logits), chosen[None, :, None], axis=0)[0])


@final
@dataclass(frozen=True)
class CategoricalSacUpdate(Update[CategoricalSacState]):
    """Soft actor-critic whose critics say a histogram."""

    n_noise: ClassVar[int] = 2

    layout: RowLayout
    parts: tuple[Part, ...]
    actor: StochasticActor
    critic: Form
    bins: ValueBins
    actor_optimiser: optax.GradientTransformation
    critic_optimiser: optax.GradientTransformation
    temperature: LearnedTemperature
    tau: float
    actor_delay: int
    initial_action: float

    def initial(self, generator: np.random.Generator) -> CategoricalSacState:
        """Fresh networks, the targets equal to their critics: each bin is as likely, so that every value is 0."""
        actor = fresh_actor(self.actor.form, generator, self.layout.n_action, self.initial_action)
        critics = [unit_weights(self.critic, fresh(self.critic, generator, output_scale=0.01)) for _ in range(2)]
        optimiser, temperature = self.actor_optimiser.init(actor), self.temperature.initial()
        guided = Guided(actor, optimiser, temperature, jnp.float32(0), jnp.float32(0))
        return CategoricalSacState(critics, critics, self.critic_optimiser.init(critics), guided, jnp.int32(0))

    def update(
        self, state: CategoricalSacState, batch: Transitions, noise: Noise
    ) -> tuple[CategoricalSacState, dict[str, Array], Array]:
        (noise_next, noise_now), keys_part = noise
        old = state.guided
        temperature = self.temperature.value(old.temperature)

        # Critics: towards the reward and the histogram of what the present actor would do next, entropy included.
        next_action, next_log_density = self.actor.draw(old.actor, batch.next_observation, noise_next)
        said = outputs(self.critic, state.targets, batch.next_observation, next_action)
        next_histogram = cautious(said, [self.bins.mean(logits) for logits in said])
        shift = batch.reward - batch.bootstrap * temperature * next_log_density
        target = self.bins.moved(next_histogram, shift, batch.bootstrap)

        def loss_of_critics(critics: list[Network]) -> tuple[Array, Array]:
            said = outputs(self.critic, critics, batch.observation, batch.action)
            loss = sum((batch.weight * cross_entropy(logits, target)).mean() for logits in said)
            return loss, self.bins.mean(said[0])

        (loss_critic, value), gradient = jax.value_and_grad(loss_of_critics, has_aux=True)(state.critics)
        critics, critic_optimiser = descend(self.critic_optimiser, gradient, state.critic_optimiser, state.critics)
        critics = [unit_weights(self.critic, critic) for critic in critics]

        # Actor, every so many updates: towards what the critics now prefer. The temperature keeps its entropy.
        def loss_of_actor(actor: Network) -> tuple[Array, Array]:
            action, log_density = self.actor.draw(actor, batch.observation, noise_now)
            said = outputs(self.critic, critics, batch.observation, action)
            hoped = lowest([self.bins.mean(logits) for logits in said])
            added = loss_of_parts(self.parts, partial(self.actor.act, actor), batch, keys_part)
            return (temperature * log_density - hoped).mean() + added, log_density

        def guided() -> Guided:
            (loss, log_density), gradient = jax.value_and_grad(loss_of_actor, has_aux=True)(old.actor)
            actor, actor_optimiser = descend(self.actor_optimiser, gradient, old.actor_optimiser, old.actor)
            priced = self.temperature.update(old.temperature, log_density)
            return Guided(actor, actor_optimiser, priced, loss, -log_density.mean())

        n_update = state.n_update + 1
        new = jax.lax.cond(n_update % self.actor_delay == 0, guided, lambda: old)
        targets = followed(state.targets, critics, self.tau)
        metrics = {
            "critic_loss": loss_critic,
            "actor_loss": new.actor_loss,
            "value": value.mean(),
            "entropy": new.entropy,
            "temperature": temperature,
        }
        error = abs(value - target @ self.bins.centres)
        return CategoricalSacState(critics, targets, critic_optimiser, new, n_update), metrics, error

    def policy(self, state: CategoricalSacState, scaling: Scaling) -> ActorPolicy:
        return ActorPolicy(self.actor.form, to_numpy(state.guided.actor), scaling, self.actor.head)

    def critics(self, state: CategoricalSacState, scaling: Scaling) -> Critics:
        return Critics(self.critic, tuple(to_numpy(state.critics)), scaling, self.bins.limit)

    def n_product(self) -> float:
        critics = 2 * (n_forward(self.critic) + n_learning(self.critic))
        guiding = n_learning(self.actor.form) + 2 * n_guiding(self.critic)
        return n_forward(self.actor.form) + critics + guiding / self.actor_delay


def build_categorical_sac_update(
    config: CategoricalSacConfig, layout: RowLayout, parts: tuple[Part, ...]
) -> CategoricalSacUpdate:
    """The update that a config asks for."""
    head = HEADS[config.distribution](layout.n_action, config.log_std_range)
    n_latent = (layout.n_observation, *config.actor_hidden)[-1]
    actor, critic = build_networks(config, layout, parts, head.n_output(n_latent), config.n_bin)
    return CategoricalSacUpdate(
        layout=layout,
        parts=parts,
        actor=StochasticActor(actor, head),
        critic=critic,
        bins=ValueBins(config.n_bin, config.value_limit),
        actor_optimiser=build_optimiser(config, config.actor_learning_rate, every=config.actor_delay),
        critic_optimiser=build_optimiser(config, config.critic_learning_rate),
        temperature=LearnedTemperature(
            config.initial_temperature,
            config.target_entropy_per_action * layout.n_action,
            config.temperature_learning_rate,
        ),
        tau=config.tau,
        actor_delay=config.actor_delay,
        initial_action=config.initial_action,
    )
