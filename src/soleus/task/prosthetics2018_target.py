"""The target velocity of AI for Prosthetics 2018, round 2: speed and heading change about every three seconds.

Draws are osim-rl's: a seed gives the numbers that it gave there.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Batched

FIRST_SPEED = 1.25
"""Until the first change, straight ahead [m/s]."""
N_CHANGE = 10
MEAN_INTERVAL = 300
"""Control steps from one change to the next, on average."""
SPEED_CHANGE, HEADING_CHANGE = 0.5, math.pi / 8
"""Largest change of the speed [m/s] and of the heading [rad]."""


@dataclass(frozen=True)
class Target(Batched):
    """Where each world is to go: what the target velocity is between its changes."""

    change: NDArray[np.integer]
    """Control step from which each velocity but the first counts, shape (n_world, n_change)"""
    velocity: Array
    """x and z in ground, shape (n_world, n_change + 1, 2) [m/s]"""

    def at(self, n_step: NDArray[np.integer]) -> Array:
        """Target velocity of the worlds after so many control steps, shape (n_world, 2) [m/s]."""
        n_changed = np.sum(self.change <= n_step[:, None], axis=1)
        return self.velocity[np.arange(len(n_step)), n_changed]


@final
class ConstantTarget:
    """The same velocity in all episodes."""

    def __init__(self, speed: float) -> None:
        """Args:
        speed: straight ahead [m/s].
        """
        self._velocity = speed, 0.0

    def start(self, seeds: Sequence[int]) -> Target:
        """Targets of episodes; no seed matters."""
        return Target(np.zeros((len(seeds), 0), dtype=np.int64), np.tile(self._velocity, (len(seeds), 1, 1)))


@final
class ChangingTarget:
    """Velocities that are drawn from the episode's seed."""

    def __init__(self) -> None:
        # Seeded for each world; new ones would cost more than their draws.
        self._times = np.random.RandomState(0)
        self._sizes = random.Random(0)

    def start(self, seeds: Sequence[int]) -> Target:
        """Targets of episodes."""
        change = np.empty((len(seeds), N_CHANGE), dtype=np.int64)
        velocity = np.empty((len(seeds), N_CHANGE + 1, 2))
        for world, seed in enumerate(seeds):
            self._times.seed(seed)
            self._sizes.seed(seed)
            change[world] = np.cumsum(self._times.poisson(MEAN_INTERVAL, N_CHANGE))
            velocity[world] = self._draw_velocities()
        return Target(change, velocity)

    def _draw_velocities(self) -> list[tuple[float, float]]:
        speed, heading = FIRST_SPEED, 0.0
        velocities = [(speed, 0.0)]
        for _ in range(N_CHANGE):
            speed += self._draw_change(SPEED_CHANGE)
            heading += self._draw_change(HEADING_CHANGE)
            velocities.append((speed * math.cos(heading), speed * math.sin(heading)))
        return velocities

    def _draw_change(self, most: float) -> float:
        """Its sign first, though what follows has one of its own."""
        return self._sizes.choice((-1, 1)) * self._sizes.uniform(-most, most)
