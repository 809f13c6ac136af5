"""The Update interface: what makes a replay learner this one and no other. A file each, the update on one screen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from soleus.learner.part.base import Part
from soleus.learner.replay.storage import RowLayout, Sample, Transitions
from soleus.nets.array import Array
from soleus.nets.critics import Critics
from soleus.nets.members import Member
from soleus.nets.normalise import Scaling

State = TypeVar("State")
"""All that updates change: a tree of arrays"""


class Noise(NamedTuple):
    """All that is random in an update, but for the rows that it learns from."""

    actions: Sequence[Array]
    """Standard normal, each of shape (batch_size, n_action)"""
    keys: Sequence[Array]
    """One for each part"""


class Learnt(NamedTuple, Generic[State]):
    """All that a learner and its parts have learnt."""

    state: State
    """The learner's own"""
    parts: tuple[Any, ...]
    """One state for each part, empty where it learns nothing"""


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
    def update(self, state: State, batch: Transitions, noise: Noise) -> tuple[State, dict[str, Array], Array]:
        """One gradient step of everything that is learnt but by parts.

        Args:
            state: what was learnt so far.
            batch: what to learn from: changed by every part, observations normalised.
            noise: n_noise times for actions, and for the parts.

        Returns:
            The next state; metrics: scalars, finite unless the numbers ran away; and how far the first critic was off
            at each row, absolute, shape (batch_size,).
        """

    @abstractmethod
    def policy(self, state: State, scaling: Scaling) -> Member:
        """What was learnt, in NumPy, to act with; how it explores is not its business."""

    @abstractmethod
    def critics(self, state: State, scaling: Scaling) -> Critics:
        """What was learnt of values, in NumPy, for a policy that asks for them."""

    @abstractmethod
    def n_product(self) -> float:
        """Multiplications that the matrix products of an update need for each row of a batch."""

    def scan(
        self, learnt: Learnt[State], samples: Sample, scaling: Scaling, key: Array
    ) -> tuple[Learnt[State], dict[str, Array], Array]:
        """One update after the other.

        Args:
            learnt: so far.
            samples: one for each update, along the first axis of its arrays.
            scaling: of observations, as it stands.
            key: source of everything random in the updates.

        Returns:
            As `update`, with what the parts have learnt and tell: metrics are means over the updates, errors have shape
            (n_update, batch_size).
        """

        def step(learnt: Learnt[State], given: tuple[Sample, Noise]) -> tuple[Learnt[State], tuple[Any, Array]]:
            sample, noise = given
            *met, batch = self.changed(learnt.parts, self.layout.unpack(sample), noise.keys)
            state, metrics, error = self.update(learnt.state, batch.normalised(scaling), noise)
            parts, of_parts = self.learn_parts(learnt.parts, met, noise.keys)
            return Learnt(state, parts), (metrics | of_parts, error)

        n_update, n_row = samples.weight.shape
        draw = jax.vmap(lambda key: self.noise(key, n_row))  # all at once takes half the time
        learnt, (metrics, error) = jax.lax.scan(step, learnt, (samples, draw(jax.random.split(key, n_update))))
        return learnt, jax.tree.map(jnp.mean, metrics), error

    def noise(self, key: Array, n_row: int) -> Noise:
        """Draw for an update.

        Args:
            key: source of all of it.
            n_row: rows that the update learns from.
        """
        keys = [*jax.random.split(key, self.n_noise + len(self.parts))]
        actions = [jax.random.normal(key, (n_row, self.layout.n_action)) for key in keys[: self.n_noise]]
        return Noise(actions, keys[self.n_noise :])

    def changed(self, states: Sequence[Any], batch: Transitions, keys: Sequence[Array]) -> list[Transitions]:
        """The batch that each part meets, the first one as it is, and after them what all have made of it.

        Args:
            states: one for each part.
            batch: what was drawn; observations are raw.
            keys: one for each part.
        """
        batches = [batch]
        for part, state, key in zip(self.parts, states, keys, strict=True):
            batches.append(part.change_batch(state, batches[-1], key))
        return batches

    def learn_parts(
        self, states: Sequence[Any], batches: Sequence[Transitions], keys: Sequence[Array]
    ) -> tuple[tuple[Any, ...], dict[str, Array]]:
        """What the parts have learnt after an update, each from the batch that it met, and what they tell of it."""
        after, metrics = [], {}
        for part, state, batch, key in zip(self.parts, states, batches, keys, strict=True):
            state, told = part.learn(state, batch, jax.random.fold_in(key, 2))  # 0 and 1 are other hooks'
            after.append(state)
            metrics |= {f"{part.name}_{name}": value for name, value in told.items()}
        return tuple(after), metrics
