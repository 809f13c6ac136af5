"""A choice of noise for each episode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.noise.base import Actor, Noise

_BEGINS = -1


@final
@dataclass
class MixedNoise(Noise):
    """Each world draws one of several noises when an episode begins, and keeps it to the end.

    Each noise explores in all worlds and its actions are taken where it was drawn: it costs a pass through the actor
    that few simulators notice, and no noise needs to know of the others.
    """

    kind: ClassVar[str] = "mixed"

    noises: tuple[Noise, ...]
    """To choose from"""
    probabilities: tuple[float, ...]
    """Of each, adding up to 1"""
    _chosen: NDArray[np.integer] | None = field(default=None, init=False, repr=False, compare=False)
    """Number of each world's noise, shape (n_world,); _BEGINS where an episode begins"""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        if self._chosen is not None:
            self._chosen[worlds] = _BEGINS
        for noise in self.noises:
            noise.begin(worlds)

    def follow(self, before: Noise) -> None:
        if not isinstance(before, MixedNoise) or len(before.noises) != len(self.noises):
            return
        self._chosen = before._chosen
        for noise, predecessor in zip(self.noises, before.noises, strict=True):
            noise.follow(predecessor)

    def explore(
        self, actor: Actor, observation: NDArray[np.floating], generator: np.random.Generator
    ) -> NDArray[np.float32]:
        self._chosen = self._choose(len(observation), generator)
        action = np.empty((len(observation), actor.network.sizes[-1]), np.float32)
        for number, noise in enumerate(self.noises):
            worlds = self._chosen == number
            if worlds.any():
                action[worlds] = noise.explore(actor, observation, generator)[worlds]
        return action

    def description(self) -> dict[str, Any]:
        noises = [noise.description() for noise in self.noises]
        return {"kind": self.kind, "noises": noises, "probabilities": list(self.probabilities)}

    def _choose(self, n_world: int, generator: np.random.Generator) -> NDArray[np.integer]:
        """What was chosen, and a choice where an episode begins."""
        drawn = generator.choice(len(self.noises), size=n_world, p=self.probabilities)
        if self._chosen is None or len(self._chosen) != n_world:
            return drawn
        return np.where(self._chosen == _BEGINS, drawn, self._chosen)
