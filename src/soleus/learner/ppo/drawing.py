"""How PPO's actor draws its actions, and how likely it is to draw those that were drawn before."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import final

from soleus.learner.network import Network
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.product import evaluated
from soleus.nets.array import Array
from soleus.nets.bernoulli import Bernoulli
from soleus.nets.distribution import TanhGaussian, before_tanh, output_for
from soleus.nets.form import Form
from soleus.nets.head import BernoulliHead, GaussianHead, Head


class Drawing(ABC):
    """What PPO asks of its actor. Observations are normalised, of shape (n, n_observation)."""

    form: Form
    """Of the actor"""

    @property
    @abstractmethod
    def head(self) -> Head:
        """What the actor's outputs mean."""

    @abstractmethod
    def prepared(self, actor: Network) -> Network:
        """A fresh actor, with all that is not as a network is drawn."""

    @abstractmethod
    def density(self, actor: Network, observation: Array, action: Array) -> tuple[Array, Array]:
        """Log-density of actions, shape (n,), but for a number that no actor changes; and mean entropy [nat]."""

    @abstractmethod
    def act(self, actor: Network, observation: Array) -> Array:
        """What the actor does without chance, for losses: it moves with the actor's numbers; shape (n, n_action)."""


@final
@dataclass(frozen=True)
class GaussianDrawing(Drawing):
    """From a Gaussian before tanh, whose deviation is learnt and the same whatever is observed."""

    form: Form
    gaussian: GaussianHead
    initial_log_std: float
    """Of a fresh actor"""

    @property
    def head(self) -> GaussianHead:
        return self.gaussian

    def prepared(self, actor: Network) -> Network:
        """The weights that would let the deviation depend on what is observed are 0, and stay 0."""
        bias, begin = self.form.output_bias, output_for(self.initial_log_std, self.gaussian.log_std_range)
        return self._restricted(actor) | {bias: actor[bias].at[self._of_deviations].set(begin)}

    def density(self, actor: Network, observation: Array, action: Array) -> tuple[Array, Array]:
        """Both before tanh.

        Ratios of densities are the same before and after tanh, whose slope at the action is in both and cancels. Near
        -1 and 1 the action has been rounded, and u is found with an error; but old and new density are of the same u,
        so that their ratio is right for it, an action very near.
        """
        distribution = self._distribution(actor, observation)
        log_density = distribution.log_density_before_tanh(before_tanh(action))
        return log_density, distribution.entropy_before_tanh().mean()

    def act(self, actor: Network, observation: Array) -> Array:
        return self._distribution(actor, observation).mode()

    def _distribution(self, actor: Network, observation: Array) -> TanhGaussian:
        # Set to the 0 that they are, weights get no gradient: none learns to let the deviation depend on observations.
        actor = self._restricted(actor)
        return self.head.distribution(self.form, actor, evaluated(self.form, actor, observation))

    def _restricted(self, actor: Network) -> Network:
        weight = self.form.output_weight
        return actor | {weight: actor[weight].at[:, self._of_deviations].set(0)}

    @cached_property
    def _of_deviations(self) -> slice:
        """Columns of the last layer that make deviations, which come after those that make means."""
        columns = self.form.columns[self.gaussian.n_action :]
        return slice(int(columns.min()), int(columns.max()) + 1)


@final
@dataclass(frozen=True)
class BernoulliDrawing(Drawing):
    """Each muscle off or on, -1 or 1 (Jaskowski 2018, Reinforcement Learning to Run... Fast)."""

    form: Form
    bernoulli: BernoulliHead

    @property
    def head(self) -> BernoulliHead:
        return self.bernoulli

    def prepared(self, actor: Network) -> Network:
        return actor

    def density(self, actor: Network, observation: Array, action: Array) -> tuple[Array, Array]:
        distribution = self._distribution(actor, observation)
        return distribution.log_probability(action), distribution.entropy().mean()

    def act(self, actor: Network, observation: Array) -> Array:
        """The mean action: what it does at play, off or on, has no slope to learn along."""
        return self._distribution(actor, observation).mean()

    def _distribution(self, actor: Network, observation: Array) -> Bernoulli:
        return self.head.distribution(self.form, actor, evaluated(self.form, actor, observation))


def build_head(config: PpoConfig, n_action: int) -> GaussianHead | BernoulliHead:
    """What the outputs of an actor mean."""
    match config.distribution:
        case "gaussian":
            return GaussianHead(n_action, config.log_std_range)
        case "bernoulli":
            return BernoulliHead(n_action)


def build_drawing(config: PpoConfig, form: Form, head: GaussianHead | BernoulliHead) -> Drawing:
    """How an actor of a form draws its actions."""
    match head:
        case GaussianHead():
            return GaussianDrawing(form, head, config.initial_log_std)
        case BernoulliHead():
            return BernoulliDrawing(form, head)
