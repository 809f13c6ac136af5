"""An actor that draws its actions, as updates meet it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from soleus.learner.network import Network, fresh_actor, on_device
from soleus.learner.product import evaluated
from soleus.nets.array import Array
from soleus.nets.distribution import Distribution
from soleus.nets.form import Form
from soleus.nets.head import Head


@final
@dataclass(frozen=True)
class StochasticActor:
    """A network, and what its outputs mean."""

    form: Form
    """Normalised observations -> outputs"""
    head: Head
    """Outputs -> distribution of actions"""
    initial_deviation: float = 0.0
    """Of a fresh actor: the output that deviations are made of; 0 is the middle of their range"""

    def __post_init__(self) -> None:
        self.head.check(self.form)

    def initial(self, generator: np.random.Generator, action: float) -> Network:
        """An actor that starts near one action in every dimension, whatever it observes."""
        network = fresh_actor(self.form, generator, self.head.n_action, action)
        bias = self.form.output_bias
        begin = network[bias].at[self.form.columns[self.head.n_action :]].set(self.initial_deviation)
        return network | {bias: begin} | on_device(self.head.initial(generator))

    def distribution(self, actor: Network, observation: Array) -> Distribution:
        """Of actions, for observations of shape (n, n_observation)."""
        return self.head.distribution(self.form, actor, evaluated(self.form, actor, observation))

    def act(self, actor: Network, observation: Array) -> Array:
        """The deterministic actions, shape (n, n_action)."""
        return self.distribution(actor, observation).mode()

    def draw(self, actor: Network, observation: Array, noise: Array) -> tuple[Array, Array]:
        """What standard normal noise makes of the actor: actions, both (n, n_action), and log-densities, (n,) [nat]."""
        distribution = self.distribution(actor, observation)
        return distribution.action(noise), distribution.log_density(noise)
