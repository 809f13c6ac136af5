"""The products of matrices in a network's layers, backward passes included, in the order that processors like.

A layer is three products: z = x W forward, and dx = dz W^T and dW = x^T dz backward. For widths that are powers of two
XLA's code for processors takes 40 % longer for the latter two: they gather columns, whose numbers all fall into few
sets of the cache. Transposed in blocks first, at a twentieth of a product's time, they are as fast as the forward one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, final

import jax
import jax.numpy as jnp

from soleus.nets.array import Array
from soleus.nets.form import Form
from soleus.nets.prior import FROZEN

BLOCK = 16
"""Columns of a block: float32 numbers in a line of the cache"""


def evaluated(form: Form, network: Mapping[str, Array], inputs: Array, n_given: int = 0) -> Array:
    """What a network gives, as `form(network, inputs)`, with fast products; no gradient goes to what is frozen.

    Args:
        form: of the network.
        network: its parameters.
        inputs: shape (..., n_input).
        n_given: of the inputs the first ones that are as they are: no gradient goes back to them, which saves its part
            of a product.
    """
    numbers = {}
    for name, array in network.items():
        bare = name.removeprefix(FROZEN)
        held = jax.lax.stop_gradient(array) if bare != name else array
        numbers[name] = Weight(held, n_given if bare == "weight0" else 0) if bare.startswith("weight") else held
    return form(numbers, inputs)


@final
@dataclass(frozen=True)
class Weight:
    """A matrix that knows how to be multiplied: x @ weight."""

    __array_ufunc__: ClassVar[None] = None
    """NumPy's x @ weight asks the weight too"""

    array: Array
    """shape (n_input, n_output)"""
    n_given: int
    """Of the inputs the first ones, which no gradient goes back to"""

    def __rmatmul__(self, x: Array) -> Array:
        return product(x, self.array, self.n_given)


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def product(x: Array, weight: Array, n_given: int) -> Array:
    """X @ weight.

    Args:
        x: shape (..., n_input).
        weight: shape (n_input, n_output).
        n_given: columns of x, from the first on, which no gradient goes back to.
    """
    del n_given
    return x @ weight


def _forward(x: Array, weight: Array, n_given: int) -> tuple[Array, tuple[Array, Array]]:
    return product(x, weight, n_given), (x, weight)


def _backward(n_given: int, kept: tuple[Array, Array], dz: Array) -> tuple[Array, Array]:
    x, weight = kept
    given = jnp.zeros((*x.shape[:-1], n_given), x.dtype)
    dx = jnp.concat([given, dz @ _transposed(weight[n_given:])], axis=-1)
    x, dz = x.reshape(-1, x.shape[-1]), dz.reshape(-1, dz.shape[-1])
    if dz.shape[1] < BLOCK:  # hardly a product: XLA's own code reads x as it lies
        return dx, jnp.tensordot(x, dz, (0, 0))
    return dx, _transposed(x) @ dz


product.defvjp(_forward, _backward)


def _transposed(matrix: Array) -> Array:
    """The transpose of a matrix: on processors block by block, so that each line of the cache is read once."""
    n_row, n_column = matrix.shape

    def in_blocks(matrix: Array) -> Array:
        blocks = matrix.reshape(n_row, n_column // BLOCK, BLOCK).transpose(1, 0, 2)
        blocks = jax.lax.optimization_barrier(blocks)  # or XLA sees that both steps are one, and makes them one
        return blocks.transpose(0, 2, 1).reshape(n_column, n_row)

    if n_column % BLOCK:
        return matrix.T
    return jax.lax.platform_dependent(matrix, cpu=in_blocks, default=jnp.transpose)
