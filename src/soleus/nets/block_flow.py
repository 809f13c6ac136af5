"""Block neural autoregressive flow: a monotone map of actions, each of which may follow those before it.

De Cao 2019, arXiv 1904.04676. Hidden layers have some units for each action. A unit weighs those of its own action with
positive numbers, so that each action of the result rises with the same one that came in; those of earlier actions with
any number, so that it follows them; and those of later ones not at all. The Jacobian is triangular: its determinant is
the product of the slopes of each action by itself, and these are products of small positive blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array
from soleus.nets.distribution import log_slope
from soleus.nets.mlp import Parameters

LIMIT = 10.0
"""Logarithms of positive weights and of gains are cut here, so that no float32 overflows"""
FIRST_SLOPE = 0.3
"""Of a fresh flow's first layer, which the last one takes back: less is straighter, and learns more slowly to bend"""
SPREAD = 0.3
"""Deviation of the logarithms of a fresh flow's positive weights, so that units of one action learn different things"""


class Layer(NamedTuple):
    """A layer's numbers, as it multiplies with them."""

    weight: Array
    """shape (n_input, n_output)"""
    block: Array
    """The weights of each action for itself, positive, less their columns' scale; shape (n_action, a, b)"""
    log_scale: Array
    """Logarithm of that scale, shape (n_action, b)"""
    bias: Array
    """shape (n_output,)"""


@final
@dataclass(frozen=True)
class BlockFlow:
    """The form of a flow. Its numbers are kept apart, among those of the actor; the last layer is linear."""

    n_action: int
    """Length of an action"""
    units: int
    """Units of each hidden layer for each action"""
    layers: int
    """Hidden layers"""

    def __post_init__(self) -> None:
        if min(self.n_action, self.units, self.layers) < 1:
            raise ValueError(
                f"a flow of {self.layers} layers of {self.units} units for each of {self.n_action} actions; each of "
                "these numbers must be at least 1"
            )

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter by name, in the order of the flow."""
        shapes: dict[str, tuple[int, ...]] = {}
        n = self.n_action
        for layer, (a, b) in enumerate(self._widths):
            shapes[f"flow_block{layer}"] = (n, a, b)
            shapes[f"flow_lower{layer}"] = (n * a, n * b)
            shapes[f"flow_gain{layer}"] = (n * b,)
            shapes[f"flow_bias{layer}"] = (n * b,)
        return shapes

    def initial(self, generator: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        """Draw parameters of a flow that changes little: it leaves 0 and its slope there as they are, and no action
        heeds another one. Units of an action see it from different sides, or none would learn what is not straight.
        """
        parameters = {name: np.zeros(shape, np.float32) for name, shape in self.shapes().items()}
        for layer in range(self.layers + 1):
            name, slope = f"flow_block{layer}", 1.0 if layer else FIRST_SLOPE
            block = SPREAD * generator.standard_normal(parameters[name].shape, dtype=np.float32)
            weight = np.exp(block)
            # Before the gain a column has length 1; with it, its weights for its own action add up to the slope.
            gain = np.log(slope * np.sqrt((weight**2).sum(axis=1)) / weight.sum(axis=1))
            parameters |= {name: block, f"flow_gain{layer}": gain.ravel()}
        parameters["flow_bias0"] = np.tile(np.linspace(-1, 1, self.units + 2, dtype=np.float32)[1:-1], self.n_action)
        moved, log_slope = self._bent(self.weights(parameters), np.zeros(self.n_action, np.float32))
        parameters[f"flow_gain{self.layers}"] -= log_slope
        parameters[f"flow_bias{self.layers}"] = -moved * np.exp(-log_slope)
        return parameters

    def weights(self, parameters: Parameters) -> list[Layer]:
        """What the layers multiply with (equations 8 and 9, and the weight normalisation of section 3.2)."""
        return [self._layer(parameters, number) for number in range(len(self._widths))]

    def __call__(self, layers: list[Layer], actions: Array) -> Array:
        """What the flow makes of actions before tanh, shape (..., n_action)."""
        xp = actions.__array_namespace__()
        first, *others = layers
        x = actions @ first.weight + first.bias
        for layer in others:
            x = xp.tanh(x) @ layer.weight + layer.bias
        return x

    def with_log_slope(self, layers: list[Layer], actions: Array) -> tuple[Array, Array]:
        """The same, and the logarithm of its Jacobian's determinant, shape (...) (equations 10 and 11)."""
        bent, log = self._bent(layers, actions)
        return bent, log.sum(axis=-1)

    @cached_property
    def _widths(self) -> list[tuple[int, int]]:
        """Units for each action, before and after each layer."""
        return list(pairwise([1, *[self.units] * self.layers, 1]))

    @cached_property
    def _earlier(self) -> list[NDArray[np.float32]]:
        """For each layer 1 where an input is of an earlier action than an output."""
        earlier = np.triu(np.ones((self.n_action, self.n_action), np.float32), 1)
        return [np.kron(earlier, np.ones(widths, np.float32)) for widths in self._widths]

    def _bent(self, layers: list[Layer], actions: Array) -> tuple[Array, Array]:
        """What the flow makes of actions, and the logarithm of the slope of each in itself, both (..., n_action)."""
        xp = actions.__array_namespace__()
        first, *others = layers
        x = actions @ first.weight + first.bias
        log = xp.log(first.block[:, 0]) + first.log_scale
        for layer in others:
            log = log + log_slope(x).reshape(*actions.shape, -1)
            # The sum of exponentials of logarithms, with the largest taken out; blocks need none, they are cut.
            largest = xp.max(log, axis=-1, keepdims=True)
            summed = (xp.exp(log - largest)[..., None] * layer.block).sum(axis=-2)
            log = largest + xp.log(summed) + layer.log_scale
            x = xp.tanh(x) @ layer.weight + layer.bias
        return x, log[..., 0]

    def _layer(self, parameters: Parameters, number: int) -> Layer:
        block, lower, gain, bias = (parameters[f"flow_{name}{number}"] for name in ("block", "lower", "gain", "bias"))
        xp = block.__array_namespace__()
        n, a, b = block.shape
        block = xp.exp(xp.clip(block, -LIMIT, LIMIT))
        diagonal = block[:, :, None, :] * xp.eye(n, dtype=block.dtype)[:, None, :, None]
        whole = diagonal.reshape(n * a, n * b) + lower * self._earlier[number]
        log_scale = xp.clip(gain, -LIMIT, LIMIT) - 0.5 * xp.log((whole * whole).sum(axis=0))
        return Layer(whole * xp.exp(log_scale), block, log_scale.reshape(n, b), bias)
