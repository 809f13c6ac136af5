"""Rotations and the body-fixed XYZ angles by which OpenSim writes them."""

from __future__ import annotations

from math import atan2, cos, sin

import numpy as np
from numpy.typing import NDArray

from soleus.model.spec import Vector

Array = NDArray[np.float64]


def from_angles(angles: Vector) -> Array:
    """The axes, as columns, of a frame turned by body-fixed XYZ angles [rad], shape (3, 3)."""
    (a, b, c), (sa, sb, sc) = map(cos, angles), map(sin, angles)
    return np.array(
        [
            [b * c, -b * sc, sb],
            [a * sc + sa * sb * c, a * c - sa * sb * sc, -sa * b],
            [sa * sc - a * sb * c, sa * c + a * sb * sc, a * b],
        ]
    )


def angles_of(rotation: Array) -> Vector:
    """Body-fixed XYZ angles of which `from_angles` makes the same rotation again, to rounding.

    Near a right angle in the middle x and z are nearly one rotation, and each alone is rounding: z is taken from what
    the others leave over.

    Args:
        rotation: axes as columns, shape (3, 3).

    Returns:
        [rad]
    """
    r = rotation
    x = atan2(-r[1, 2], r[2, 2])
    c, s = cos(x), sin(x)
    y = atan2(r[0, 2], c * r[2, 2] - s * r[1, 2])
    z = atan2(c * r[1, 0] + s * r[2, 0], c * r[1, 1] + s * r[2, 1])
    return x, y, z


def to_angles(rotation: Array) -> Array:
    """Body-fixed XYZ angles, as Simbody's Rotation::convertRotationToBodyFixedXYZ.

    Args:
        rotation: axes as columns, shape (..., 3, 3).

    Returns:
        shape (..., 3) [rad]; the middle one within a right angle.
    """
    cosine = np.hypot(rotation[..., 0, 0], rotation[..., 0, 1])
    return np.stack(
        [
            np.arctan2(-rotation[..., 1, 2], rotation[..., 2, 2]),
            np.arctan2(rotation[..., 0, 2], cosine),
            np.arctan2(-rotation[..., 0, 1], rotation[..., 0, 0]),
        ],
        axis=-1,
    )
