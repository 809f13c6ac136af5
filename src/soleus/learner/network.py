"""What the updates of learners do with their networks."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from soleus.learner.part.base import Part
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.product import evaluated
from soleus.learner.replay.config import ReplayConfig
from soleus.learner.replay.storage import RowLayout
from soleus.nets.array import Array
from soleus.nets.form import Form
from soleus.nets.mlp import Mlp

Network = dict[str, Array]
"""The parameters of one network"""


def fresh(form: Form, generator: np.random.Generator, output_scale: float = 1.0) -> Network:
    """A critic that has learnt nothing; a small output_scale makes it say the same of everything."""
    return on_device(form.initial(generator, output_scale))


def fresh_actor(form: Form, generator: np.random.Generator, n_action: int, action: float) -> Network:
    """An actor that starts near one action in every dimension, whatever it observes, far from where tanh saturates."""
    drawn = form.initial(generator, output_scale=0.01)
    drawn[form.output_bias][form.columns[:n_action]] = np.arctanh(action)
    return on_device(drawn)


def values(form: Form, critics: Sequence[Network], observation: Array, action: Array) -> list[Array]:
    """The value of each critic, shape (n,)."""
    return [said[:, 0] for said in outputs(form, critics, observation, action)]


def outputs(form: Form, critics: Sequence[Network], observation: Array, action: Array) -> list[Array]:
    """What each critic says, shape (n, n_output); gradients go back to the action only. A loop is as fast as vmap."""
    inputs = jnp.concat([observation, action], axis=1)
    return [evaluated(form, critic, inputs, n_given=observation.shape[1]) for critic in critics]


def tanh_action(form: Form, actor: Network, observation: Array) -> Array:
    """What a deterministic actor does, in (-1, 1), shape (n, n_action)."""
    return jnp.tanh(evaluated(form, actor, observation))


def lowest(values: Sequence[Array]) -> Array:
    """What the most cautious critic says, shape (n,)."""
    lowest, *others = values
    for value in others:
        lowest = jnp.minimum(lowest, value)
    return lowest


def critic_loss(values: Sequence[Array], target: Array, weight: Array) -> Array:
    """Mean squared error, each row's with its weight, summed over the critics; arguments of shape (n,)."""
    return sum((weight * (value - target) ** 2).mean() for value in values)


def unit_weights(form: Form, network: Network) -> Network:
    """The network with the weights into every hidden unit at length 1.

    For hidden layers that are normalised: there the length says nothing, but as it grew, each step would turn the
    weights by less (Salimans 2016, arXiv 1602.07868; projected as in van Laarhoven 2017, arXiv 1706.05350).
    """
    hidden = {f"weight{layer}" for layer in range(len(form.sizes) - 2)}
    return {
        name: array / jnp.linalg.norm(array, axis=0, keepdims=True) if name in hidden else array
        for name, array in network.items()
    }


def followed(slow: Any, fast: Any, tau: float) -> Any:
    """Target networks after a step of tau towards those that learn."""
    return jax.tree.map(lambda slow, fast: slow + tau * (fast - slow), slow, fast)


def build_networks(
    config: ReplayConfig, layout: RowLayout, parts: Sequence[Part], n_output: int, n_output_of_critic: int = 1
) -> tuple[Form, Form]:
    """Form of the actor, observation -> outputs, and of a critic, observation and action -> value.

    Args:
        config: of the learner.
        layout: of the transitions that it learns from.
        parts: which may change the forms.
        n_output: of the actor.
        n_output_of_critic: 1 for one that says a value.
    """
    actor_sizes = (layout.n_observation, *config.actor_hidden, n_output)
    critic_sizes = (layout.n_observation + layout.n_action, *config.critic_hidden, n_output_of_critic)
    actor: Form = Mlp(actor_sizes, config.actor_activation, config.actor_layer_norm)
    critic: Form = Mlp(critic_sizes, config.critic_activation, config.critic_layer_norm)
    for part in parts:
        actor, critic = part.change_networks(actor, critic)
    return actor, config.ensemble.critic(critic)


def build_optimiser(
    config: ReplayConfig | PpoConfig, learning_rate: float, every: int = 1
) -> optax.GradientTransformation:
    """Adam with the schedule and the limit that a config asks for.

    Args:
        config: of the learner.
        learning_rate: at the start.
        every: updates between two steps of this optimiser.
    """
    rate: optax.ScalarOrSchedule = learning_rate
    if config.learning_rate_left < 1:
        n_step = -(-config.learning_rate_updates // every)
        rate = optax.linear_schedule(learning_rate, learning_rate * config.learning_rate_left, n_step)
    if config.gradient_limit is None:
        return optax.adam(rate)
    return optax.chain(optax.clip_by_global_norm(config.gradient_limit), optax.adam(rate))


def descend(
    optimiser: optax.GradientTransformation, gradient: Any, optimiser_state: Any, parameters: Any, pace: Array = 1.0
) -> tuple[Any, Any]:
    """Parameters and optimiser after a step down a gradient, `pace` times as long as the optimiser's."""
    step, optimiser_state = optimiser.update(gradient, optimiser_state, parameters)
    step = jax.tree.map(lambda step: pace * step, step)
    return optax.apply_updates(parameters, step), optimiser_state


def n_forward(form: Form) -> int:
    """Multiplications of a forward pass for each row."""
    return form.n_pass * sum(prod(shape) for name, shape in form.shapes().items() if name.startswith("weight"))


def n_learning(form: Form) -> int:
    """The same of a network that learns: forward, and two backward but for what its inputs would be given."""
    return 3 * n_forward(form) - form.n_pass * prod(form.shapes()["weight0"])


def n_guiding(form: Form) -> int:
    """The same of a network that says how its inputs should change: forward, and back to them."""
    return 2 * n_forward(form)


def on_device(parameters: dict[str, np.ndarray]) -> Network:
    """Parameters as updates meet them."""
    return {name: jnp.array(array) for name, array in parameters.items()}
