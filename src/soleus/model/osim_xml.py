"""OpenSim's XML with every digit: by itself OpenSim writes the numbers of functions with six."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isnan
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from soleus.model.spec import ModelError, Vector


def write_xml(opensim: ModuleType, model: Any, path: Path | str) -> None:
    """Write an opensim.Model as an .osim file that OpenSim reads as the very same model.

    Raises:
        RuntimeError: OpenSim cannot write there.
    """
    model.printToXML(str(path))
    root = parse_xml(_decoded(Path(path).read_bytes()))
    for holder, function in (*_joint_functions(opensim, root, model), *_path_functions(opensim, root, model)):
        _write_numbers(opensim, holder, _innermost(opensim, function))
    text = re.sub(r"(</?\w+Force)\.", r"\1::", ElementTree.tostring(root, encoding="unicode"))
    Path(path).write_text(f'<?xml version="1.0" encoding="UTF-8" ?>\n{text}\n', encoding="utf-8")


def _decoded(text: bytes) -> str:
    """What OpenSim wrote: bytes of the file that it has read, mostly UTF-8, and Latin-1 of older programs."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def parse_xml(text: str) -> Element:
    """The root of what OpenSim wrote; its tags of a class within a class, which XML does not allow, get a dot."""
    return ElementTree.fromstring(re.sub(r"(</?\w+Force)::", r"\1.", text))


def _joint_functions(opensim: ModuleType, root: Element, model: Any) -> Iterator[tuple[Element, Any]]:
    """The element that holds each function of a CustomJoint, and the function in OpenSim."""
    for index, element in enumerate(root.findall("./Model/JointSet/objects/*")):
        joint = opensim.CustomJoint.safeDownCast(model.getJointSet().get(index))
        for axis, holder in enumerate(element.findall("./SpatialTransform/TransformAxis")):
            yield holder, joint.getSpatialTransform().getTransformAxis(axis).getFunction()


def _path_functions(opensim: ModuleType, root: Element, model: Any) -> Iterator[tuple[Element, Any]]:
    """The same for every MovingPathPoint."""
    for index, element in enumerate(root.findall("./Model/ForceSet/objects/*")):
        actuator = opensim.PathActuator.safeDownCast(model.getForceSet().get(index))
        for place, point in enumerate(element.findall("./GeometryPath/PathPointSet/objects/*")):
            if point.tag == "MovingPathPoint" and actuator is not None:  # a ligament's path is nobody's here
                path = opensim.GeometryPath.safeDownCast(actuator.getPath())
                moving = opensim.MovingPathPoint.safeDownCast(path.getPathPointSet().get(place))
                for axis in "xyz":
                    holder = object_of(point, f"{axis}_location")
                    if holder is not None:
                        yield holder, getattr(moving, f"get_{axis}_location")()


def _innermost(opensim: ModuleType, function: Any) -> Any:
    """The function itself or, as often in knees, the one that a MultiplierFunction scales."""
    while (multiplier := opensim.MultiplierFunction.safeDownCast(function)) is not None:
        function = multiplier.getFunction()
    return function


def _write_numbers(opensim: ModuleType, holder: Element, function: Any) -> None:
    """Whole numbers in the place of those that OpenSim wrote of a function, somewhere in what holds it."""
    if (spline := opensim.SimmSpline.safeDownCast(function)) is not None:
        knots, (element,) = range(spline.getNumberOfPoints()), holder.iter("SimmSpline")
        for axis, value in (("x", spline.getX), ("y", spline.getY)):
            next(element.iter(axis)).text = " ".join(repr(value(knot)) for knot in knots)
    elif (line := opensim.LinearFunction.safeDownCast(function)) is not None:
        (element,) = holder.iter("LinearFunction")
        next(element.iter("coefficients")).text = f"{line.getSlope()!r} {line.getIntercept()!r}"


def text_of(element: Element, tag: str) -> str:
    """The text of a child, "" where there is none."""
    return (element.findtext(tag) or "").strip()


def is_true(element: Element, tag: str) -> bool:
    return text_of(element, tag) == "true"


def number_of(element: Element, tag: str) -> float:
    (number,) = numbers_of(element, tag)
    return number


def numbers_of(element: Element, tag: str) -> tuple[float, ...]:
    """The numbers in a child; infinities, as in a range without ends, may be among them.

    Raises:
        ModelError: one is not a number.
    """
    numbers = tuple(map(float, text_of(element, tag).split()))
    if any(map(isnan, numbers)):
        raise ModelError(f"{tag} of {element.get('name')} is {text_of(element, tag)}, which is no number")
    return numbers


def vector_of(element: Element, tag: str) -> Vector:
    x, y, z = numbers_of(element, tag)
    return x, y, z


def object_of(element: Element, name: str) -> Element | None:
    """The object that is a property: it is named after the property, or sits in a tag of that name."""
    return next(iter((*element.findall(f"./*[@name='{name}']"), *element.findall(f"./{name}/*"))), None)
