"""How far parameter noise goes: so far that actions deviate as much as is wanted (Plappert 2017, arXiv 1706.01905)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import final

FIRST = 0.1
"""Sigma before anything is known of the actor"""
LEAST, MOST = 1e-6, 1.0
"""Between these sigmas actions answer: below they stay to float32, above nothing of the actor is left, whose weights
are about n_unit^-0.5"""
FACTOR = 1.01
"""Of an adaptive step (equation 4)"""
N_HALVING = 16
"""Steps of a bisection: 13.8 / 2^16 leaves 0.02 % of sigma open"""


class SigmaRule(ABC):
    """Finds the next sigma."""

    @abstractmethod
    def next(self, sigma: float, deviation: Callable[[float], float], wanted: float) -> float:
        """The sigma to go on with.

        Args:
            sigma: the last one.
            deviation: sigma -> how much actions deviate with it, along a direction that nobody has acted along.
            wanted: how much they should.
        """


@final
class AdaptiveSigma(SigmaRule):
    """A hundredth more when actions deviate too little, and less when they do not: follows slowly and steadily."""

    def next(self, sigma: float, deviation: Callable[[float], float], wanted: float) -> float:
        changed = sigma * FACTOR if deviation(sigma) < wanted else sigma / FACTOR
        return min(max(changed, LEAST), MOST)


@final
class BisectedSigma(SigmaRule):
    """The sigma with which actions deviate just so along this one direction: right at once, and as random as it is."""

    def next(self, sigma: float, deviation: Callable[[float], float], wanted: float) -> float:
        del sigma
        low, high = LEAST, MOST
        for _ in range(N_HALVING):
            middle = (low * high) ** 0.5
            low, high = (middle, high) if deviation(middle) < wanted else (low, middle)
        return (low * high) ** 0.5


SIGMA_RULES: dict[str, SigmaRule] = {"adaptive": AdaptiveSigma(), "bisection": BisectedSigma()}
"""By the names that settings know them by"""
