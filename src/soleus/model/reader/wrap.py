"""The surfaces of an .osim file over which muscles wrap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

from soleus.model.osim_xml import is_true, number_of, text_of, vector_of
from soleus.model.reader.refusal import Refusals
from soleus.model.spec import GROUND
from soleus.model.wrap import PathWrap, WrapCylinder, WrapEllipsoid, WrapObject, WrapSphere, WrapTorus


def read_wrap_objects(model: Element, refusals: Refusals) -> tuple[WrapObject, ...]:
    """All wrap objects but those that are switched off: the ground's first, then body by body."""
    for frame in model.iter("PhysicalOffsetFrame"):
        for element in filter(_is_active, _wrap_objects(frame)):
            refusals.add(element, f"it sits on the frame {frame.get('name')}", "put it on the body of that frame")
    return tuple(_READERS[element.tag](body, element) for body, element in _on_bodies(model) if _is_active(element))


def read_path_wraps(model: Element, muscle: Element) -> tuple[PathWrap, ...]:
    """What a muscle wraps over, but for surfaces that are switched off."""
    off = {element.get("name") for _, element in _on_bodies(model) if not _is_active(element)}
    wraps = map(_path_wrap, muscle.findall("./GeometryPath/PathWrapSet/objects/*"))
    return tuple(wrap for wrap in wraps if wrap.wrap_object not in off)


def _path_wrap(element: Element) -> PathWrap:
    first, last = map(int, text_of(element, "range").split())
    method: Any = text_of(element, "method").lower()  # OpenSim has refused all but those that we know
    return PathWrap(element.get("name", ""), text_of(element, "wrap_object"), method, (first, last))


def _on_bodies(model: Element) -> Iterator[tuple[str, Element]]:
    """Every wrap object of the ground and of the bodies, with the body."""
    for ground in model.findall("./Ground"):
        yield from ((GROUND, element) for element in _wrap_objects(ground))
    for body in model.findall("./BodySet/objects/*"):
        yield from ((body.get("name", ""), element) for element in _wrap_objects(body))


def _is_active(element: Element) -> bool:
    return is_true(element, "active")


def _wrap_objects(frame: Element) -> list[Element]:
    return frame.findall("./WrapObjectSet/objects/*")


def _place(body: str, element: Element) -> dict[str, Any]:
    """What all wrap objects have."""
    return {
        "name": element.get("name", ""),
        "body": body,
        "location": vector_of(element, "translation"),
        "orientation": vector_of(element, "xyz_body_rotation"),
        "quadrant": text_of(element, "quadrant").lower().removeprefix("+"),
    }


def _cylinder(body: str, element: Element) -> WrapCylinder:
    radius, length = number_of(element, "radius"), number_of(element, "length")
    return WrapCylinder(**_place(body, element), radius=radius, length=length)


def _ellipsoid(body: str, element: Element) -> WrapEllipsoid:
    return WrapEllipsoid(**_place(body, element), radii=vector_of(element, "dimensions"))


def _sphere(body: str, element: Element) -> WrapSphere:
    return WrapSphere(**_place(body, element), radius=number_of(element, "radius"))


def _torus(body: str, element: Element) -> WrapTorus:
    inner, outer = number_of(element, "inner_radius"), number_of(element, "outer_radius")
    return WrapTorus(**_place(body, element), inner_radius=inner, outer_radius=outer)


_READERS: dict[str, Callable[[str, Element], WrapObject]] = {
    "WrapCylinder": _cylinder,
    "WrapEllipsoid": _ellipsoid,
    "WrapSphere": _sphere,
    "WrapTorus": _torus,
}
"""By class; OpenSim 4.6 has no other."""
