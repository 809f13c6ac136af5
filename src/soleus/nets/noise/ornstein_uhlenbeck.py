"""Noise that wanders, with one correlation time."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.noise.colour import Colour


@final
@dataclass
class OrnsteinUhlenbeck(Colour):
    """Goes the same way for about its correlation time (Uhlenbeck 1930), as muscles are too slow for jitter.

    The exact solution from decision to decision, begun where it would be after a long time, so that its deviation is
    the same at all times and for any interval.
    """

    kind: ClassVar[str] = "ornstein_uhlenbeck"

    correlation_s: float
    """Time after which the correlation with itself has fallen to 1/e [s]"""
    decision_s: float
    """Time from one action to the next [s]"""
    _last: NDArray[np.float32] | None = field(default=None, init=False, repr=False, compare=False)
    """Numbers of the last decision, shape (n_world, n_action); NaN where an episode begins"""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        if self._last is not None:
            self._last[worlds] = np.nan

    def follow(self, before: Colour) -> None:
        if isinstance(before, OrnsteinUhlenbeck):
            self._last = before._last

    def draw(self, shape: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
        last = self._last
        if last is None or last.shape != shape:
            last = np.full(shape, np.nan, np.float32)
        kept = math.exp(-self.decision_s / self.correlation_s)
        fresh = generator.standard_normal(shape, dtype=np.float32)
        goes_on = np.float32(kept) * last + np.float32(math.sqrt(1 - kept**2)) * fresh
        self._last = np.where(np.isnan(last), fresh, goes_on)
        return self._last.copy()

    def settings(self) -> dict[str, float]:
        return {"correlation_s": self.correlation_s, "decision_s": self.decision_s}
