"""What networks for two equal sides share: the perceptron inside, whose numbers are theirs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import Mlp, Parameters


@dataclass(frozen=True)
class Mirrored(ABC):
    """A perceptron called for both sides: exactly symmetric, whatever its numbers are."""

    mlp: Mlp
    """What is called"""
    input_mirror: Mirror
    """Of inputs as the network meets them: normalised by a scaling that the mirror leaves alone"""
    output_mirror: Mirror
    """Of outputs of both sides"""

    @property
    def output_weight(self) -> str:
        """Name of the last layer's weight."""
        return self.mlp.output_weight

    @property
    def output_bias(self) -> str:
        """Name of the last layer's bias."""
        return self.mlp.output_bias

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every parameter, by name."""
        return self.mlp.shapes()

    def initial(self, generator: np.random.Generator, output_scale: float = 1.0) -> dict[str, NDArray[np.float32]]:
        """Draw parameters, as `Mlp.initial` does."""
        return self.mlp.initial(generator, output_scale)

    def check(self, parameters: Parameters) -> None:
        """Refuse parameters that are not this network's, naming the first that does not fit."""
        self.mlp.check(parameters)

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, ...]:
        """Number of inputs, of units in each hidden layer, and of outputs of both sides."""

    @property
    @abstractmethod
    def columns(self) -> NDArray[np.intp]:
        """The column of the last layer that makes each output."""

    @abstractmethod
    def __call__(self, parameters: Parameters, x: Array) -> Array:
        """Evaluate the network for inputs of shape (..., n_input); both sides go through in one pass."""
