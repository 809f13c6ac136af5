"""Exploration noise of a deterministic policy: it travels with the policy to where the worlds are. NumPy only."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray


class Noise(ABC):
    """What is added to actions."""

    kind: ClassVar[str]
    """Its name in files"""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        """Hear that an episode begins in these worlds; noise without memory does not care."""

    def follow(self, before: Noise) -> None:
        """Go on in the middle of episodes with what the noise before this one remembers of them."""

    @abstractmethod
    def draw(self, shape: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
        """The next noise, of shape (n_world, n_action)."""

    @abstractmethod
    def settings(self) -> dict[str, float]:
        """What builds it again."""

    def description(self) -> dict[str, Any]:
        """What `noise_from` builds it again from, as JSON can hold it."""
        return {"kind": self.kind, **self.settings()}


@final
@dataclass(frozen=True)
class GaussianNoise(Noise):
    """Independent from decision to decision."""

    kind: ClassVar[str] = "gaussian"

    std: float
    """Standard deviation in each action dimension, for actions in [-1, 1]"""

    def draw(self, shape: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
        return np.float32(self.std) * generator.standard_normal(shape, dtype=np.float32)

    def settings(self) -> dict[str, float]:
        return {"std": self.std}


@final
@dataclass
class OrnsteinUhlenbeckNoise(Noise):
    """Wanders: goes the same way for about its correlation time (Uhlenbeck 1930), as muscles are too slow for jitter.

    The exact solution from decision to decision, begun where it would be after a long time, so that its deviation is
    the same at all times and for any interval.
    """

    kind: ClassVar[str] = "ornstein_uhlenbeck"

    std: float
    """Standard deviation in each action dimension, for actions in [-1, 1]"""
    correlation_s: float
    """Time after which the correlation with itself has fallen to 1/e [s]"""
    decision_s: float
    """Time from one action to the next [s]"""
    _last: NDArray[np.float32] | None = field(default=None, init=False, repr=False, compare=False)
    """Noise of the last decision in units of its deviation, shape (n_world, n_action); NaN where an episode begins"""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        if self._last is not None:
            self._last[worlds] = np.nan

    def follow(self, before: Noise) -> None:
        if isinstance(before, OrnsteinUhlenbeckNoise):
            self._last = before._last

    def draw(self, shape: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
        last = self._last
        if last is None or last.shape != shape:
            last = np.full(shape, np.nan, np.float32)
        kept = math.exp(-self.decision_s / self.correlation_s)
        fresh = generator.standard_normal(shape, dtype=np.float32)
        goes_on = np.float32(kept) * last + np.float32(math.sqrt(1 - kept**2)) * fresh
        self._last = np.where(np.isnan(last), fresh, goes_on)
        return np.float32(self.std) * self._last

    def settings(self) -> dict[str, float]:
        return {"std": self.std, "correlation_s": self.correlation_s, "decision_s": self.decision_s}


NOISES: dict[str, type[GaussianNoise] | type[OrnsteinUhlenbeckNoise]] = {
    noise.kind: noise for noise in (GaussianNoise, OrnsteinUhlenbeckNoise)
}
"""The noises that files can hold, by name: the only list of them"""


def noise_from(description: Mapping[str, Any]) -> Noise:
    """The noise that a description is of; ValueError for an unknown kind."""
    settings = dict(description)
    kind = settings.pop("kind")
    if kind not in NOISES:
        raise ValueError(f"unknown noise {kind!r}; known are {', '.join(NOISES)}")
    return NOISES[kind](**settings)
