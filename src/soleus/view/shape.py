"""What bodies look like. A shape is made of balls, and each part of it is the convex hull of some of them.

Only a few bodies of the gait models have a shape of their own; every other body gets the bone between its joints, in
flesh as thick as its mass needs. Numbers are chosen by eye; nothing here acts on the simulation.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from soleus.engine.base import Array

Kind = Literal["flesh", "bone", "shoe"]
Ball = tuple[float, ...]
"""Centre x, y, z in the body frame, and radius [m]"""
Part = tuple[Ball, ...]

FLESH_DENSITY = 1000.0
"""That of water [kg/m^3]"""


def _both(x: float, y: float, z: float, radius: float) -> tuple[Ball, Ball]:
    """A ball on the right and its partner on the left."""
    return (x, y, z, radius), (x, y, -z, radius)


SHAPES: dict[str, dict[Kind, tuple[Part, ...]]] = {
    "pelvis": {
        "flesh": (
            ((-0.095, 0.085, 0.0, 0.095), *_both(-0.065, 0.0, 0.055, 0.085), *_both(-0.085, -0.06, 0.065, 0.09)),
        ),
        "bone": (
            ((-0.115, 0.075, 0.0, 0.02), (-0.13, -0.04, 0.0, 0.012)),
            ((-0.11, 0.07, 0.02, 0.016), (-0.055, 0.03, 0.1, 0.012), (-0.0707, -0.0661, 0.0835, 0.026)),
            ((-0.11, 0.07, -0.02, 0.016), (-0.055, 0.03, -0.1, 0.012), (-0.0707, -0.0661, -0.0835, 0.026)),
        ),
    },
    "torso": {
        "flesh": (
            ((0.0, 0.0, 0.0, 0.095), *_both(0.005, 0.14, 0.05, 0.085), *_both(0.005, 0.3, 0.07, 0.105)),
            (*_both(0.005, 0.3, 0.07, 0.105), *_both(-0.015, 0.45, 0.125, 0.055)),
            ((-0.02, 0.45, 0.0, 0.055), (0.005, 0.57, 0.0, 0.05)),
        ),
        "bone": (
            ((-0.01, 0.0, 0.0, 0.019), (0.0, 0.12, 0.0, 0.018)),
            ((0.0, 0.12, 0.0, 0.018), (-0.045, 0.3, 0.0, 0.016)),
            ((-0.045, 0.3, 0.0, 0.016), (-0.04, 0.43, 0.0, 0.014)),
            ((-0.04, 0.43, 0.0, 0.014), (0.0, 0.56, 0.0, 0.012)),
        ),
    },
    "head": {
        "flesh": (
            ((-0.005, 0.115, 0.0, 0.094), (0.035, 0.09, 0.0, 0.064), (0.05, 0.03, 0.0, 0.036)),
            ((0.097, 0.075, 0.0, 0.013),),
        ),
    },
}
"""Shapes by body name, in the frames that the gait models give these bodies."""


def limb_shape(start: Array, end: Array, mass: float) -> dict[Kind, tuple[Part, ...]]:
    """Bone and flesh between two joints.

    Args:
        start: its own joint centre in the body frame, shape (3,) [m].
        end: the next joint centre in the body frame, shape (3,) [m].
        mass: of the body [kg]; the flesh is a cone of about that mass, thicker at `start`.
    """
    length = float(np.linalg.norm(end - start))
    radius = math.sqrt(mass / FLESH_DENSITY / math.pi / length)
    bulge = start + 0.3 * (end - start)
    first, last, middle = tuple(map(float, start)), tuple(map(float, end)), tuple(map(float, bulge))
    return {
        "flesh": (((*first, radius), (*middle, 0.95 * radius)), ((*middle, 0.95 * radius), (*last, 0.68 * radius))),
        "bone": (
            ((*first, 0.06 * length), (*middle, 0.034 * length)),
            ((*middle, 0.034 * length), (*last, 0.04 * length)),
            ((*last, 0.065 * length),),
        ),
    }


def foot_shape(ankle: Array, spheres: Array, down: Array) -> tuple[Part, ...]:
    """A shoe around contact spheres: its sole touches the ground where they do.

    Args:
        ankle: joint centre in ground, shape (3,) [m].
        spheres: centres and radii of the contact spheres in ground, shape (n, 4) [m]; the nearest to the
            ankle is the heel.
        down: unit vector from the ankle to the sole, shape (3,).
    """
    order = np.argsort(np.linalg.norm(spheres[:, :3] - ankle, axis=1))
    heel, toes = spheres[order[0]], spheres[order[1:]]
    tips = tuple(_sunk(toe, down, 0.62) for toe in toes)
    middle = _sunk(0.55 * heel + 0.45 * spheres.mean(axis=0), down, 0.9)
    collar = (*(ankle - 0.01 * down), 0.7 * heel[3])
    return ((_sunk(heel, down, 0.8), *tips), (collar, _sunk(heel, down, 0.8), middle))


def _sunk(ball: Array, down: Array, factor: float) -> Ball:
    """A smaller ball that touches the same sole."""
    x, y, z = ball[:3] + (1 - factor) * ball[3] * down
    return float(x), float(y), float(z), float(factor * ball[3])
