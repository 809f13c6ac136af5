"""Surfaces over which muscles slide, as OpenSim's WrapObjects have them, and which muscle slides over which."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # spec.py holds the whole model, and imports this part of it
    from soleus.model.spec import Vector

Quadrant = Literal["all", "x", "-x", "y", "-y", "z", "-z"]
Method = Literal["hybrid", "midpoint", "axial"]


@dataclass(frozen=True)
class WrapObject:
    """Base of the four surfaces: where one sits in its body.

    Muscles touch it from outside and never stick to it. It touches nothing but the muscles with a PathWrap that names
    it.
    """

    name: str
    body: str
    location: Vector
    """Of its centre in the body frame [m]; OpenSim's translation."""
    orientation: Vector = (0.0, 0.0, 0.0)
    """Body-fixed XYZ angles [rad]; OpenSim's xyz_body_rotation."""
    quadrant: Quadrant = "all"
    """The half, along one of its own axes, over which a path may pass; over "all" it takes the shortest way."""


@dataclass(frozen=True)
class WrapCylinder(WrapObject):
    """A cylinder about its own z axis."""

    radius: float = field(kw_only=True)
    """[m]"""
    length: float = field(kw_only=True)
    """[m]"""


@dataclass(frozen=True)
class WrapEllipsoid(WrapObject):
    """An ellipsoid."""

    radii: tuple[float, float, float] = field(kw_only=True)
    """Along its own x, y and z axes [m]; OpenSim's dimensions."""


@dataclass(frozen=True)
class WrapSphere(WrapObject):
    """A sphere."""

    radius: float = field(kw_only=True)
    """[m]"""


@dataclass(frozen=True)
class WrapTorus(WrapObject):
    """A ring about its own z axis; a path goes through its hole."""

    inner_radius: float = field(kw_only=True)
    """Of the hole [m]"""
    outer_radius: float = field(kw_only=True)
    """From the axis to the outer rim [m]"""


@dataclass(frozen=True)
class PathWrap:
    """Lets a muscle wrap over a surface. Of several, OpenSim tries one after the other, in the order of the muscle."""

    name: str
    wrap_object: str
    method: Method = "hybrid"
    """How the way over a WrapEllipsoid is searched; the other surfaces have one way only."""
    range: tuple[int, int] = (-1, -1)
    """The path points, counted from 1, between which it may touch; below 1, the ends of the path."""
