"""DDPG, the update itself: pure functions of JAX arrays (Lillicrap 2015, arXiv 1509.02971, algorithm 1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple, final

import jax
import numpy as np
import optax

from soleus.learner.ddpg_config import DdpgConfig
from soleus.learner.network import (
    Network,
    build_networks,
    build_optimiser,
    critic_loss,
    descend,
    followed,
    fresh,
    fresh_actor,
    n_forward,
    n_guiding,
    n_learning,
    tanh_action,
    values,
)
from soleus.learner.part.base import Part
from soleus.learner.part.loss import loss_of_parts
from soleus.learner.replay.storage import RowLayout, Transitions
from soleus.learner.replay.update import Noise, Update
from soleus.learner.state import to_numpy
from soleus.nets.array import Array
from soleus.nets.critics import Critics
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.form import Form
from soleus.nets.normalise import Scaling


class DdpgState(NamedTuple):
    """All that updates change: trees of arrays."""

    actor: Network
    critic: Network
    target_actor: Network
    """A slow copy of the actor, whose actions the targets are taken of"""
    target_critic: Network
    """A slow copy of the critic, which gives the values that the critic learns"""
    actor_optimiser: Any
    critic_optimiser: Any


def critic_target(reward: Array, bootstrap: Array, next_value: Array) -> Array:
    """What the critic should say: reward, and the value that follows (algorithm 1).

    Args:
        reward: shape (n,).
        bootstrap: discount, or 0 after a fall; shape (n,).
        next_value: of the target critic in the next state, shape (n,).
    """
    return reward + bootstrap * next_value


@final
@dataclass(frozen=True)
class DdpgUpdate(Update[DdpgState]):
    """One critic, and an actor that climbs it."""

    n_noise: ClassVar[int] = 0

    layout: RowLayout
    parts: tuple[Part, ...]
    actor: Form
    critic: Form
    actor_optimiser: optax.GradientTransformation
    critic_optimiser: optax.GradientTransformation
    tau: float
    initial_action: float

    def initial(self, generator: np.random.Generator) -> DdpgState:
        """Fresh networks, the targets equal to what they follow."""
        actor = fresh_actor(self.actor, generator, self.layout.n_action, self.initial_action)
        critic = fresh(self.critic, generator)
        optimisers = self.actor_optimiser.init(actor), self.critic_optimiser.init(critic)
        return DdpgState(actor, critic, actor, critic, *optimisers)

    def update(self, state: DdpgState, batch: Transitions, noise: Noise) -> tuple[DdpgState, dict[str, Array], Array]:
        # Critic: towards the reward and the value of what the slow actor would do next.
        next_action = tanh_action(self.actor, state.target_actor, batch.next_observation)
        (next_value,) = values(self.critic, [state.target_critic], batch.next_observation, next_action)
        target = critic_target(batch.reward, batch.bootstrap, next_value)

        def loss_of_critic(critic: Network) -> tuple[Array, Array]:
            present = values(self.critic, [critic], batch.observation, batch.action)
            return critic_loss(present, target, batch.weight), present[0]

        (loss_critic, value), gradient = jax.value_and_grad(loss_of_critic, has_aux=True)(state.critic)
        critic, critic_optimiser = descend(self.critic_optimiser, gradient, state.critic_optimiser, state.critic)

        # Actor: towards what the critic now prefers.
        def loss_of_actor(actor: Network) -> Array:
            action = tanh_action(self.actor, actor, batch.observation)
            (hoped,) = values(self.critic, [critic], batch.observation, action)
            return -hoped.mean() + loss_of_parts(self.parts, partial(tanh_action, self.actor, actor), batch, noise.keys)

        loss_actor, gradient = jax.value_and_grad(loss_of_actor)(state.actor)
        actor, actor_optimiser = descend(self.actor_optimiser, gradient, state.actor_optimiser, state.actor)

        # Targets follow slowly.
        target_actor = followed(state.target_actor, actor, self.tau)
        target_critic = followed(state.target_critic, critic, self.tau)
        metrics = {"critic_loss": loss_critic, "actor_loss": loss_actor, "value": value.mean()}
        learnt = DdpgState(actor, critic, target_actor, target_critic, actor_optimiser, critic_optimiser)
        return learnt, metrics, abs(value - target)

    def policy(self, state: DdpgState, scaling: Scaling) -> DeterministicPolicy:
        return DeterministicPolicy(self.actor, to_numpy(state.actor), scaling)

    def critics(self, state: DdpgState, scaling: Scaling) -> Critics:
        return Critics(self.critic, (to_numpy(state.critic),), scaling)

    def n_product(self) -> float:
        critic = n_forward(self.critic) + n_learning(self.critic) + n_guiding(self.critic)
        return n_forward(self.actor) + n_learning(self.actor) + critic


def build_ddpg_update(config: DdpgConfig, layout: RowLayout, parts: tuple[Part, ...]) -> DdpgUpdate:
    """The update that a config asks for; arguments as for its `update`."""
    actor, critic = build_networks(config, layout, parts, layout.n_action)
    return DdpgUpdate(
        layout=layout,
        parts=parts,
        actor=actor,
        critic=critic,
        actor_optimiser=build_optimiser(config, config.actor_learning_rate),
        critic_optimiser=build_optimiser(config, config.critic_learning_rate),
        tau=config.tau,
        initial_action=config.initial_action,
    )
