"""The functions of a coordinate, as OpenSim's Function::calcValue and calcDerivative."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from soleus.model.spec import Constant, Function, LinearFunction, SimmSpline

Array = NDArray[np.float64]


def evaluate(function: Function, x: ArrayLike) -> Array:
    """f(x), element by element."""
    edge, start, coefficient = pieces(function)
    x = np.asarray(x, dtype=np.float64)
    piece = np.searchsorted(edge, x, side="right")
    a, b, c, d = coefficient[:, piece]
    h = x - start[piece]
    return a + h * (b + h * (c + h * d))


@lru_cache(maxsize=256)
def pieces(function: Function) -> tuple[Array, Array, Array]:
    """The function as cubics side by side, which is all that these functions are.

    Returns:
        Where one cubic ends and the next begins, shape (n - 1,); where each cubic has h = 0, shape (n,); the
        coefficients a, b, c, d of a + b h + c h^2 + d h^3, shape (4, n).
    """
    match function:
        case Constant(value):
            return np.empty(0), np.zeros(1), np.array([[value], [0.0], [0.0], [0.0]])
        case LinearFunction(slope, intercept):
            return np.empty(0), np.zeros(1), np.array([[intercept], [slope], [0.0], [0.0]])
        case SimmSpline(x, y):
            return _simm_spline(np.array(x, dtype=np.float64), np.array(y, dtype=np.float64))


def _simm_spline(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """SimmSpline::calcCoefficients, after Forsythe, Malcolm and Moler (1977), Computer Methods, section 4.4.

    Value, slope and curvature are continuous. Of the two conditions that are still free, each fixes the third
    derivative at one end: that of the cubic through the four knots there. Outside the knots the end slope goes on.
    """
    curvature = _curvature(x, y)
    width = np.diff(x)
    chord = np.diff(y) / width
    slope = chord - width * (2.0 * curvature[:-1] + curvature[1:]) / 6.0
    last_slope = chord[-1] + width[-1] * (curvature[-2] + 2.0 * curvature[-1]) / 6.0
    inside = np.array([y[:-1], slope, curvature[:-1] / 2.0, np.diff(curvature) / width / 6.0])
    before = np.array([[y[0]], [slope[0]], [0.0], [0.0]])
    behind = np.array([[y[-1]], [last_slope], [0.0], [0.0]])
    # The last knot itself still belongs to the last cubic: there the curvature is the spline's, and zero beyond.
    edge = np.append(x[:-1], np.nextafter(x[-1], np.inf))
    return edge, np.concatenate([x[:1], x]), np.hstack([before, inside, behind])


def _curvature(x: Array, y: Array) -> Array:
    """Second derivative of the spline at its knots: zero for two knots, equal for three."""
    n = len(x)
    if n == 2:
        return np.zeros(2)
    width = np.diff(x)
    bend = np.diff(np.diff(y) / width)
    matrix = np.diag(np.concatenate([[-width[0]], 2.0 * (width[:-1] + width[1:]), [-width[-1]]]))
    matrix += np.diag(width, 1) + np.diag(width, -1)
    right = np.concatenate([[0.0], 6.0 * bend, [0.0]])
    if n > 3:
        third = np.diff(bend / (x[2:] - x[:-2])) / (x[3:] - x[:-3])  # divided differences of four knots
        right[0] = 6.0 * width[0] ** 2 * third[0]
        right[-1] = -6.0 * width[-1] ** 2 * third[-1]
    return np.linalg.solve(matrix, right)
