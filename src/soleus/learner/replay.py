"""Where a learner keeps its transitions: one packed float32 row each, so that a sample is one gather."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array
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


@dataclass(frozen=True)
class RowLayout:
    """Which column of a packed row holds what."""

    n_observation: int
    """Length of an observation"""
    n_action: int
    """Length of an action"""

    @property
    def width(self) -> int:
        """Columns of a row."""
        return 2 * self.n_observation + self.n_action + 2

    def pack(self, batch: Batch, bootstrap: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows for a batch and the factors on the values of its next observations, shape (n, width)."""
        columns = (batch.observation, batch.next_observation, batch.action, batch.reward[:, None], bootstrap[:, None])
        return np.concatenate(columns, axis=1, dtype=np.float32)

    def divide_rewards(self, rows: NDArray[np.float32], scale: float) -> None:
        """Divide the rewards in rows, shape (n, width), where they stand."""
        rows[:, -2] /= scale

    def unpack(self, rows: Array) -> Transitions:
        """The columns of rows, shape (n, width)."""
        action = 2 * self.n_observation
        return Transitions(
            rows[:, : self.n_observation],
            rows[:, self.n_observation : action],
            rows[:, action : action + self.n_action],
            rows[:, -2],
            rows[:, -1],
        )


class Replay:
    """A ring of rows: once it is full, the newest row takes the place of the oldest."""

    def __init__(self, capacity: int, width: int) -> None:
        self._rows = np.zeros((capacity, width), np.float32)  # the system gives memory only where rows are written
        self._n_received = 0

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
        self._rows[(start + np.arange(len(kept))) % capacity] = kept
        self._n_received += len(rows)

    def sample(self, generator: np.random.Generator, n: int) -> NDArray[np.float32]:
        """Draw rows evenly and independently, shape (n, width)."""
        return self._rows[generator.integers(len(self), size=n)]

    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays; only the filled part of the ring."""
        return {"rows": self._rows[: len(self)].copy(), "n_received": np.array(self._n_received)}

    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""
        rows, n_received = state["rows"], int(state["n_received"])
        expected = (min(n_received, len(self._rows)), self._rows.shape[1])
        if rows.shape != expected:
            raise ValueError(
                f"replay rows have shape {rows.shape}, this learner's replay needs {expected} "
                f"(capacity {len(self._rows)}, {n_received} received): load into the configuration that saved them"
            )
        self._rows[: len(rows)] = rows
        self._n_received = n_received
