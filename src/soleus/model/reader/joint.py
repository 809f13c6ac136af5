"""The joints of an .osim file, with their coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from soleus.model.osim_xml import is_true, number_of, numbers_of, text_of, vector_of
from soleus.model.reader.frame import Frames, Pose
from soleus.model.reader.function import function_of
from soleus.model.reader.refusal import Refusals
from soleus.model.spec import (
    GROUND,
    Constant,
    Coordinate,
    CustomJoint,
    Joint,
    LinearFunction,
    Motion,
    PinJoint,
    PlanarJoint,
    TransformAxis,
    Vector,
    WeldJoint,
)

SUPPORTED = ("WeldJoint", "PinJoint", "PlanarJoint", "SliderJoint", "CustomJoint")

_X: Vector = (1.0, 0.0, 0.0)
_Y: Vector = (0.0, 1.0, 0.0)
_Z: Vector = (0.0, 0.0, 1.0)


def read_joints(model: Element, motions: Mapping[str, Motion], frames: Frames, refusals: Refusals) -> tuple[Joint, ...]:
    """All joints, parents first, which a file need not heed; `motions` is what OpenSim calls each coordinate's."""
    loose: list[Joint] = []
    supported = True
    for element in model.findall("./JointSet/objects/*"):
        if element.tag in SUPPORTED:
            loose.append(_JointReader(element, motions, frames, refusals).joint())
        else:
            refusals.add_class(element, SUPPORTED)
            supported = False
    joints = _parents_first(loose)
    if supported:  # else a joint may be loose only because its parent's was refused
        for element in model.findall("./JointSet/objects/*"):
            if element.get("name") not in {joint.name for joint in joints}:
                reason = "it closes a loop, or the ground is not on its parent's side"
                advice = "hang every body, as child, on one joint of a tree that begins at the ground"
                refusals.add(element, reason, advice)
    return joints


def _parents_first(loose: list[Joint]) -> tuple[Joint, ...]:
    """The joints that hang together with the ground, in an order in which each finds its parent placed."""
    placed, joints = {GROUND}, []
    while ready := [joint for joint in loose if joint.parent in placed and joint.child not in placed]:
        joints.append(ready[0])
        placed.add(ready[0].child)
        loose = [joint for joint in loose if joint is not ready[0]]
    return tuple(joints)


class _JointReader:
    """Reads one joint."""

    def __init__(self, element: Element, motions: Mapping[str, Motion], frames: Frames, refusals: Refusals) -> None:
        self._element = element
        self._motions = motions
        self._name = element.get("name", "")
        self._frames = frames
        self._refusals = refusals

    def joint(self) -> Joint:
        parent, child = self._pose("socket_parent_frame"), self._pose("socket_child_frame")
        ends = (self._name, parent.body, child.body)
        place = (parent.location, parent.orientation, child.location, child.orientation)
        coordinates = tuple(map(self._coordinate, self._element.findall("./coordinates/Coordinate")))
        match self._element.tag:
            case "WeldJoint":
                return WeldJoint(*ends, (), *place)
            case "PinJoint":
                return PinJoint(*ends, coordinates, *place)
            case "PlanarJoint":
                return PlanarJoint(*ends, coordinates, *place)
            case "SliderJoint":
                steps = _slider_steps(coordinates[0].name)
            case _:
                steps = tuple(map(self._step, self._element.findall("./SpatialTransform/TransformAxis")))
        rotations, translations = (steps[0], steps[1], steps[2]), (steps[3], steps[4], steps[5])
        return CustomJoint(*ends, coordinates, *place, rotations=rotations, translations=translations)

    def _pose(self, socket: str) -> Pose:
        return self._frames.pose(self._element, f"/jointset/{self._name}", socket)

    def _coordinate(self, element: Element) -> Coordinate:
        if is_true(element, "prescribed"):
            self._refusals.add(element, "its motion is prescribed", "set `prescribed` to false", owner=self._name)
        minimum, maximum = numbers_of(element, "range")
        return Coordinate(
            element.get("name", ""),
            self._motions[element.get("name", "")],
            default=number_of(element, "default_value"),
            minimum=minimum,
            maximum=maximum,
            locked=is_true(element, "locked"),
        )

    def _step(self, element: Element) -> TransformAxis:
        names = text_of(element, "coordinates").split()
        function = function_of(element, "function", f"{self._name}/{element.get('name')}", self._refusals)
        if len(names) > 1 or not (names or isinstance(function, Constant)):
            reason = f"its function takes {len(names)} coordinates"
            self._refusals.add(element, reason, "give it one, or none and a Constant", owner=self._name)
        return TransformAxis(vector_of(element, "axis"), function, names[0] if names else None)


def _slider_steps(coordinate: str) -> tuple[TransformAxis, ...]:
    """A SliderJoint's motion along x as the six steps of a CustomJoint."""
    still = [TransformAxis(axis, Constant(0.0)) for axis in (_X, _Y, _Z, _Y, _Z)]
    return (*still[:3], TransformAxis(_X, LinearFunction(), coordinate), *still[3:])
