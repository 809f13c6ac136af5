"""TD3, the update itself: pure functions of JAX arrays (Fujimoto 2018, arXiv 1802.09477, algorithm 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from soleus.learner.network import (
    Network,
    build_networks,
    build_optimiser,
    critic_loss,
    descend,
    followed,
    fresh,
    fresh_actor,
    lowest,
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
from soleus.learner.td3_config import Td3Config
from soleus.nets.array import Array
from soleus.nets.critics import Critics
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.form import Form
from soleus.nets.normalise import Scaling


class Delayed(NamedTuple):
    """What changes only in some of the updates."""

    actor: Network
    actor_optimiser: Any
    target_actor: Network
    """A slow copy of the actor, whose actions the targets are taken of"""
    target_critics: list[Network]
    """Slow copies of the critics, which give the values that the critics learn"""
    actor_loss: Array
    """Of the last update that changed the actor"""


class Td3State(NamedTuple):
    """All that updates change: trees of arrays."""

    critics: list[Network]
    critic_optimiser: Any
    delayed: Delayed
    n_update: Array


def smoothed(action: Array, noise: Array, std: float, limit: float) -> Array:
    """An action near the given one (section 5.3).

    Args:
        action: in [-1, 1], shape (n, n_action).
        noise: standard normal, of the same shape.
        std: deviation of what is added.
        limit: of what is added.
    """
    return jnp.clip(action + jnp.clip(std * noise, -limit, limit), -1, 1)


def critic_target(reward: Array, bootstrap: Array, next_values: Sequence[Array]) -> Array:
    """What a critic should say: reward, and the lower of the values that follow (section 4.2).

    Args:
        reward: shape (n,).
        bootstrap: discount, or 0 after a fall; shape (n,).
        next_values: of each target critic in the next state, each of shape (n,).
    """
    return reward + bootstrap * lowest(next_values)


@final
@dataclass(frozen=True)
class Td3Update(Update[Td3State]):
    """Twin critics, delayed actor, smoothed targets."""

    n_noise: ClassVar[int] = 1

    layout: RowLayout
    parts: tuple[Part, ...]
    actor: Form
    critic: Form
    actor_optimiser: optax.GradientTransformation
    critic_optimiser: optax.GradientTransformation
    tau: float
    policy_delay: int
    target_noise: float
    target_noise_limit: float
    initial_action: float

    def initial(self, generator: np.random.Generator) -> Td3State:
        """Fresh networks, the targets equal to what they follow."""
        actor = fresh_actor(self.actor, generator, self.layout.n_action, self.initial_action)
        critics = [fresh(self.critic, generator) for _ in range(2)]
        delayed = Delayed(actor, self.actor_optimiser.init(actor), actor, critics, jnp.float32(0))
        return Td3State(critics, self.critic_optimiser.init(critics), delayed, jnp.int32(0))

    def update(self, state: Td3State, batch: Transitions, noise: Noise) -> tuple[Td3State, dict[str, Array], Array]:
        (noise_next,), keys_part = noise
        old = state.delayed

        # Critics: towards the reward and the value of what the slow actor would about do next.
        next_action = tanh_action(self.actor, old.target_actor, batch.next_observation)
        next_action = smoothed(next_action, noise_next, self.target_noise, self.target_noise_limit)
        next_values = values(self.critic, old.target_critics, batch.next_observation, next_action)
        target = critic_target(batch.reward, batch.bootstrap, next_values)

        def loss_of_critics(critics: list[Network]) -> tuple[Array, Array]:
            present = values(self.critic, critics, batch.observation, batch.action)
            return critic_loss(present, target, batch.weight), present[0]

        (loss_critic, value), gradient = jax.value_and_grad(loss_of_critics, has_aux=True)(state.critics)
        critics, critic_optimiser = descend(self.critic_optimiser, gradient, state.critic_optimiser, state.critics)

        # Actor, every so many updates: towards what the first critic now prefers. Then the targets follow.
        def loss_of_actor(actor: Network) -> Array:
            action = tanh_action(self.actor, actor, batch.observation)
            (hoped,) = values(self.critic, critics[:1], batch.observation, action)
            return -hoped.mean() + loss_of_parts(self.parts, partial(tanh_action, self.actor, actor), batch, keys_part)

        def guided() -> Delayed:
            loss, gradient = jax.value_and_grad(loss_of_actor)(old.actor)
            actor, actor_optimiser = descend(self.actor_optimiser, gradient, old.actor_optimiser, old.actor)
            target_actor = followed(old.target_actor, actor, self.tau)
            return Delayed(actor, actor_optimiser, target_actor, followed(old.target_critics, critics, self.tau), loss)

        n_update = state.n_update + 1
        delayed = jax.lax.cond(n_update % self.policy_delay == 0, guided, lambda: old)
        metrics = {"critic_loss": loss_critic, "actor_loss": delayed.actor_loss, "value": value.mean()}
        return Td3State(critics, critic_optimiser, delayed, n_update), metrics, abs(value - target)

    def policy(self, state: Td3State, scaling: Scaling) -> DeterministicPolicy:
        return DeterministicPolicy(self.actor, to_numpy(state.delayed.actor), scaling)

    def critics(self, state: Td3State, scaling: Scaling) -> Critics:
        return Critics(self.critic, tuple(to_numpy(state.critics)), scaling)

    def n_product(self) -> float:
        critics = 2 * (n_forward(self.critic) + n_learning(self.critic))
        return n_forward(self.actor) + critics + (n_learning(self.actor) + n_guiding(self.critic)) / self.policy_delay


def build_td3_update(config: Td3Config, layout: RowLayout, parts: tuple[Part, ...]) -> Td3Update:
    """The update that a config asks for; arguments as for its `update`."""
    actor, critic = build_networks(config, layout, parts, layout.n_action)
    return Td3Update(
        layout=layout,
        parts=parts,
        actor=actor,
        critic=critic,
        actor_optimiser=build_optimiser(config, config.actor_learning_rate, every=config.policy_delay),
        critic_optimiser=build_optimiser(config, config.critic_learning_rate),
        tau=config.tau,
        policy_delay=config.policy_delay,
        target_noise=config.target_noise,
        target_noise_limit=config.target_noise_limit,
        initial_action=config.initial_action,
    )
