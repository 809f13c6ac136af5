"""A policy is called with observations and gives actions; NumPy, so that workers and players need nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray


class Policy(ABC):
    """Observations of many worlds -> actions in [-1, 1]."""

    @abstractmethod
    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        """Choose actions.

        Args:
            observation: shape (n_world, n_observation), in the task's units.
            generator: source of the exploration noise; None asks for the deterministic policy.

        Returns:
            Actions in [-1, 1], shape (n_world, n_action).
        """
