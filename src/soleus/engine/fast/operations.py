"""The operations that the equations are written with: here on NumPy arrays, in `graph.py` on the nodes of a graph.

The equations use `+ - * /` and comparisons as they stand and take everything else from an Operations object. A number
that is the same in all worlds stays a Python float, so that whatever is zero by the model's structure folds away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Scalar = Any
"""A number of each world: a float (the same in all), an array of shape (n_world,), or a node of a graph."""
Condition = Any
"""A truth value of each world: a bool, an array of bool, or a node of a graph."""

LARGEST_EXPONENT = 700.0


class Operations(Protocol):
    """Element-wise functions."""

    def where(self, condition: Condition, if_true: Scalar, if_false: Scalar, /) -> Scalar: ...
    def minimum(self, a: Scalar, b: Scalar, /) -> Scalar: ...
    def maximum(self, a: Scalar, b: Scalar, /) -> Scalar: ...
    def floor(self, x: Scalar, /) -> Scalar: ...
    def sqrt(self, x: Scalar, /) -> Scalar: ...
    def reciprocal_sqrt(self, x: Scalar, /) -> Scalar: ...

    def exp(self, x: Scalar, /) -> Scalar:
        """Of x cut to where the answer is a normal number: +-700, or +-87 in float32."""
        ...

    def sin(self, x: Scalar, /) -> Scalar: ...
    def cos(self, x: Scalar, /) -> Scalar: ...
    def piece(self, edges: tuple[float, ...], x: Scalar, /) -> Scalar:
        """How many of the rising edges are at or below x: the index of the piece of a function that x lies in."""
        ...

    def lookup(self, values: tuple[float, ...], index: Scalar, /) -> Scalar:
        """The value with an index from `piece`."""
        ...

    def for_each(
        self, function: Callable[..., Sequence[Scalar]], items: Sequence[Sequence[Scalar]], /
    ) -> list[list[Scalar]]:
        """A function of operations and the arguments of each item: of each muscle, of each body.

        It sees no more of an item than its arguments, so that one piece of code serves all of them.
        """
        ...

    def logical_and(self, a: Condition, b: Condition, /) -> Condition: ...
    def logical_or(self, a: Condition, b: Condition, /) -> Condition: ...
    def logical_not(self, a: Condition, /) -> Condition: ...


class NumpyOperations:
    """The readable oracle: the equations on arrays, one operation at a time."""

    where = staticmethod(np.where)
    minimum = staticmethod(np.minimum)
    maximum = staticmethod(np.maximum)
    floor = staticmethod(np.floor)
    sqrt = staticmethod(np.sqrt)
    sin = staticmethod(np.sin)
    cos = staticmethod(np.cos)
    logical_and = staticmethod(np.logical_and)
    logical_or = staticmethod(np.logical_or)
    logical_not = staticmethod(np.logical_not)

    def exp(self, x: ArrayLike) -> NDArray[np.float64]:
        return np.exp(np.clip(x, -LARGEST_EXPONENT, LARGEST_EXPONENT))

    def piece(self, edges: tuple[float, ...], x: ArrayLike) -> NDArray[np.integer]:
        return np.searchsorted(edges, x, side="right")

    def lookup(self, values: tuple[float, ...], index: NDArray[np.integer], /) -> Scalar:
        # What no piece changes stays a float, as in a graph.
        return values[0] if len(set(values)) == 1 else np.asarray(values)[index]

    def for_each(
        self, function: Callable[..., Sequence[Scalar]], items: Sequence[Sequence[Scalar]]
    ) -> list[list[Scalar]]:
        return [list(function(self, *arguments)) for arguments in items]

    def reciprocal_sqrt(self, x: ArrayLike) -> NDArray[np.float64]:
        return 1.0 / np.sqrt(x)
