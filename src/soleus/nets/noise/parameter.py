"""Noise in the actor's parameters: for an episode it is another actor, which does the same in the same state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.mlp import LAYER_NORM_NAMES
from soleus.nets.noise.base import Actor, Noise
from soleus.nets.scaled_mlp import ScaledMlp

Direction = Mapping[str, NDArray[np.float32]]
"""Normal numbers for each parameter that is perturbed, by name"""


@final
@dataclass
class ParameterNoise(Noise):
    """Acts with parameters + sigma x direction (Plappert 2017, arXiv 1706.01905, equation 1).

    One world draws a new direction at the beginning of each of its episodes, as in the paper. Many worlds share
    `n_direction` directions, since each is a network of its own to evaluate: world w goes along number w % n_direction,
    which is drawn anew when world number w % n_direction itself begins an episode. The others change with it, also in
    the middle of theirs. A policy that takes over goes on along the same directions from its own parameters, and as
    far as its own sigma.
    """

    kind: ClassVar[str] = "parameter"

    sigma: float
    """Deviation of what is added to each parameter but those of layer normalisation"""
    n_direction: int = 16
    """Directions at most"""
    _directions: dict[int, Direction] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Those that go on, by number"""
    _actors: dict[int, ScaledMlp] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The policy's actor moved along each of them"""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        for number in worlds[worlds < self.n_direction].tolist():
            self._directions.pop(number, None)
            self._actors.pop(number, None)

    def follow(self, before: Noise) -> None:
        if isinstance(before, ParameterNoise):
            self._directions = dict(before._directions)

    def explore(
        self, actor: Actor, observation: NDArray[np.floating], generator: np.random.Generator
    ) -> NDArray[np.float32]:
        assert isinstance(actor, ScaledMlp)  # members of an ensemble differ in their parameters already
        action = np.empty((len(observation), actor.network.sizes[-1]), np.float32)
        for number in range(min(self.n_direction, len(observation))):
            along = slice(number, None, self.n_direction)
            action[along] = np.tanh(self._moved(number, actor, generator)(observation[along]))
        return action

    def description(self) -> dict[str, Any]:
        return {"kind": self.kind, "sigma": self.sigma, "n_direction": self.n_direction}

    def _moved(self, number: int, actor: ScaledMlp, generator: np.random.Generator) -> ScaledMlp:
        if number not in self._directions:
            self._directions[number] = draw_direction(actor, generator)
        if number not in self._actors:
            self._actors[number] = moved(actor, self._directions[number], self.sigma)
        return self._actors[number]


def draw_direction(actor: ScaledMlp, generator: np.random.Generator) -> Direction:
    """A direction to move an actor along.

    Gains and shifts of layer normalisation stay as they are: they make one sigma fit all layers (section 3).
    """
    return {
        name: generator.standard_normal(array.shape, dtype=np.float32)
        for name, array in actor.parameters.items()
        if not name.startswith(LAYER_NORM_NAMES)
    }


def moved(actor: ScaledMlp, direction: Direction, sigma: float) -> ScaledMlp:
    """The actor sigma further along a direction."""
    changed = {name: actor.parameters[name] + np.float32(sigma) * array for name, array in direction.items()}
    return actor._replace(parameters={**actor.parameters, **changed})


def deviation(actor: ScaledMlp, direction: Direction, observation: NDArray[np.floating]) -> Callable[[float], float]:
    """How much else an actor does when it is moved along a direction.

    Returns:
        sigma -> the root of the mean square of all changes of actions (equation 5), for raw observations of shape
        (n, n_observation).
    """
    action = np.tanh(actor(observation))

    def measure(sigma: float) -> float:
        change = np.tanh(moved(actor, direction, sigma)(observation)) - action
        return float(np.sqrt((change**2).mean()))

    return measure
