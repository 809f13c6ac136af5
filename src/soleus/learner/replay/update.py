"""The Update interface: what makes a replay learner this one and no other. A file each, the update on one screen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from soleus.learner.part.base import Part
from soleus.learner.replay.storage import RowLayout, Sample, Transitions
from soleus.nets.array import Array
from soleus.nets.normalise import Scaling
from soleus.nets.policy import Policy

State = TypeVar("State")
"""All that updates change: a tree of arrays"""


class Noise(NamedTuple):
    """All that is random in an update, but for the rows that it learns from."""

    actions: Sequence[Array]
    """Standard normal, each of shape (batch_size, n_action)"""
    keys: Sequence[Array]
    """One for each part"""


class Update(ABC, Generic[State]):
    """What stays the same from update to update. Methods of JAX arrays are pure functions."""

    n_noise: ClassVar[int]
    """How many times an update needs standard normal noise of the shape of actions"""
    layout: RowLayout
    """Of the rows that come in"""
    parts: tuple[Part, ...]
    """What else takes part in learning, in the order in which it is called"""

    @abstractmethod
    def initial(self, generator: np.random.Generator) -> State:
        """Fresh networks and whatever else updates change."""

    @abstractmethod
    def update(
        self, state: State, sample: Sample, scaling: Scaling, noise: Noise
    ) -> tuple[State, dict[str, Array], Array]:
        """One gradient step of everything that is learnt.

        Args:
            state: what was learnt so far.
            sample: what to learn from.
            scaling: of observations, as it stands.
            noise: n_noise times for actions, and for the parts.

        Returns:
            The next state; metrics: scalars, finite unless the numbers ran away; and how far the first critic was off
            at each row, absolute, shape (batch_size,).
        """

    @abstractmethod
    def policy(self, state: State, scaling: Scaling) -> Policy:
        """What was learnt, in NumPy, to act with; how it explores is not its business."""

    @abstractmethod
    def n_product(self) -> float:
        """Multiplications that the matrix products of an update need for each row of a batch."""

    def scan(
        self, state: State, samples: Sample, scaling: Scaling, key: Array
    ) -> tuple[State, dict[str, Array], Array]:
        """One update after the other.

        Args:
            state: what was learnt so far.
            samples: one for each update, along the first axis of its arrays.
            scaling: of observations, as it stands.
            key: source of everything random in the updates.

        Returns:
            As `update`: metrics are means over the updates, errors have shape (n_update, batch_size).
        """

        def step(state: State, given: tuple[Sample, Noise]) -> tuple[State, tuple[dict[str, Array], Array]]:
            sample, noise = given
            state, metrics, error = self.update(state, sample, scaling, noise)
            return state, (metrics, error)

        n_update, n_row = samples.weight.shape
        draw = jax.vmap(lambda key: self.noise(key, n_row))  # all at once takes half the time
        state, (metrics, error) = jax.lax.scan(step, state, (samples, draw(jax.random.split(key, n_update))))
        return state, jax.tree.map(jnp.mean, metrics), error

    def noise(self, key: Array, n_row: int) -> Noise:
        """Draw for an update.

        Args:
            key: source of all of it.
            n_row: rows that the update learns from.
        """
        keys = [*jax.random.split(key, self.n_noise + len(self.parts))]
        actions = [jax.random.normal(key, (n_row, self.layout.n_action)) for key in keys[: self.n_noise]]
        return Noise(actions, keys[self.n_noise :])

    def prepared(self, sample: Sample, scaling: Scaling, keys: Sequence[Array]) -> Transitions:
        """A sample as the networks meet it: changed by every part, observations normalised.

        Args:
            sample: what was drawn.
            scaling: of observations.
            keys: one for each part.
        """
        batch = self.layout.unpack(sample)
        for part, key in zip(self.parts, keys, strict=True):
            batch = part.change_batch(batch, key)
        observation, next_observation = scaling(batch.observation), scaling(batch.next_observation)
        return batch._replace(observation=observation, next_observation=next_observation)
