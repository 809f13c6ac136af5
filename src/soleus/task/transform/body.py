"""The body of Learning to Run as its 41 numbers tell it, by name, and how fast its points move between two of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Field, Layout, mirror_name
from soleus.task.run2017 import LEG_COORDINATES
from soleus.task.transform.base import Mapped

POINTS = ("head", "torso", "toes_l", "toes_r", "talus_l", "talus_r")
"""Whose places are told, and not their velocities; those of the pelvis and the mass centre are."""
POINT_PLACES = tuple(f"{point} {axis}" for point in POINTS for axis in "xy")
FEET = ("toes_l", "toes_r", "talus_l", "talus_r")
FOOT_PLACES = tuple(f"{foot} x" for foot in FEET)
FOOT_HEIGHTS = tuple(f"{foot} y" for foot in FEET)
PELVIS = ("pelvis_tilt", "pelvis_tx", "pelvis_ty")
MASS_CENTER = ("mass_center x", "mass_center y")
STRENGTHS = ("strength psoas_l", "strength psoas_r")
OBSTACLE = ("obstacle distance", "obstacle height", "obstacle radius")
BODY = (
    *PELVIS,
    *(f"{name} speed" for name in (*PELVIS, *LEG_COORDINATES, *MASS_CENTER)),
    *LEG_COORDINATES,
    *MASS_CENTER,
    *POINT_PLACES,
)
"""All that is told of the body"""
TOUCH_SLOPE = 20.0
"""Of `touch` [1/m]"""


def body34(observation: Layout, action: Layout) -> Mapped:
    """The body alone, as the task tells it: what a flat track never changes, 100 m to an obstacle that is none and full
    strength, is left out. osim-rl's later L2RunEnv has zeros there, of which a network learns nothing either.
    """
    del action
    source = observation.index(*BODY)
    return Mapped(Layout(tuple(observation.fields[i] for i in source)), lambda told: told[:, source], linear=True)


def speeds(names: Sequence[str]) -> tuple[str, ...]:
    """Names of the rates of what has these names."""
    return tuple(f"{name} speed" for name in names)


def named(names: Sequence[str], unit: str) -> tuple[Field, ...]:
    """Fields of one unit, their mirror partners by name."""
    return tuple(Field(name, unit, mirror_name(name)) for name in names)


def rates(now: Array, before: Array, duration: Array) -> Array:
    """How fast numbers change; 0 where it is not known how they were.

    Args:
        now: shape (n_world, n).
        before: the same a while ago, NaN where not known.
        duration: of that while, shape (n_world,).
    """
    rate = (now - before) / duration[:, None]
    return np.where(np.isnan(rate), 0.0, rate)


def touch(height: Array) -> Array:
    """How near to the ground a point of a foot is: 1 at its height, -1 from 0.1 m on (Stelmaszczyk and Jarosik 2017).

    The contact's force, which is not observed, follows from the depth of its sphere in the ground, so this stands for
    it.
    """
    return np.maximum(1.0 - TOUCH_SLOPE * height, -1.0)
