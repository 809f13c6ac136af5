"""Tied legs: what the policy does to one leg happens to both, as in a kangaroo.

Stelmaszczyk and Jarosik (2017) tried it to get a fast hopper from half as many actions; theirs was poor on obstacles.
"""

from __future__ import annotations

from typing import final

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector import VectorActionWrapper, VectorEnv
from gymnasium.vector.utils import batch_space

from soleus.engine.base import Array
from soleus.task.layout import Field, Layout


@final
class Tie:
    """Which muscles are excited together. A muscle in the middle has an action of its own."""

    def __init__(self, excitation: Layout) -> None:
        """Args:
        excitation: of all muscles; ValueError for a body without two equal legs.
        """
        if excitation.mirror_fault is not None:
            raise ValueError(f"legs are tied of a body with two equal ones, and {excitation.mirror_fault}")
        places = [(min(i, partner), max(i, partner)) for i, partner in enumerate(excitation.mirror_index.tolist())]
        pairs = list(dict.fromkeys(places))
        if len(pairs) == len(places):
            raise ValueError(f"legs are tied of a body with two, and {excitation.names[0]} has no partner")
        self.action = Layout(tuple(_tied(excitation, *pair) for pair in pairs))
        """Fields of the action; its mirror image is itself"""
        self.of_muscle = np.array([pairs.index(pair) for pair in places])
        """The action that each muscle follows"""
        self.first = np.array([pair[0] for pair in pairs])
        """A muscle that follows each action"""


@final
class TiedLegs(VectorActionWrapper):
    """Takes an action for each pair of muscles, all worlds at once."""

    def __init__(self, env: VectorEnv, tie: Tie) -> None:
        super().__init__(env)
        self._tie = tie
        space = env.single_action_space
        assert isinstance(space, Box)
        self.single_action_space = Box(space.low[tie.first], space.high[tie.first], dtype=np.float32)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def actions(self, actions: Array) -> Array:
        return actions[:, self._tie.of_muscle]


def _tied(excitation: Layout, first: int, second: int) -> Field:
    """The action of a pair, or of a muscle in the middle."""
    own, other = excitation.fields[first], excitation.fields[second]
    return own if first == second else Field(f"{own.name} and {other.name}", own.unit)
