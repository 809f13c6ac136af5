"""Soft actor-critic, the update itself: pure functions of JAX arrays (Haarnoja 2018, arXiv 1812.05905)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple, final

import jax
import numpy as np
import optax

from soleus.learner.distribution import build_head, initial_deviation
from soleus.learner.network import (
    Network,
    build_networks,
    build_optimiser,
    critic_loss,
    descend,
    followed,
    fresh,
    lowest,
    n_forward,
    n_guiding,
    n_learning,
    outputs,
)
from soleus.learner.part.base import Part
from soleus.learner.part.loss import loss_of_parts
from soleus.learner.replay.storage import RowLayout, Transitions
from soleus.learner.replay.update import Noise, Update
from soleus.learner.sac_config import SacConfig
from soleus.learner.state import to_numpy
from soleus.learner.stochastic_actor import StochasticActor
from soleus.learner.temperature import FixedTemperature, LearnedTemperature, Temperature
from soleus.learner.valuation import Valuation, build_valuation
from soleus.nets.actor import ActorPolicy
from soleus.nets.array import Array
from soleus.nets.critics import Critics
from soleus.nets.form import Form
from soleus.nets.normalise import Scaling


class SacState(NamedTuple):
    """All that updates change: trees of float32 arrays."""

    actor: Network
    critics: list[Network]
    targets: list[Network]
    """Slow copies of the critics, which give the values that the critics learn"""
    actor_optimiser: Any
    critic_optimiser: Any
    temperature: Any
    valuation: Any


def actor_loss(values: Sequence[Array], log_density: Array, temperature: Array) -> Array:
    """Falls as the lower critic's value and the entropy rise (equation 9)."""
    return (temperature * log_density - lowest(values)).mean()


@final
@dataclass(frozen=True)
class SacUpdate(Update[SacState]):
    """Soft actor-critic."""

    n_noise: ClassVar[int] = 2

    layout: RowLayout
    parts: tuple[Part, ...]
    actor: StochasticActor
    critic: Form
    actor_optimiser: optax.GradientTransformation
    critic_optimiser: optax.GradientTransformation
    temperature: Temperature
    valuation: Valuation
    tau: float
    initial_action: float

    def initial(self, generator: np.random.Generator) -> SacState:
        """Fresh networks, the targets equal to their critics."""
        actor = self.actor.initial(generator, self.initial_action)
        critics = [fresh(self.critic, generator) for _ in range(2)]
        return SacState(
            actor=actor,
            critics=critics,
            targets=critics,
            actor_optimiser=self.actor_optimiser.init(actor),
            critic_optimiser=self.critic_optimiser.init(critics),
            temperature=self.temperature.initial(),
            valuation=self.valuation.initial(),
        )

    def update(self, state: SacState, batch: Transitions, noise: Noise) -> tuple[SacState, dict[str, Array], Array]:
        (noise_next, noise_now), keys_part = noise
        temperature = self.temperature.value(state.temperature)

        # Critics: towards the reward and the value of what the present actor would do next.
        next_action, next_log_density = self.actor.draw(state.actor, batch.next_observation, noise_next)
        next_said = outputs(self.critic, state.targets, batch.next_observation, next_action)
        target = self.valuation.target(state.valuation, batch, next_said, next_log_density, temperature)

        def loss_of_critics(critics: list[Network]) -> tuple[Array, Array]:
            said = outputs(self.critic, critics, batch.observation, batch.action)
            each = (
                critic_loss([one[:, i] for one in said], target[:, i], batch.weight) for i in range(target.shape[1])
            )
            return sum(each), said[0]

        (loss_critic, said), gradient = jax.value_and_grad(loss_of_critics, has_aux=True)(state.critics)
        critics, critic_optimiser = descend(self.critic_optimiser, gradient, state.critic_optimiser, state.critics)

        # Actor: towards what the critics now prefer, at the price of entropy.
        def loss_of_actor(actor: Network) -> tuple[Array, Array]:
            action, log_density = self.actor.draw(actor, batch.observation, noise_now)
            hoped = [self._worth(state, said) for said in outputs(self.critic, critics, batch.observation, action)]
            added = loss_of_parts(self.parts, partial(self.actor.act, actor), batch, keys_part)
            return actor_loss(hoped, log_density, temperature) + added, log_density

        (loss_actor, log_density), gradient = jax.value_and_grad(loss_of_actor, has_aux=True)(state.actor)
        actor, actor_optimiser = descend(self.actor_optimiser, gradient, state.actor_optimiser, state.actor)

        # Targets follow slowly; the temperature keeps the entropy near its target.
        targets = followed(state.targets, critics, self.tau)
        temperature_state = self.temperature.update(state.temperature, log_density)
        value = self._worth(state, said)
        metrics = {
            "critic_loss": loss_critic,
            "actor_loss": loss_actor,
            "value": value.mean(),
            "entropy": -log_density.mean(),
            "temperature": temperature,
            **self.valuation.metrics(said),
        }
        valuation = self.valuation.following(state.valuation)
        learnt = SacState(actor, critics, targets, actor_optimiser, critic_optimiser, temperature_state, valuation)
        return learnt, metrics, abs(value - self._worth(state, target))

    def policy(self, state: SacState, scaling: Scaling) -> ActorPolicy:
        return ActorPolicy(self.actor.form, to_numpy(state.actor), scaling, self.actor.head)

    def critics(self, state: SacState, scaling: Scaling) -> Critics:
        weight = tuple(np.asarray(self.valuation.weight(state.valuation)).tolist())
        return Critics(self.critic, tuple(to_numpy(state.critics)), scaling, weight=weight)

    def _worth(self, state: SacState, said: Array) -> Array:
        """The value of critics' outputs, shape (n,)."""
        return self.valuation.value(state.valuation, said)

    def n_product(self) -> float:
        critic = n_forward(self.critic) + n_learning(self.critic) + n_guiding(self.critic)
        return n_forward(self.actor.form) + n_learning(self.actor.form) + 2 * critic


def build_sac_update(config: SacConfig, layout: RowLayout, parts: tuple[Part, ...]) -> SacUpdate:
    """The update that a config asks for."""
    if config.temperature == "learned":
        temperature = LearnedTemperature(
            config.initial_temperature,
            config.target_entropy_per_action * layout.n_action,
            config.temperature_learning_rate,
        )
    else:
        temperature = FixedTemperature(config.initial_temperature)
    head = build_head(config, layout.n_action)
    n_latent = (layout.n_observation, *config.actor_hidden)[-1]
    valuation = build_valuation(config.terms)
    actor, critic = build_networks(config, layout, parts, head.n_output(n_latent), valuation.n_output)
    return SacUpdate(
        layout=layout,
        parts=parts,
        actor=StochasticActor(actor, head, initial_deviation(config)),
        critic=critic,
        actor_optimiser=build_optimiser(config, config.actor_learning_rate),
        critic_optimiser=build_optimiser(config, config.critic_learning_rate),
        temperature=temperature,
        valuation=valuation,
        tau=config.tau,
        initial_action=config.initial_action,
    )
