"""Which member acts in a world, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

BEGINS = 0
"""Decisions that are left to a member where another one is to be drawn"""
ENDLESS = np.iinfo(np.int64).max


@final
@dataclass
class Turns:
    """Each world draws a member when an episode begins, and again when its time is over."""

    n_member: int
    """To draw from, all alike"""
    decisions: tuple[int, int] | None = None
    """The fewest and the most decisions that one member takes, each number as likely; None for a whole episode"""
    _member: NDArray[np.integer] = field(
        default_factory=lambda: np.zeros(0, np.int64), init=False, repr=False, compare=False
    )
    """Who acts in each world, shape (n_world,)"""
    _n_left: NDArray[np.integer] = field(
        default_factory=lambda: np.zeros(0, np.int64), init=False, repr=False, compare=False
    )
    """Decisions for which it goes on, shape (n_world,)"""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        """Hear that an episode begins in these worlds, given by their rows."""
        if len(self._n_left):
            self._n_left[worlds] = BEGINS

    def follow(self, before: Turns) -> None:
        """Go on in the middle of episodes with those who were drawn before."""
        if before.n_member == self.n_member:
            self._member, self._n_left = before._member, before._n_left

    def draw(self, n_world: int, generator: np.random.Generator) -> NDArray[np.integer]:
        """Who takes the next decision in each world, shape (n_world,)."""
        if len(self._member) != n_world:
            self._member, self._n_left = np.zeros((2, n_world), np.int64)
        over = self._n_left == BEGINS
        n_over = int(over.sum())
        if n_over:
            self._member[over] = generator.integers(self.n_member, size=n_over)
            least, most = self.decisions or (ENDLESS - 1, ENDLESS - 1)
            self._n_left[over] = generator.integers(least, most, size=n_over, endpoint=True)
        self._n_left -= 1
        return self._member.copy()

    def description(self) -> dict[str, Any]:
        """What `turns_from` builds it again from, as JSON can hold it."""
        return {"n_member": self.n_member, "decisions": self.decisions and list(self.decisions)}


def turns_from(description: dict[str, Any]) -> Turns:
    """The turns that a description is of, with nobody drawn yet."""
    decisions = description["decisions"]
    return Turns(description["n_member"], decisions and tuple(decisions))
