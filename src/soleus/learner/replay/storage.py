"""Where a learner keeps its transitions: one packed float32 row each, so that a sample is one gather."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from soleus.learner.replay.sampling import Sampling
from soleus.nets.array import Array
from soleus.nets.normalise import Scaling
from soleus.sampler.batch import Batch


class Transitions(NamedTuple):
    """The columns of packed rows. Observations are raw: they are normalised where they are used."""

    observation: Array
    """shape (n, n_observation), in the task's units"""
    next_observation: Array
    """shape (n, n_observation), in the task's units"""
    action: Array
    """shape (n, n_action), in [-1, 1]"""
    reward: Array
    """shape (n,)"""
    bootstrap: Array
    """Factor on the value of next_observation: the discount, or 0 where the episode ended for good; shape (n,)"""
    weight: Array
    """Factor on the squared error of a critic, 1 unless some rows are drawn more often than others; shape (n,)"""
    terms: Array
    """What of the reward was paid for each term that a learner tells apart, shape (n, n_term)"""

    def normalised(self, scaling: Scaling) -> Transitions:
        """The same as networks meet it."""
        return self._replace(observation=scaling(self.observation), next_observation=scaling(self.next_observation))


class Sample(NamedTuple):
    """What an update learns from."""

    rows: Array
    """Packed transitions, shape (batch_size, width)"""
    weight: Array
    """How much each counts in what critics learn, shape (batch_size,)"""


@dataclass(frozen=True)
class RowLayout:
    """Which column of a packed row holds what."""

    n_observation: int
    """Length of an observation"""
    n_action: int
    """Length of an action"""
    n_term: int = 0
    """Terms of the reward that are told apart"""

    @property
    def width(self) -> int:
        """Columns of a row."""
        return 2 * self.n_observation + self.n_action + self.n_term + 2

    def pack(self, batch: Batch, bootstrap: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows for a batch and the factors on the values of its next observations, shape (n, width)."""
        terms = np.zeros((len(batch), 0)) if batch.reward_terms is None else batch.reward_terms
        seen = batch.observation, batch.next_observation, batch.action
        return np.concatenate((*seen, terms, batch.reward[:, None], bootstrap[:, None]), axis=1, dtype=np.float32)

    def divide_rewards(self, rows: NDArray[np.float32], scale: float) -> None:
        """Divide the rewards and their terms in rows, shape (..., width), where they stand."""
        rows[..., -2 - self.n_term : -1] /= scale

    def rediscount(self, rows: NDArray[np.float32], before: float, after: float) -> None:
        """Let rows, shape (..., width), look as many decisions ahead with another discount, where they stand. What was
        paid on the way, in a look over several decisions, keeps the discount that it was summed with.
        """
        factor = rows[..., -1]
        goes_on = factor > 0
        n_ahead = np.rint(np.log(factor, where=goes_on, out=np.zeros_like(factor)) / np.log(before))
        factor[...] = np.where(goes_on, after**n_ahead, 0.0)

    def unpack(self, sample: Sample) -> Transitions:
        """The columns of sampled rows."""
        rows = sample.rows
        action = 2 * self.n_observation
        return Transitions(
            self.observation(rows),
            rows[:, self.n_observation : action],
            rows[:, action : action + self.n_action],
            rows[:, -2],
            rows[:, -1],
            sample.weight,
            rows[:, -2 - self.n_term : -2],
        )

    def observation(self, rows: Array) -> Array:
        """The observations of rows, shape (n, n_observation)."""
        return rows[:, : self.n_observation]


class Replay:
    """A ring of rows: once it is full, the newest row takes the place of the oldest."""

    def __init__(self, capacity: int, width: int, sampling: Sampling) -> None:
        """An empty ring.

        Args:
            capacity: rows that it holds.
            width: columns of a row.
            sampling: which of them are drawn.
        """
        try:
            self._rows = np.zeros((capacity, width), np.float32)  # the system gives memory only where rows are written
        except MemoryError as error:
            raise ValueError(
                f"a replay of {capacity:,} transitions needs {4e-9 * capacity * width:,.0f} GB of memory, which is not "
                "there; give a smaller --learner.replay-capacity"
            ) from error
        self._n_received = 0
        self._sampling = sampling

    def __len__(self) -> int:
        return min(self._n_received, len(self._rows))

    @property
    def n_received(self) -> int:
        """Rows ever received, also those that have been overwritten."""
        return self._n_received

    def receive(self, rows: NDArray[np.float32]) -> None:
        """Store rows, shape (n, width); of more than the capacity the last ones stay."""
        capacity = len(self._rows)
        kept = rows[-capacity:]
        start = self._n_received + len(rows) - len(kept)
        place = (start + np.arange(len(kept))) % capacity
        self._rows[place] = kept
        self._sampling.receive(place)
        self._n_received += len(rows)

    def sample(
        self, generator: np.random.Generator, shape: tuple[int, int], n_update: int
    ) -> tuple[Sample, NDArray[np.int64]]:
        """Draw rows for some updates.

        Args:
            generator: source of the choice.
            shape: updates, and rows in each.
            n_update: updates that came before.

        Returns:
            The samples of the updates, one behind the other in arrays of shape (*shape, ...), and where they stand, for
            `learn`.
        """
        place, weight = self._sampling.draw(generator, len(self), shape, n_update)
        return Sample(self._rows[place], weight), place

    def learn(self, place: NDArray[np.int64], error: NDArray[np.floating]) -> None:
        """Take in how far the first critic was off at sampled rows, absolute, shape of `place`."""
        self._sampling.learn(place, error)

    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays; only the filled part of the ring."""
        rows = {"rows": self._rows[: len(self)].copy(), "n_received": np.array(self._n_received)}
        return rows | self._sampling.state(len(self))

    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""
        rows, n_received = state["rows"], int(state["n_received"])
        expected = (min(n_received, len(self._rows)), self._rows.shape[1])
        if rows.shape != expected:
            raise ValueError(
                f"replay rows have shape {rows.shape}, this learner's replay needs {expected} "
                f"(capacity {len(self._rows)}, {n_received} received): load into the configuration that saved them"
            )
        self._sampling.load(state, len(rows))
        self._rows[: len(rows)] = rows
        self._n_received = n_received
