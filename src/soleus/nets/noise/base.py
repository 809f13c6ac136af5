"""The Noise interface: how a policy that is sure of itself explores. It travels with the policy. NumPy only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from soleus.nets.form import Form


class Actor(Protocol):
    """Raw observations -> actions before tanh: one network, or several of which each acts in worlds of its own."""

    @property
    def network(self) -> Form:
        """The form of them all."""
        ...

    def __call__(self, observation: NDArray[np.floating]) -> NDArray[np.float32]:
        """Actions before tanh for raw observations, shape (n_world, n_observation)."""
        ...


class Noise(ABC):
    """What makes a deterministic actor do something else. It belongs to one policy, and so to one actor."""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        """Hear that an episode begins in these worlds; noise without memory does not care."""

    def follow(self, before: Noise) -> None:
        """Go on in the middle of episodes with what the noise before this one remembers of them."""

    @abstractmethod
    def explore(
        self, actor: Actor, observation: NDArray[np.floating], generator: np.random.Generator
    ) -> NDArray[np.float32]:
        """What to do in place of what the actor would.

        Args:
            actor: raw observations -> actions before tanh.
            observation: shape (n_world, n_observation), in the task's units.
            generator: source of everything random.

        Returns:
            Actions in [-1, 1], shape (n_world, n_action).
        """

    @abstractmethod
    def description(self) -> dict[str, Any]:
        """What `noise_from` builds it again from, as JSON can hold it; `kind` is its name."""
