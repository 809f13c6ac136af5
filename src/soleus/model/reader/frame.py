"""Where the frames of an .osim file sit in their bodies: a spec places everything in a body, OpenSim in a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import join, normpath
from xml.etree.ElementTree import Element

from soleus.model.osim_xml import text_of, vector_of
from soleus.model.reader.refusal import Refusals
from soleus.model.rotation import angles_of, from_angles
from soleus.model.spec import GROUND, ORIGIN, Vector


@dataclass(frozen=True)
class Pose:
    """A frame in the body that carries it."""

    body: str
    location: Vector = ORIGIN
    """In the body frame [m]."""
    orientation: Vector = ORIGIN
    """Body-fixed XYZ angles [rad]."""

    def place(self, point: Vector) -> Vector:
        """Where a point of this frame lies in the body [m]."""
        turned = point if self.orientation == ORIGIN else from_angles(self.orientation) @ point
        x, y, z = (float(a + b) for a, b in zip(self.location, turned, strict=True))
        return x, y, z

    def turn(self, orientation: Vector) -> Vector:
        """The angles in the body of what has these angles in this frame [rad]."""
        if self.orientation == ORIGIN:
            return orientation
        return angles_of(from_angles(self.orientation) @ from_angles(orientation))


class Frames:
    """All frames of a model by their OpenSim path, such as /bodyset/pelvis or /jointset/hip_r/pelvis_offset."""

    def __init__(self, model: Element, refusals: Refusals) -> None:
        self._refusals = refusals
        self._pose = {"/ground": Pose(GROUND)}
        for body in model.findall("./BodySet/objects/Body"):
            self._pose[f"/bodyset/{body.get('name')}"] = Pose(body.get("name", ""))
        self._offset: dict[str, Element] = {}
        for path, owner in _owners(model):
            self._offset.update(_offset_frames(path, owner))

    def pose(self, element: Element, path: str, socket: str) -> Pose:
        """The frame that a socket of an element is plugged into; the ground in place of one that is refused.

        Args:
            element: what has the socket.
            path: the OpenSim path of that element.
            socket: the property that names the frame, by a path from there or from the model.
        """
        target = normpath(join(path, text_of(element, socket)))
        if target in self._offset:
            offset = self._offset.pop(target)
            carrier = self.pose(offset, target, "socket_parent")
            location, orientation = vector_of(offset, "translation"), vector_of(offset, "orientation")
            self._pose[target] = Pose(carrier.body, carrier.place(location), carrier.turn(orientation))
        if target not in self._pose:
            reason = f"it is attached to {target}, which is no frame on a body"
            self._refusals.add(element, reason, "attach it to a body or to a PhysicalOffsetFrame on one")
        return self._pose.get(target, Pose(GROUND))


def _owners(model: Element) -> Iterator[tuple[str, Element]]:
    """The components that can own frames, and their paths."""
    yield "", model
    for group in ("Ground", "ComponentSet"):
        for element in model.findall(f"./{group}"):
            yield f"/{group.lower()}", element
    for group in ("BodySet", "JointSet"):
        for element in model.findall(f"./{group}/objects/*"):
            yield f"/{group.lower()}/{element.get('name')}", element


def _offset_frames(path: str, owner: Element) -> Iterator[tuple[str, Element]]:
    """Every PhysicalOffsetFrame of a component, frames on frames included, and its path."""
    for place in ("components", "frames", "objects"):
        for frame in owner.findall(f"./{place}/PhysicalOffsetFrame"):
            own_path = f"{path}/{frame.get('name')}"
            yield own_path, frame
            yield from _offset_frames(own_path, frame)
