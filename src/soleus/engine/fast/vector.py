"""Vectors and matrices of three, as lists of scalars: what is zero by structure stays a float and folds away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from soleus.engine.fast.operations import Scalar

Key = TypeVar("Key")
Vector = list[Scalar]
Matrix = list[list[Scalar]]
Symmetric = list[Scalar]
"""A symmetric matrix as xx, yy, zz, xy, xz, yz"""
UPPER = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""Row and column of these."""
Spatial = tuple[Vector, Vector]
"""Angular and linear part: a velocity (rotation, motion of the reference point), or a force (moment about it, force)"""

SMALLEST = 1e-13
"""Numbers this close to a whole one were meant to be whole: the sine of a rounded pi."""


def zero() -> Vector:
    return [0.0, 0.0, 0.0]


def constant(vector: ArrayLike) -> Vector:
    """A vector of floats, cleaned of the rounding of rotations by right angles."""
    return [_snap(float(x)) for x in np.asarray(vector)]


def constant_matrix(matrix: ArrayLike) -> Matrix:
    return [constant(row) for row in np.asarray(matrix)]


def add(a: Vector, b: Vector) -> Vector:
    return [x + y for x, y in zip(a, b, strict=True)]


def subtract(a: Vector, b: Vector) -> Vector:
    return [x - y for x, y in zip(a, b, strict=True)]


def scale(factor: Scalar, a: Vector) -> Vector:
    return [factor * x for x in a]


def dot(a: Vector, b: Vector) -> Scalar:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]


def turn(rotation: Matrix, a: Vector) -> Vector:
    """The vector that a rotation matrix makes of one."""
    return [dot(row, a) for row in rotation]


def transpose(a: Matrix) -> Matrix:
    return [[a[column][row] for column in range(3)] for row in range(3)]


def multiply(a: Matrix, b: Matrix) -> Matrix:
    columns = transpose(b)
    return [[dot(row, column) for column in columns] for row in a]


def turn_symmetric(rotation: Matrix, a: Symmetric) -> Symmetric:
    """A symmetric matrix in turned axes: rotation a rotation^T."""
    half = [turn_by_symmetric(a, row) for row in rotation]
    return [dot(half[i], rotation[j]) for i, j in UPPER]


def turn_by_symmetric(a: Symmetric, vector: Vector) -> Vector:
    """The product of a symmetric matrix and a vector."""
    xx, yy, zz, xy, xz, yz = a
    return [dot(row, vector) for row in ([xx, xy, xz], [xy, yy, yz], [xz, yz, zz])]


def rotation_about(axis: Sequence[float], s: Scalar, c: Scalar) -> Matrix:
    """Rotation matrix about a unit axis by an angle of sine s and cosine c (Rodrigues' formula)."""
    x, y, z = axis
    versine = 1.0 - c
    return [
        [c + x * x * versine, x * y * versine - z * s, x * z * versine + y * s],
        [y * x * versine + z * s, c + y * y * versine, y * z * versine - x * s],
        [z * x * versine - y * s, z * y * versine + x * s, c + z * z * versine],
    ]


def add_spatial(a: Spatial, b: Spatial) -> Spatial:
    return add(a[0], b[0]), add(a[1], b[1])


def subtract_spatial(a: Spatial, b: Spatial) -> Spatial:
    return subtract(a[0], b[0]), subtract(a[1], b[1])


def scale_spatial(factor: Scalar, a: Spatial) -> Spatial:
    return scale(factor, a[0]), scale(factor, a[1])


def accumulate(sums: dict[Key, Spatial], key: Key, spatial: Spatial) -> None:
    """Add to the sum that has a key."""
    sums[key] = add_spatial(sums.get(key, (zero(), zero())), spatial)


def power(motion: Spatial, force: Spatial) -> Scalar:
    """What a spatial force does on a spatial motion."""
    return dot(motion[0], force[0]) + dot(motion[1], force[1])


def cross_motion(velocity: Spatial, motion: Spatial) -> Spatial:
    """Rate of a motion vector that moves with `velocity` (Featherstone 2008, eq. 2.33)."""
    return cross(velocity[0], motion[0]), add(cross(velocity[0], motion[1]), cross(velocity[1], motion[0]))


def cross_force(velocity: Spatial, force: Spatial) -> Spatial:
    """Rate of a force vector that moves with `velocity` (Featherstone 2008, eq. 2.34)."""
    return add(cross(velocity[0], force[0]), cross(velocity[1], force[1])), cross(velocity[0], force[1])


def _snap(x: float) -> float:
    return float(round(x)) if abs(x - round(x)) < SMALLEST else x
