"""Noise that is held: mostly for a decision or two, now and then for long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.noise.colour import Colour

LENGTHS = np.arange(1, 17)
"""For how many decisions numbers may be held"""
PROBABILITIES = LENGTHS**-2.0 / (LENGTHS**-2.0).sum()
"""Of each length: a zeta distribution, cut off. The mean is 2.1 decisions."""


@final
@dataclass
class Repeated(Colour):
    """Holds the same normal numbers for n decisions, P(n) ~ n^-2, n <= 16 (FlashSAC 2026, arXiv 2604.04539).

    All actions of a world are held together, each world for a time of its own.
    """

    kind: ClassVar[str] = "repeated"

    _held: NDArray[np.float32] | None = field(default=None, init=False, repr=False, compare=False)
    """Numbers of the last decision, shape (n_world, n_action)"""
    _n_left: NDArray[np.integer] = field(
        default_factory=lambda: np.zeros(0, np.intp), init=False, repr=False, compare=False
    )
    """Decisions for which each world still holds them, shape (n_world,)"""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        if self._held is not None:
            self._n_left[worlds] = 0

    def follow(self, before: Colour) -> None:
        if isinstance(before, Repeated):
            self._held, self._n_left = before._held, before._n_left

    def draw(self, shape: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
        fresh = generator.standard_normal(shape, dtype=np.float32)
        length = generator.choice(LENGTHS, size=shape[0], p=PROBABILITIES)
        held, n_left = self._held, self._n_left
        if held is None or held.shape != shape:
            held, n_left = fresh, np.zeros(shape[0], np.intp)
        over = n_left == 0
        self._held = np.where(over[:, None], fresh, held)
        self._n_left = np.where(over, length, n_left) - 1
        return self._held.copy()

    def settings(self) -> dict[str, float]:
        return {}
