"""Wrap objects and path wraps of a spec as OpenSim's own; the caller hands over the opensim package."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from soleus.model.wrap import PathWrap, WrapCylinder, WrapEllipsoid, WrapObject, WrapSphere, WrapTorus


def build_wrap_object(opensim: ModuleType, shape: WrapObject) -> Any:
    """An opensim.WrapObject, to be added to the frame of its body."""
    built = getattr(opensim, type(shape).__name__)()
    built.setName(shape.name)
    built.set_translation(opensim.Vec3(*shape.location))
    built.set_xyz_body_rotation(opensim.Vec3(*shape.orientation))
    built.set_quadrant(shape.quadrant)
    match shape:
        case WrapCylinder():
            built.set_radius(shape.radius)
            built.set_length(shape.length)
        case WrapEllipsoid():
            built.set_dimensions(opensim.Vec3(*shape.radii))
        case WrapSphere():
            built.set_radius(shape.radius)
        case WrapTorus():
            built.set_inner_radius(shape.inner_radius)
            built.set_outer_radius(shape.outer_radius)
    return built


def build_path_wrap(opensim: ModuleType, wrap: PathWrap) -> Any:
    """An opensim.PathWrap, to be cloned into its muscle's path; it finds its wrap object by name."""
    built = opensim.PathWrap()
    built.setName(wrap.name)
    built.set_wrap_object(wrap.wrap_object)
    built.set_method(wrap.method)
    for end, point in enumerate(wrap.range):
        built.set_range(end, point)
    return built
