"""Functions of a coordinate over an operations namespace: value, slope and curvature from one look-up of the piece."""

from __future__ import annotations

from soleus.engine.fast.operations import Operations, Scalar
from soleus.model.function import pieces
from soleus.model.spec import Function


def differentiate(ops: Operations, function: Function, x: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """f(x), f'(x), f''(x), as Function::calcValue and calcDerivative."""
    edges, starts, coefficients = pieces(function)
    piece = ops.piece(tuple(edges.tolist()), x)
    h = x - ops.lookup(tuple(starts.tolist()), piece)
    a, b, c, d = (ops.lookup(tuple(row.tolist()), piece) for row in coefficients)
    value = a + h * (b + h * (c + h * d))
    slope = b + h * (2.0 * c + h * (3.0 * d))
    return value, slope, 2.0 * c + h * (6.0 * d)
