"""The forces of an .osim file, muscles among them, and the geometry that touches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from soleus.model.osim import MUSCLE_PROPERTIES
from soleus.model.osim_xml import is_true, number_of, numbers_of, text_of, vector_of
from soleus.model.reader.frame import Frames
from soleus.model.reader.function import function_of
from soleus.model.reader.refusal import Refusals
from soleus.model.reader.wrap import read_path_wraps
from soleus.model.spec import (
    GROUND,
    ORIGIN,
    AnyPathPoint,
    ConditionalPathPoint,
    ContactHalfSpace,
    ContactSphere,
    CoordinateLimitForce,
    HuntCrossleyForce,
    MovingPathPoint,
    PathPoint,
    SpringGeneralizedForce,
    Thelen2003Muscle,
)

AnyForce = Thelen2003Muscle | HuntCrossleyForce | CoordinateLimitForce | SpringGeneralizedForce


@dataclass(frozen=True)
class ForceReader:
    """Reads the forces of a model and the geometry that touches."""

    model: Element
    frames: Frames
    refusals: Refusals

    def forces(self) -> tuple[AnyForce, ...]:
        """All forces but those that are switched off; a muscle is never left out."""
        readers: dict[str, Callable[[Element], AnyForce | None]] = {
            "Thelen2003Muscle": self._muscle,
            "HuntCrossleyForce": self._contact_force,
            "CoordinateLimitForce": _limit_force,
            "SpringGeneralizedForce": _spring_force,
        }
        forces = []
        for element in self.model.findall("./ForceSet/objects/*"):
            if not is_true(element, "appliesForce") and not element.tag.endswith("Muscle"):
                continue
            if element.tag in readers:
                forces.append(readers[element.tag](element))
            else:
                self.refusals.add_class(element, readers)
        return tuple(force for force in forces if force is not None)

    def contact_geometry(self) -> tuple[ContactHalfSpace | ContactSphere, ...]:
        readers = {"ContactSphere": self._sphere, "ContactHalfSpace": self._half_space}
        shapes = []
        for element in self.model.findall("./ContactGeometrySet/objects/*"):
            if element.tag in readers:
                shapes.append(readers[element.tag](element))
            else:
                self.refusals.add_class(element, readers)
        return tuple(shapes)

    # -------------------------------------------------------------------------------------------------------- muscles

    def _muscle(self, element: Element) -> Thelen2003Muscle:
        name = element.get("name", "")
        for flag, reason in _MUSCLE_FLAGS.items():
            if is_true(element, flag):
                self.refusals.add(element, reason, f"set `{flag}` to false")
        if not is_true(element, "appliesForce"):
            self.refusals.add(element, "it is switched off", "set `appliesForce` to true, or remove it")
        if element.find("./GeometryPath") is None:
            kind = next((child.tag for child in element if child.tag.endswith("Path")), "nothing that is known")
            self.refusals.add(element, f"its path is a {kind}", "give it a GeometryPath")
        points = element.findall("./GeometryPath/PathPointSet/objects/*")
        return Thelen2003Muscle(
            name,
            tuple(point for item in points if (point := self._path_point(item, name)) is not None),
            max_isometric_force=number_of(element, "max_isometric_force"),
            optimal_fiber_length=number_of(element, "optimal_fiber_length"),
            tendon_slack_length=number_of(element, "tendon_slack_length"),
            pennation_angle=number_of(element, "pennation_angle_at_optimal"),
            wraps=read_path_wraps(self.model, element),
            **{field_name: number_of(element, tag) for field_name, tag in MUSCLE_PROPERTIES.items()},
        )

    def _path_point(self, element: Element, muscle: str) -> AnyPathPoint | None:
        if element.tag == "MovingPathPoint":
            return self._moving_path_point(element, muscle)
        pose = self.frames.pose(element, f"/forceset/{muscle}/path", "socket_parent_frame")
        point = PathPoint(element.get("name", ""), pose.body, pose.place(vector_of(element, "location")))
        match element.tag:
            case "PathPoint":
                return point
            case "ConditionalPathPoint":
                minimum, maximum = numbers_of(element, "range")
                coordinate = _last_name(text_of(element, "socket_coordinate"))
                return ConditionalPathPoint(point.name, point.body, point.location, coordinate, minimum, maximum)
        self.refusals.add(element, "no such path point is known to Soleus", "make it a PathPoint", owner=muscle)
        return None

    def _moving_path_point(self, element: Element, muscle: str) -> MovingPathPoint:
        name = element.get("name", "")
        pose = self.frames.pose(element, f"/forceset/{muscle}/path", "socket_parent_frame")
        function = {axis: function_of(element, f"{axis}_location", f"{muscle}/{name}", self.refusals) for axis in "xyz"}
        sockets = {_last_name(text_of(element, f"socket_{axis}_coordinate")) for axis in "xyz"}
        if len(sockets) > 1:
            reason = f"it follows {len(sockets)} coordinates: {', '.join(sorted(sockets))}"
            self.refusals.add(element, reason, "let it follow one", owner=muscle)
        if (pose.location, pose.orientation) != (ORIGIN, ORIGIN):
            self.refusals.add(element, "it moves in a frame that is no body's", "let it move in a body", owner=muscle)
        return MovingPathPoint(name, pose.body, sockets.pop(), **function)

    # -------------------------------------------------------------------------------------------------------- contact

    def _sphere(self, element: Element) -> ContactSphere:
        name = element.get("name", "")
        pose = self.frames.pose(element, f"/contactgeometryset/{name}", "socket_frame")
        return ContactSphere(name, pose.body, pose.place(vector_of(element, "location")), number_of(element, "radius"))

    def _half_space(self, element: Element) -> ContactHalfSpace:
        name = element.get("name", "")
        pose = self.frames.pose(element, f"/contactgeometryset/{name}", "socket_frame")
        if pose.body != GROUND:
            self.refusals.add(element, f"it is fixed to the body {pose.body}", "fix it to the ground itself")
        location, orientation = vector_of(element, "location"), vector_of(element, "orientation")
        return ContactHalfSpace(name, pose.body, pose.place(location), pose.turn(orientation))

    def _contact_force(self, element: Element) -> HuntCrossleyForce | None:
        materials = element.findall("./HuntCrossleyForce.ContactParametersSet/objects/*")
        if len(materials) != 1:
            reason = f"it has {len(materials)} sets of contact parameters"
            self.refusals.add(element, reason, "make it one force for each set")
            return None
        return HuntCrossleyForce(
            element.get("name", ""),
            tuple(map(_last_name, text_of(materials[0], "geometry").split())),
            **_numbers(materials[0], "stiffness", "dissipation"),
            **_numbers(materials[0], "static_friction", "dynamic_friction", "viscous_friction"),
            **_numbers(element, "transition_velocity"),
        )


_MUSCLE_FLAGS = {
    "ignore_tendon_compliance": "its tendon is rigid",
    "ignore_activation_dynamics": "it has no activation dynamics",
}


def _limit_force(element: Element) -> CoordinateLimitForce:
    return CoordinateLimitForce(
        element.get("name", ""),
        text_of(element, "coordinate"),
        **_numbers(element, "upper_stiffness", "upper_limit", "lower_stiffness", "lower_limit"),
        **_numbers(element, "damping", "transition"),
    )


def _spring_force(element: Element) -> SpringGeneralizedForce:
    return SpringGeneralizedForce(
        element.get("name", ""),
        text_of(element, "coordinate"),
        **_numbers(element, "stiffness", "rest_length", "viscosity"),
    )


def _numbers(element: Element, *tags: str) -> dict[str, float]:
    """Numbers whose OpenSim properties have the names of our fields."""
    return {tag: number_of(element, tag) for tag in tags}


def _last_name(path: str) -> str:
    """The name of the component at an OpenSim path."""
    return path.rsplit("/", 1)[-1]
