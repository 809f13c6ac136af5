"""The multi-layer perceptron, over the array namespace of its input: NumPy acts with it, JAX learns with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array

Parameters = Mapping[str, Array]
"""Arrays by name: `weight0`, `bias0` and, with layer normalisation, `gain0`, `shift0`; then those of layer 1 ..."""

LAYER_NORM_NAMES = ("gain", "shift")
"""How the names of layer normalisation's parameters begin"""

LAYER_NORM_EPSILON = 1e-5
"""Added to the variance inside a layer, so that a layer whose units agree stays finite [1]"""


LEAKY_SLOPE = 0.01
"""Of a leaky rectifier below 0 (Maas 2013, section 2)"""
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
"""With these, and weights as `Mlp.initial` draws them, mean 0 and variance 1 stay from layer to layer (Klambauer 2017,
arXiv 1706.02515, equation 14)"""


def _relu(x: Array) -> Array:
    xp = x.__array_namespace__()
    return xp.where(x > 0, x, 0)


def _elu(x: Array) -> Array:
    xp = x.__array_namespace__()
    return xp.where(x > 0, x, xp.expm1(xp.minimum(x, 0)))


def _tanh(x: Array) -> Array:
    return x.__array_namespace__().tanh(x)


def _leaky_relu(x: Array) -> Array:
    xp = x.__array_namespace__()
    return xp.where(x > 0, x, LEAKY_SLOPE * x)


def _selu(x: Array) -> Array:
    xp = x.__array_namespace__()
    return SELU_SCALE * xp.where(x > 0, x, SELU_ALPHA * xp.expm1(xp.minimum(x, 0)))


Activation = Literal["relu", "leaky_relu", "elu", "selu", "tanh"]
ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "tanh": _tanh,
}


@dataclass(frozen=True)
class Mlp:
    """The form of a perceptron. Its numbers are kept apart, in a plain dict of arrays."""

    n_pass: ClassVar[int] = 1
    """How often an input goes through the layers"""

    sizes: tuple[int, ...]
    """Number of inputs, of units in each hidden layer, and of outputs"""
    activation: str = "relu"
    """Name of the non-linearity after each hidden layer, one of ACTIVATIONS"""
    layer_norm: bool = False
    """Normalise each hidden layer before its non-linearity: steadies critics that see few and old data"""

    def __post_init__(self) -> None:
        if len(self.sizes) < 2 or min(self.sizes) < 1:
            raise ValueError(f"layer sizes {self.sizes}: give at least inputs and outputs, each of one or more units")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation {self.activation!r}: choose one of {', '.join(ACTIVATIONS)}")

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Mlp:
        """The form that a description is of."""
        return cls(tuple(description["sizes"]), description["activation"], description["layer_norm"])

    def description(self) -> dict[str, Any]:
        """What `from_description` builds it again from, as JSON can hold it."""
        return asdict(self)

    @property
    def output_weight(self) -> str:
        """Name of the last layer's weight."""
        return f"weight{len(self.sizes) - 2}"

    @property
    def output_bias(self) -> str:
        """Name of the last layer's bias."""
        return f"bias{len(self.sizes) - 2}"

    @property
    def columns(self) -> NDArray[np.intp]:
        """The column of the last layer that makes each output."""
        return np.arange(self.sizes[-1])

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter by name, in the order of the flow."""
        shapes: dict[str, tuple[int, ...]] = {}
        last = len(self.sizes) - 2
        for layer, (n_input, n_output) in enumerate(pairwise(self.sizes)):
            shapes[f"weight{layer}"] = (n_input, n_output)
            shapes[f"bias{layer}"] = (n_output,)
            if self.layer_norm and layer < last:
                shapes[f"gain{layer}"] = (n_output,)
                shapes[f"shift{layer}"] = (n_output,)
        return shapes

    def initial(self, generator: np.random.Generator, output_scale: float = 1.0) -> dict[str, NDArray[np.float32]]:
        """Draw parameters: weights keep the variance of a layer's input (LeCun 1998, section 4.6), biases are zero.

        Args:
            generator: source of the weights.
            output_scale: factor on the last layer's weights; a small one starts a policy near zero everywhere.
        """
        parameters = {}
        for name, shape in self.shapes().items():
            if name.startswith("weight"):
                scale = shape[0] ** -0.5 * (output_scale if name == self.output_weight else 1.0)
                parameters[name] = scale * generator.standard_normal(shape, dtype=np.float32)
            else:
                parameters[name] = np.full(shape, name.startswith("gain"), dtype=np.float32)
        return parameters

    def check(self, parameters: Parameters) -> None:
        """Refuse parameters that are not this network's, naming the first that does not fit."""
        shapes = self.shapes()
        if parameters.keys() != shapes.keys():
            raise ValueError(f"a network of sizes {self.sizes} needs {sorted(shapes)}, given {sorted(parameters)}")
        for name, shape in shapes.items():
            if parameters[name].shape != shape:
                raise ValueError(f"{name} has shape {parameters[name].shape}, sizes {self.sizes} need {shape}")

    def __call__(self, parameters: Parameters, x: Array) -> Array:
        """Evaluate the network.

        Args:
            parameters: what `initial` draws, in the array namespace of x.
            x: inputs, shape (..., n_input).

        Returns:
            Outputs, shape (..., n_output).
        """
        activation = ACTIVATIONS[self.activation]
        last = len(self.sizes) - 2
        for layer in range(last):
            x = x @ parameters[f"weight{layer}"] + parameters[f"bias{layer}"]
            if self.layer_norm:
                x = _normalised(x) * parameters[f"gain{layer}"] + parameters[f"shift{layer}"]
            x = activation(x)
        return x @ parameters[f"weight{last}"] + parameters[f"bias{last}"]


def _normalised(x: Array) -> Array:
    """Mean 0 and variance 1 over the units of a layer (Ba 2016, equation 4)."""
    xp = x.__array_namespace__()
    share = xp.full((x.shape[-1], 1), 1 / x.shape[-1], dtype=x.dtype)  # means as products: half the time of mean()
    centred = x - x @ share
    return centred * ((centred * centred) @ share + LAYER_NORM_EPSILON) ** -0.5
