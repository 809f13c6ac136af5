"""An actor that draws its actions, as updates meet it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from soleus.learner.network import Network
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
