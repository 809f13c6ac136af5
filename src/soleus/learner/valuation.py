"""What SAC's critics say: one value of everything, or a value for each term of the reward."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import jax.numpy as jnp
import numpy as np

from soleus.learner.network import lowest
from soleus.learner.replay.storage import Transitions
from soleus.learner.replay.terms_config import TermsConfig
from soleus.nets.array import Array


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
    return reward + bootstrap * (lowest(next_values) - temperature * next_log_density)


class Valuation(ABC):
    """What the outputs of critics mean, and what they should be. Methods of JAX arrays are pure functions."""

    n_output: int
    """Of a critic"""

    @abstractmethod
    def initial(self) -> Any:
        """The state that changes from update to update: a tree of arrays, empty when nothing does."""

    @abstractmethod
    def following(self, state: Any) -> Any:
        """The state after an update."""

    @abstractmethod
    def weight(self, state: Any) -> Array:
        """Of each output in the value, shape (n_output,)."""

    @abstractmethod
    def target(
        self, state: Any, batch: Transitions, said: Sequence[Array], next_log_density: Array, temperature: Array
    ) -> Array:
        """What critics should say, shape (n, n_output).

        Args:
            state: as it stands.
            batch: what happened.
            said: by each target critic of a fresh action in the next state, each of shape (n, n_output).
            next_log_density: of that action, shape (n,) [nat].
            temperature: scalar [reward/nat].
        """

    @abstractmethod
    def metrics(self, said: Array) -> dict[str, Array]:
        """What a user should see of one critic's outputs, shape (n, n_output)."""

    def value(self, state: Any, said: Array) -> Array:
        """What outputs, shape (n, n_output), are worth, shape (n,)."""
        return said @ self.weight(state)


@final
@dataclass(frozen=True)
class OneValue(Valuation):
    """A critic says what is to come, everything together."""

    n_output = 1

    def initial(self) -> Any:
        return ()

    def following(self, state: Any) -> Any:
        return state

    def weight(self, state: Any) -> Array:
        return jnp.ones(1)

    def target(
        self, state: Any, batch: Transitions, said: Sequence[Array], next_log_density: Array, temperature: Array
    ) -> Array:
        values = [each[:, 0] for each in said]
        return critic_target(batch.reward, batch.bootstrap, values, next_log_density, temperature)[:, None]

    def metrics(self, said: Array) -> dict[str, Array]:
        return {}


@final
@dataclass(frozen=True)
class TermValues(Valuation):
    """A critic says what is to come of each term, of the rest of the reward and of entropy.

        y_i = r_i + bootstrap Q_i(s', a'),  with the same a', of the target critic whose weighted sum is the lowest

    The terms' own r_i are as they are paid, and weights come after: to whom weights change, values stay true. With all
    weights at 1 the values add up to that of a critic that tells nothing apart.
    """

    terms: TermsConfig

    @property
    def n_output(self) -> int:
        """The terms, the rest and entropy."""
        return len(self.terms.names) + 2

    def initial(self) -> Any:
        return jnp.int32(0)

    def following(self, state: Any) -> Any:
        return state + 1

    def weight(self, state: Any) -> Array:
        start, end = (np.array((*each, 1.0, 1.0), np.float32) for each in (self.terms.start, self.terms.end))
        done = jnp.minimum(state / self.terms.weight_updates, 1.0)
        return start + done * (end - start)

    def target(
        self, state: Any, batch: Transitions, said: Sequence[Array], next_log_density: Array, temperature: Array
    ) -> Array:
        rest = batch.reward - batch.terms.sum(axis=1)  # also what parts have added to the reward
        paid = jnp.concat([batch.terms, rest[:, None], jnp.zeros_like(rest)[:, None]], axis=1)
        each = jnp.stack(said)
        most_cautious = jnp.argmin(each @ self.weight(state), axis=0)
        believed = jnp.take_along_axis(each, most_cautious[None, :, None], axis=0)[0]
        soft = believed.at[:, -1].add(-temperature * next_log_density)
        return paid + batch.bootstrap[:, None] * soft

    def metrics(self, said: Array) -> dict[str, Array]:
        names = (*self.terms.names, "rest", "entropy")
        return {f"value_{name}": value for name, value in zip(names, said.mean(axis=0), strict=True)}


def build_valuation(terms: TermsConfig) -> Valuation:
    """What a config asks for."""
    return TermValues(terms) if terms.names else OneValue()
