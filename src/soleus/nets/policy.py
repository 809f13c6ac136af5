"""A policy is called with observations and gives actions; NumPy, so that workers and players need nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray


class PolicyError(ValueError):
    """A policy cannot play; whoever brought it can put that right."""


class Policy(ABC):
    """Observations of many worlds -> actions in [-1, 1]."""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        """Hear that an episode begins in these worlds, given by their rows; most policies remember nothing."""

    def follow(self, before: Policy) -> None:
        """Take over from another policy in the middle of episodes, with what it remembers; most remember nothing."""

    @property
    def note(self) -> NDArray[np.float32] | None:
        """What it decided for the last actions besides them, for its learner, shape (n_world, n_note); mostly
        nothing.
        """
        return None

    @abstractmethod
    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        """Choose actions.

        Args:
            observation: shape (n_world, n_observation), in the task's units.
            generator: source of the exploration noise; None asks for the deterministic policy.

        Returns:
            Actions in [-1, 1], shape (n_world, n_action).

        Raises:
            PolicyError: when there is no such action.
        """
