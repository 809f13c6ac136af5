"""Predictors: several networks that say what an action leads to. NumPy acts with them, JAX learns them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array
from soleus.nets.mlp import Mlp, Parameters
from soleus.nets.whitening import WHITENINGS, Statistics, Whitening

N_OTHER = 2
"""Outputs after those of the fields: the reward, and whether the episode ends for good"""


class Prediction(NamedTuple):
    """What each member expects, member first."""

    observation: Array
    """Raw; fields that are not predicted stay as they are. shape (n_member, n, n_observation)"""
    reward: Array
    """shape (n_member, n)"""
    end: Array
    """How likely the episode ends for good, from 0 to 1, shape (n_member, n)"""


@final
@dataclass(frozen=True)
class Predictor:
    """The form of the networks. Their numbers are kept apart: each array of an Mlp's, of all members one above another.

    Biases have shape (n_member, 1, n_output), so that the product of all members' rows with all their weights is one.
    """

    n_observation: int
    n_action: int
    fields: tuple[int, ...]
    """Places of the observation that are told and predicted"""
    n_member: int
    hidden: tuple[int, ...]
    """Units of each hidden layer"""
    whitening: Whitening

    @property
    def n_field(self) -> int:
        """Fields that are told and predicted."""
        return len(self.fields)

    @property
    def network(self) -> Mlp:
        """Of one member: whitened fields and actions -> whitened fields, reward and end."""
        return Mlp((self.n_field + self.n_action, *self.hidden, self.n_field + N_OTHER))

    def initial(self, generator: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        """Draw the numbers of every member."""
        members = [self.network.initial(generator) for _ in range(self.n_member)]
        stacked = {name: np.stack([member[name] for member in members]) for name in members[0]}
        return {name: array if array.ndim == 3 else array[:, None] for name, array in stacked.items()}

    def chosen(self, observation: Array) -> Array:
        """The fields of observations, shape (..., n_field)."""
        return observation[..., np.array(self.fields, np.intp)]

    def said(self, parameters: Parameters, statistics: Statistics, observation: Array, action: Array) -> Array:
        """What each member says, shape (n_member, n, n_field + 2).

        Args:
            parameters: of all members.
            statistics: of what they have learnt from.
            observation: raw, shape (n, n_observation), or (n_member, n, n_observation) for one of each member's own.
            action: in [-1, 1], shape (n, n_action), or (n_member, n, n_action).
        """
        return self._said(parameters, self.whitening.seen(statistics, self.chosen(observation)), action)

    def judged(self, parameters: Parameters, statistics: Statistics, observation: Array, action: Array) -> Array:
        """The same of the fields alone, to see how far members disagree, shape (n_member, n, n_field)."""
        seen = self.whitening.judged(statistics, self.chosen(observation))
        return self._said(parameters, seen, action)[..., : self.n_field]

    def __call__(self, parameters: Parameters, statistics: Statistics, observation: Array, action: Array) -> Prediction:
        """What each member expects; arguments as for `said`."""
        said = self.said(parameters, statistics, observation, action)
        xp = said.__array_namespace__()
        following = self.whitening.following(statistics, self.chosen(observation), said[..., : self.n_field])
        reward = statistics.reward.mean + statistics.reward.deviation() * said[..., -2]
        return Prediction(self._with(observation, following), reward, xp.clip(said[..., -1], 0, 1))

    def description(self) -> dict[str, Any]:
        """What `predictor_from` builds it again from, as JSON can hold it."""
        return {
            "n_observation": self.n_observation,
            "n_action": self.n_action,
            "fields": self.fields,
            "n_member": self.n_member,
            "hidden": self.hidden,
            "whitening": self.whitening.kind,
        }

    def _said(self, parameters: Parameters, seen: Array, action: Array) -> Array:
        return self.network(parameters, seen.__array_namespace__().concat([seen, action], axis=-1))

    def _with(self, observation: Array, following: Array) -> Array:
        """Observations with other fields, shape (n_member, n, n_observation)."""
        xp = following.__array_namespace__()
        both = xp.concat(
            [xp.broadcast_to(observation, (*following.shape[:-1], self.n_observation)), following], axis=-1
        )
        place = np.arange(self.n_observation)
        place[list(self.fields)] = self.n_observation + np.arange(self.n_field)
        return both[..., place]


def predictor_from(description: Mapping[str, Any]) -> Predictor:
    """The predictor that a description is of; ValueError for an unknown whitening."""
    kind = description["whitening"]
    if kind not in WHITENINGS:
        raise ValueError(f"unknown whitening {kind!r}; known are {', '.join(WHITENINGS)}")
    return Predictor(
        description["n_observation"],
        description["n_action"],
        tuple(description["fields"]),
        description["n_member"],
        tuple(description["hidden"]),
        WHITENINGS[kind],
    )
