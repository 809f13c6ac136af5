"""Numbers that can be drawn in proportion to their size: each change and each draw costs their logarithm."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


class SumTree:
    """Numbers of 0 or more, and the sums of their halves, quarters, eighths ... (Schaul 2015, appendix B.2.1).

    Every sum is made anew of the two below it, never by adding a difference: nothing drifts, and the same numbers have
    the same sums to the bit, however they came to be.
    """

    def __init__(self, n: int) -> None:
        """Numbers that are all 0.

        Args:
            n: how many.
        """
        self._depth = (n - 1).bit_length()
        self._sums = np.zeros(2 << self._depth)  # node 1 is the sum of all, 2 i and 2 i + 1 are the halves of node i

    @property
    def total(self) -> float:
        """The sum of all numbers."""
        return float(self._sums[1])

    def __getitem__(self, place: NDArray[np.integer]) -> NDArray[np.float64]:
        """The numbers at some places, shape of `place`."""
        return self._sums[place + self._first]

    def __setitem__(self, place: NDArray[np.integer], number: ArrayLike) -> None:
        """Change the numbers at some places, shape (n,); of a place that comes twice the last one counts."""
        node = place + self._first
        self._sums[node] = number
        for _ in range(self._depth):
            node = node >> 1
            self._sums[node] = self._sums[2 * node] + self._sums[2 * node + 1]

    def find(self, target: NDArray[np.float64]) -> NDArray[np.int64]:
        """Places where the sum of all numbers from the first on passes some targets, all of them in one descent.

        Args:
            target: from 0 to the total, any shape.

        Returns:
            Places, of the same shape. A target within rounding of the total may fall behind the last number.
        """
        node = np.ones(target.shape, dtype=np.int64)
        for _ in range(self._depth):
            node = 2 * node
            left = self._sums[node]
            goes_right = target >= left
            target = np.where(goes_right, target - left, target)
            node += goes_right
        return node - self._first

    @property
    def _first(self) -> int:
        """Node of the first number."""
        return 1 << self._depth
