"""What critics think of an action, in NumPy: for policies that ask before they act."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.form import Form, form_from

ROWS = 256
"""Rows that go through a network at once: their hidden layers stay in the cache"""


class Reading(ABC):
    """What the outputs of a critic are worth."""

    @abstractmethod
    def __call__(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values of outputs, shape (n, n_output) -> (n,) [reward]."""

    @abstractmethod
    def description(self) -> dict[str, Any]:
        """What `reading_from` builds it again from, as JSON can hold it."""


@final
@dataclass(frozen=True)
class WeightedSum(Reading):
    """Each output is a value; of a plain critic there is one."""

    kind: ClassVar[str] = "sum"

    weight: tuple[float, ...] = (1.0,)
    """Of each output"""

    def __call__(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        return output @ np.array(self.weight, np.float32)

    def description(self) -> dict[str, Any]:
        return {"kind": self.kind, "weight": list(self.weight)}


@final
@dataclass(frozen=True)
class Histogram(Reading):
    """Outputs are the logits of a histogram over evenly spaced values."""

    kind: ClassVar[str] = "histogram"

    limit: float
    """Of a value, either way [reward]"""

    def __call__(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        share = np.exp(output - output.max(axis=1, keepdims=True))
        centres = np.linspace(-self.limit, self.limit, output.shape[1], dtype=np.float32)
        return share @ centres / share.sum(axis=1)

    def description(self) -> dict[str, Any]:
        return {"kind": self.kind, "limit": self.limit}


def reading_from(description: Mapping[str, Any]) -> Reading:
    """The reading that a description is of."""
    if description["kind"] == Histogram.kind:
        return Histogram(description["limit"])
    return WeightedSum(tuple(description["weight"]))


@final
@dataclass(frozen=True)
class Judge:
    """The critics of one member; the lowest is believed, as by the actor that learns from them."""

    network: Form
    """Normalised observations, and actions after them -> what is read"""
    critics: tuple[Mapping[str, NDArray[np.float32]], ...]
    """The numbers of each"""
    reading: Reading
    """Outputs -> values"""

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values of normalised observations with actions, shape (n, n_observation + n_action) -> (n,) [reward]."""
        parts = [inputs[first : first + ROWS] for first in range(0, len(inputs), ROWS)]
        return np.concatenate([self._lowest(part) for part in parts])

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """All numbers by name, for a file."""
        return {f"{number}.{name}": array for number, own in enumerate(self.critics) for name, array in own.items()}

    def description(self) -> dict[str, Any]:
        """With the arrays, what `from_file` builds it again from, as JSON can hold it."""
        network, reading = self.network.description(), self.reading.description()
        return {"network": network, "n_critic": len(self.critics), "reading": reading}

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> Judge:
        """The judge whose arrays and description a file holds."""
        critics = tuple(
            {name.removeprefix(f"{number}."): array for name, array in arrays.items() if name.startswith(f"{number}.")}
            for number in range(description["n_critic"])
        )
        return cls(form_from(description["network"]), critics, reading_from(description["reading"]))

    def check(self) -> None:
        """Refuse numbers that are not this network's."""
        for critic in self.critics:
            self.network.check(critic)

    def _lowest(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        values = [self.reading(self.network(critic, inputs)) for critic in self.critics]
        return np.min(values, axis=0)
