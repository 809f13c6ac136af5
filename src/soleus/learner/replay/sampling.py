"""Which rows of a replay an update learns from, and how much each counts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.replay.sum_tree import SumTree

LEAST_ERROR = 1e-6
"""Added to every error, so that a row without one is still drawn at times [reward]"""


class Draw(NamedTuple):
    """The rows of some updates."""

    place: NDArray[np.int64]
    """Of each row in the ring, shape (n_update, batch_size)"""
    weight: NDArray[np.float32]
    """How much each counts in what critics learn, at most 1, shape (n_update, batch_size)"""


class Sampling(ABC):
    """Draws places of a ring of rows. Rows are drawn independently, so that any half of a batch is a random half."""

    @abstractmethod
    def receive(self, place: NDArray[np.integer]) -> None:
        """New rows were written at these places."""

    @abstractmethod
    def draw(self, generator: np.random.Generator, n_row: int, shape: tuple[int, int], n_update: int) -> Draw:
        """Choose rows to learn from.

        Args:
            generator: source of the choice.
            n_row: rows in the ring, from place 0 on.
            shape: updates, and rows in each.
            n_update: updates that came before.
        """

    @abstractmethod
    def learn(self, place: NDArray[np.integer], error: NDArray[np.floating]) -> None:
        """Take in how far the first critic was off at rows that were drawn, absolute, both of the same shape."""

    @abstractmethod
    def state(self, n_row: int) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays."""

    @abstractmethod
    def load(self, state: Mapping[str, NDArray], n_row: int) -> None:
        """Take back what `state` gave among other arrays; ValueError, and nothing changed, when it does not fit."""


@final
class UniformSampling(Sampling):
    """Every row is as likely as any other (Lin 1992)."""

    def receive(self, place: NDArray[np.integer]) -> None:
        """All rows are alike."""

    def draw(self, generator: np.random.Generator, n_row: int, shape: tuple[int, int], n_update: int) -> Draw:
        del n_update
        return Draw(generator.integers(n_row, size=shape), np.ones(shape, np.float32))

    def learn(self, place: NDArray[np.integer], error: NDArray[np.floating]) -> None:
        """All rows stay alike."""

    def state(self, n_row: int) -> dict[str, NDArray]:
        del n_row
        return {}

    def load(self, state: Mapping[str, NDArray], n_row: int) -> None:
        """There is nothing to take back."""


@final
class PrioritisedSampling(Sampling):
    """Rows are drawn the more often, the further critics were off at them (Schaul 2015, arXiv 1511.05952, section 3.3).

    P(i) = p_i^alpha / sum p^alpha (equation 1) with the proportional priority p = |error| + 1e-6. What is drawn too
    often counts less: (N P(i))^-beta, divided by the largest of these weights in the batch (section 3.4), where N and
    the sum cancel. The paper draws one row from each of as many strata as a batch has rows; here rows are independent.
    """

    def __init__(self, capacity: int, exponent: float, correction: float, correction_updates: int) -> None:
        """No row has come yet.

        Args:
            capacity: rows in the ring.
            exponent: alpha.
            correction: beta before the first update.
            correction_updates: updates in which beta goes to 1 in a straight line.
        """
        self._exponent = exponent
        self._correction = correction
        self._correction_updates = correction_updates
        self._tree = SumTree(capacity)  # of p^alpha
        self._highest = 1.0

    def receive(self, place: NDArray[np.integer]) -> None:
        """What is new comes in with the highest p^alpha so far, to be learnt from soon (algorithm 1, line 6)."""
        self._tree[place] = self._highest

    def draw(self, generator: np.random.Generator, n_row: int, shape: tuple[int, int], n_update: int) -> Draw:
        found = self._tree.find(self._tree.total * generator.random(shape))
        place = np.minimum(found, n_row - 1)
        chance = self._tree[place]
        beta = self._correction + min(n_update / self._correction_updates, 1.0) * (1.0 - self._correction)
        weight = (chance.min(axis=1, keepdims=True) / chance) ** beta
        return Draw(place, weight.astype(np.float32))

    def learn(self, place: NDArray[np.integer], error: NDArray[np.floating]) -> None:
        priority = (error.astype(np.float64).ravel() + LEAST_ERROR) ** self._exponent
        self._tree[place.ravel()] = priority
        self._highest = max(self._highest, float(priority.max()))

    def state(self, n_row: int) -> dict[str, NDArray]:
        return {"priority": self._tree[np.arange(n_row)], "highest_priority": np.array(self._highest)}

    def load(self, state: Mapping[str, NDArray], n_row: int) -> None:
        priority = state["priority"]
        if priority.shape != (n_row,):
            raise ValueError(f"replay priorities have shape {priority.shape} for {n_row} rows: the state is damaged")
        self._tree[np.arange(n_row)] = priority
        self._highest = float(state["highest_priority"])


@final
class MemberSampling(Sampling):
    """Draws for several members at once: row r of an update is for member r % n_member.

    So the first half of the rows is the first half of each member's, for parts that change half of a batch.
    """

    def __init__(self, one: Sampling, n_member: int, shared: bool, share: float) -> None:
        """Members that own transitions at random.

        Args:
            one: draws for one member.
            n_member: how many there are.
            shared: whether all are given the same rows.
            share: of all rows that each member learns from; the others have weight 0 for it.
        """
        self._one = one
        self._n_member = n_member
        self._n_copy = n_member if shared else 1
        self._share = share

    def receive(self, place: NDArray[np.integer]) -> None:
        self._one.receive(place)

    def draw(self, generator: np.random.Generator, n_row: int, shape: tuple[int, int], n_update: int) -> Draw:
        drawn = self._one.draw(generator, n_row, (shape[0], shape[1] * self._n_member // self._n_copy), n_update)
        place, weight = np.repeat(drawn.place, self._n_copy, axis=1), np.repeat(drawn.weight, self._n_copy, axis=1)
        return Draw(place, weight * self._owns(place, np.arange(place.shape[1]) % self._n_member))

    def learn(self, place: NDArray[np.integer], error: NDArray[np.floating]) -> None:
        """A row is as far off as it is on average for those who learn from it, and not at all if nobody does."""
        owns = self._owns(place, np.arange(place.shape[1]) % self._n_member)
        by_draw = (*place.shape[:1], -1, self._n_copy)
        n_owner = owns.reshape(by_draw).sum(axis=-1)
        mean = (error * owns).reshape(by_draw).sum(axis=-1) / np.maximum(n_owner, 1)
        row = place.reshape(by_draw)[..., 0]
        nobody = ~self._owns(row[..., None], np.arange(self._n_member)).any(axis=-1)
        known = (n_owner > 0) | nobody
        self._one.learn(row[known], mean[known])

    def _owns(self, place: NDArray[np.integer], member: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Whether members learn from rows, for both broadcast together."""
        return _fraction(place * self._n_member + member) < self._share

    def state(self, n_row: int) -> dict[str, NDArray]:
        return self._one.state(n_row)

    def load(self, state: Mapping[str, NDArray], n_row: int) -> None:
        self._one.load(state, n_row)


def _fraction(number: NDArray[np.integer]) -> NDArray[np.float64]:
    """A number in [0, 1) that looks random and is always the same for the same number, so that nothing is kept.

    The finaliser of splitmix64 (Steele 2014, figure 17) on every number.
    """
    mixed = number.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53
