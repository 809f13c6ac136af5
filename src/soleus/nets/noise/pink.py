"""Pink noise: as much of its variance in each octave of frequency, from jitter to what lasts for an episode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.noise.colour import Colour

RATES = 1.25 * 4.0 ** -np.arange(5)
"""How fast each wave forgets, per decision. Each is a quarter of the one before, from white to 205 decisions: with the
fastest at 1.25 the sum is nearest to 1/f, within 1 dB, for waves of 2 to 500 decisions."""
_KEPT = np.exp(-RATES).astype(np.float32)[:, None, None]
_FRESH = np.sqrt(1 - np.exp(-2 * RATES)).astype(np.float32)[:, None, None]


@final
@dataclass
class Pink(Colour):
    """Power falls as 1/frequency (Eberhard 2023, "Pink Noise Is All You Need").

    The mean of five Ornstein-Uhlenbeck waves whose correlation times lie a factor of 4 apart, times sqrt(5): the sum of
    such spectra, evenly spaced in the logarithm of their rates, is 1/f between the fastest and the slowest. So it needs
    no length of the episode ahead, as a Fourier series would, and has deviation 1 from the first decision on.
    """

    kind: ClassVar[str] = "pink"

    _waves: NDArray[np.float32] | None = field(default=None, init=False, repr=False, compare=False)
    """Each wave at the last decision, shape (n_wave, n_world, n_action); NaN where an episode begins"""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        if self._waves is not None:
            self._waves[:, worlds] = np.nan

    def follow(self, before: Colour) -> None:
        if isinstance(before, Pink):
            self._waves = before._waves

    def draw(self, shape: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
        waves = self._waves
        if waves is None or waves.shape[1:] != shape:
            waves = np.full((len(RATES), *shape), np.nan, np.float32)
        fresh = generator.standard_normal(waves.shape, dtype=np.float32)
        self._waves = np.where(np.isnan(waves), fresh, _KEPT * waves + _FRESH * fresh)
        return self._waves.sum(axis=0) / np.float32(len(RATES) ** 0.5)

    def settings(self) -> dict[str, float]:
        return {}
