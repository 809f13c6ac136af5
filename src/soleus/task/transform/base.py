"""The Transform interface: from what is observed to what a policy is told, many worlds at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Layout

REST = 0.05
"""Excitation and activation of a muscle at rest, before the first action [1]"""


@dataclass(frozen=True)
class Step:
    """What a transform learns of a step, a row for each world."""

    observation: Array
    """What is observed at its end, shape (n_world, n_observation)"""
    action: Array
    """What the policy did, in [-1, 1], shape (n_world, n_action)"""
    duration: Array
    """Since the observation before, shape (n_world,) [s]"""


class Transform(ABC):
    """One link of the chain through which a policy observes.

    It holds no worlds: what it has to remember of each is given to it and comes back, as rows of numbers.
    """

    layout: Layout
    """What it tells"""
    n_memory: int = 0
    """Numbers that it remembers of a world"""
    linear: bool = False
    """Whether what it tells is what it is given times a matrix, which a policy's file can hold"""

    @abstractmethod
    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        """What is told first in an episode.

        Args:
            observation: of worlds that begin, shape (n_world, n_observation).
            left: what was remembered of their last episodes, NaN before the first, shape (n_world, n_memory). Who reads
                it repeats a published mistake.

        Returns:
            What is told, shape (n_world, len(layout)), and what to remember, shape (n_world, n_memory).
        """

    @abstractmethod
    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        """The same after a step of worlds of which this is remembered."""


@final
class Mapped(Transform):
    """Remembers nothing: what is told is a function of what is observed."""

    def __init__(self, layout: Layout, change: Callable[[Array], Array], *, linear: bool = False) -> None:
        """Args:
        layout: of what is told.
        change: what is made of observations, shape (n_world, n_observation) -> (n_world, len(layout)).
        linear: whether that is a matrix product.
        """
        self.layout = layout
        self.linear = linear
        self._change = change

    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        return self._change(observation), left

    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        return self._change(step.observation), memory


def nothing_remembered(n_world: int, transform: Transform) -> Array:
    """What is remembered of worlds before their first episode, shape (n_world, n_memory)."""
    return np.full((n_world, transform.n_memory), np.nan)
