"""The Search interface: what makes an evolutionary learner this one and no other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray


class Search(ABC):
    """Looks for vectors of great fitness around a mean. It knows nothing of networks, worlds and episodes."""

    n_member: int
    """Vectors that are tried in a generation"""
    n_alike: int
    """How many of them, one after the other, should meet the same, so that luck is no merit"""

    @property
    @abstractmethod
    def mean(self) -> NDArray[np.floating]:
        """The middle of what is tried: the best that is known where fitness is noisy; shape (n_parameter,)."""

    @abstractmethod
    def ask(self, generator: np.random.Generator) -> NDArray[np.floating]:
        """The members of the next generation, shape (n_member, n_parameter); the same again for the same generator.

        Args:
            generator: of everything random in them.
        """

    @abstractmethod
    def tell(self, fitness: NDArray[np.floating]) -> dict[str, float]:
        """Learn from the generation that was asked for last.

        Args:
            fitness: of its members, more is better, shape (n_member,).

        Returns:
            Metrics of its own.
        """

    @abstractmethod
    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays, as it was before the last `ask`."""

    @abstractmethod
    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""
