"""Predictors that a learner carries along: they learn what actions lead to, pay for surprises, and help to act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, final

import jax
import jax.numpy as jnp
import numpy as np
import optax

from soleus.learner.network import Network, descend
from soleus.learner.part.acting import Acting, LearntPredictor
from soleus.learner.part.base import Part
from soleus.learner.part.bonus import Bonus
from soleus.learner.replay.storage import Transitions
from soleus.learner.state import to_numpy
from soleus.nets.array import Array
from soleus.nets.critics import Critics
from soleus.nets.moments import Moments, divided
from soleus.nets.policy import Policy
from soleus.nets.predictor import Predictor
from soleus.nets.whitening import LIMIT, Statistics

RECENT = 100
"""Updates in which a disagreement is forgotten: that of members that knew nothing yet would count for hours"""


class PredictionState(NamedTuple):
    """All that predictors learn: trees of float32 arrays."""

    networks: Network
    """Of all members, one above another"""
    optimiser: Any
    statistics: Statistics
    disagreement: Moments
    """Of what members have lately disagreed by"""


@final
class Prediction(Part):
    """Several forward models (s, a) -> change of s, reward and end, each from its own first numbers and its own rows.

    A member draws its rows of every batch with replacement (online bagging, Oza 2001), or all would learn the same.
    """

    name: ClassVar[str] = "predictor"
    learns: ClassVar[bool] = True

    def __init__(self, predictor: Predictor, learning_rate: float, bonus: Bonus, acting: Acting) -> None:
        """Predictors that have learnt nothing.

        Args:
            predictor: their form.
            learning_rate: Adam's step.
            bonus: what disagreement adds to rewards.
            acting: what predictions do to the policy.
        """
        self._predictor = predictor
        self._optimiser = optax.adam(learning_rate)
        self._bonus = bonus
        self._acting = acting

    def initial(self, generator: np.random.Generator) -> PredictionState:
        networks = {name: jnp.array(array) for name, array in self._predictor.initial(generator).items()}
        fresh = Statistics.fresh(self._predictor.n_field), Moments.fresh(1)
        return PredictionState(networks, self._optimiser.init(networks), *jax.tree.map(jnp.array, fresh))

    def change_batch(self, state: PredictionState, batch: Transitions, key: Array) -> Transitions:
        """Rewards with the bonus for what members disagree on now, however long ago it was met.

        Where an episode ends for good there is none: falls are chaotic, so that members would never agree on them, and
        to seek them is no exploration.
        """
        return batch._replace(reward=batch.reward + self._paid(state, batch)[0])

    def change_policy(self, state: PredictionState, policy: Policy, critics: Callable[[], Critics]) -> Policy:
        learnt = LearntPredictor(self._predictor, to_numpy(state.networks), to_numpy(state.statistics))
        return self._acting.equip(policy, learnt, critics)

    def learn(self, state: PredictionState, batch: Transitions, key: Array) -> tuple[PredictionState, dict[str, Array]]:
        predictor = self._predictor
        statistics = state.statistics.received(
            predictor.chosen(batch.observation), predictor.chosen(batch.next_observation), batch.reward
        )
        n = len(batch.reward)
        row = jax.random.randint(key, (predictor.n_member, n), 0, n)
        own = Transitions(*(column[row] for column in batch))
        target = self._target(statistics, own)

        def loss(networks: Network) -> Array:
            said = predictor.said(networks, statistics, own.observation, own.action)
            return ((said - target) ** 2).mean(axis=(1, 2)).sum()  # of each member apart: they share no numbers

        loss_of_all, gradient = jax.value_and_grad(loss)(state.networks)
        networks, optimiser = descend(self._optimiser, gradient, state.optimiser, state.networks)
        paid, disagreement = self._paid(state, batch)
        met = state.disagreement.received(disagreement[:, None], memory=RECENT * n)
        metrics = {
            "loss": loss_of_all / predictor.n_member,
            "disagreement": disagreement.mean(),
            "bonus": paid.mean(),
        }
        return PredictionState(networks, optimiser, statistics, met), metrics

    def _target(self, statistics: Statistics, batch: Transitions) -> Array:
        """What members should say, shape (n_member, n, n_field + 2)."""
        fields, following = (self._predictor.chosen(each) for each in (batch.observation, batch.next_observation))
        reward = divided(batch.reward - statistics.reward.mean, statistics.reward.deviation())
        others = jnp.stack([jnp.clip(reward, -LIMIT, LIMIT), _ends(batch)], axis=-1)
        return jnp.concat([self._predictor.whitening.target(statistics, fields, following), others], axis=-1)

    def _paid(self, state: PredictionState, batch: Transitions) -> tuple[Array, Array]:
        """What is added to each reward, and how far members disagree, both of shape (n,)."""
        judged = self._predictor.judged(state.networks, state.statistics, batch.observation, batch.action)
        disagreement = self._bonus.disagreement(judged)
        return self._bonus.paid(disagreement, state.disagreement) * (1 - _ends(batch)), disagreement


def _ends(batch: Transitions) -> Array:
    """1 where an episode ended for good, else 0."""
    return (batch.bootstrap == 0).astype(jnp.float32)
