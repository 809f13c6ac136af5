"""Noise that is added to actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.noise.base import Actor, Noise
from soleus.nets.noise.colour import Colour


@final
@dataclass(frozen=True)
class AdditiveNoise(Noise):
    """Adds the same colour to every action, and stays in [-1, 1]. In files it goes by the name of its colour."""

    colour: Colour
    """How the noise goes on from decision to decision"""
    std: float
    """Standard deviation in each action dimension, for actions in [-1, 1]"""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        self.colour.begin(worlds)

    def follow(self, before: Noise) -> None:
        if isinstance(before, AdditiveNoise):
            self.colour.follow(before.colour)

    def explore(
        self, actor: Actor, observation: NDArray[np.floating], generator: np.random.Generator
    ) -> NDArray[np.float32]:
        action = np.tanh(actor(observation))
        return np.clip(action + np.float32(self.std) * self.colour.draw(action.shape, generator), -1, 1)

    def description(self) -> dict[str, Any]:
        return {**self.colour.description(), "std": self.std}
