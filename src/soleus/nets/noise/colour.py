"""The Colour interface: standard normal numbers that may remember those before them. NumPy only."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray


class Colour(ABC):
    """How random numbers follow each other in time. Each is normal with mean 0 and deviation 1, at all times.

    Worlds and actions are independent of each other. What is remembered is of the worlds that a policy acts in, by
    their rows; a world that has not been heard of begins with the first numbers that are drawn for it.
    """

    kind: ClassVar[str]
    """Its name in settings and files"""

    def begin(self, worlds: NDArray[np.integer]) -> None:
        """Hear that an episode begins in these worlds; a colour without memory does not care."""

    def follow(self, before: Colour) -> None:
        """Go on in the middle of episodes with what the colour before this one remembers of them."""

    @abstractmethod
    def draw(self, shape: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
        """The next numbers, of shape (n_world, n_action)."""

    @abstractmethod
    def settings(self) -> Mapping[str, Any]:
        """What builds it again, as JSON can hold it."""

    def description(self) -> dict[str, Any]:
        """What `colour_from` builds it again from."""
        return {"kind": self.kind, **self.settings()}
