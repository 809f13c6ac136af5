"""Spec -> OpenSim: builds an `opensim.Model` through OpenSim's own API, or saves it as a .osim file for the GUI.

This file and engine/reference.py are the only ones that import opensim, both by `import_opensim`.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, zip_longest
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from soleus.model.osim_wrap import build_path_wrap, build_wrap_object
from soleus.model.osim_xml import write_xml
from soleus.model.spec import (
    GROUND,
    AnyPathPoint,
    Body,
    ConditionalPathPoint,
    Constant,
    ContactHalfSpace,
    ContactSphere,
    Coordinate,
    CoordinateLimitForce,
    CustomJoint,
    Function,
    HuntCrossleyForce,
    Joint,
    LinearFunction,
    Marker,
    Model,
    ModelError,
    Motion,
    MovingPathPoint,
    PathPoint,
    PinJoint,
    SimmSpline,
    SpringGeneralizedForce,
    Thelen2003Muscle,
    Vector,
    WeldJoint,
    driving,
)


class OpenSimMissingError(RuntimeError):
    """OpenSim cannot be imported; the message says what to install."""


@cache
def import_opensim() -> ModuleType:
    """The opensim package, silent: it writes nothing to the console and no opensim.log into the working directory.

    Raises:
        OpenSimMissingError: there is no OpenSim for this Python, or it does not load.
    """
    try:
        import opensim
    except ImportError as error:
        raise OpenSimMissingError(
            f"OpenSim cannot be imported in Python {platform.python_version()} on {platform.platform()} ({error}). "
            "It comes ready-made for Python 3.11, 3.12 and 3.13: make an environment with one of these and run "
            '`pip install "opensim>=4.6,<4.7"` there.'
        ) from error
    # OpenSim opens opensim.log at its first message, but not if the file was removed before: then never, even if
    # somebody turns messages on again.
    opensim.Logger.removeFileSink()
    opensim.Logger.setLevelString("Off")
    return opensim


def to_opensim(model: Model, *, weld_locked: bool = True, obstacles: ArrayLike | None = None) -> Any:
    """Build the model in OpenSim; the caller adds its controller and calls `initSystem`.

    Elements carry the names of the spec; an obstacle's sphere and its force are both called obstacle_0, obstacle_1, ...

    Args:
        model: what to build.
        weld_locked: replace every PinJoint whose coordinate is locked by a WeldJoint at the default angle. The motion
            is the same and OpenSim advances it 16 to 20 % faster; False keeps the coordinate for the GUI.
        obstacles: for a model with `obstacle`, the balls as x, y of the centre and radius, shape
            (model.obstacle.count, 3) [m]; None leaves the balls out.

    Returns:
        An `opensim.Model`, its connections finalised and its system not yet built.
    """
    return _Builder(model, weld_locked).build(list(_obstacles(model, obstacles)))


def save_osim(model: Model, path: Path | str) -> None:
    """Write the model as a .osim file that the OpenSim GUI opens, with locked coordinates and without obstacles.

    Raises:
        ModelError: OpenSim cannot build it.
        OSError: it cannot be written.
    """
    opensim = import_opensim()
    try:
        built = to_opensim(model, weld_locked=False)
    except RuntimeError as error:
        raise ModelError(f"OpenSim cannot build {model.name}: {error}") from error
    try:
        write_xml(opensim, built, path)
    except RuntimeError as error:
        raise OSError(
            f"OpenSim could not write {path}; is there such a folder, writable and with room? ({error})"
        ) from error


def motions_in(opensim: ModuleType, model: Any) -> dict[str, Motion]:
    """What OpenSim calls the motion of each coordinate of an opensim.Model."""
    kinds, coordinates = opensim.Coordinate, model.getCoordinateSet()
    names: dict[int, Motion] = {kinds.Rotational: "rotational", kinds.Translational: "translational"}
    every = [coordinates.get(index) for index in range(coordinates.getSize())]
    return {item.getName(): names.get(item.getMotionType(), "coupled") for item in every}


class _Builder:
    """Adds the parts of a spec to an opensim.Model, in the order in which each needs the ones before."""

    def __init__(self, model: Model, weld_locked: bool) -> None:
        self.opensim = import_opensim()
        self.spec = model
        self.weld_locked = weld_locked
        self.model = self.opensim.Model()
        self.frame = {GROUND: self.model.getGround()}
        self.coordinate: dict[str, Any] = {}

    def build(self, obstacles: list[tuple[ContactSphere, HuntCrossleyForce]]) -> Any:
        spec = self.spec
        self.model.setName(spec.name)
        self.model.set_credits(spec.credits)
        self.model.setGravity(self._vector(spec.gravity))
        for body in spec.bodies:
            self._add_body(body)
        for joint in spec.joints:
            self._add_joint(_welded(joint) if self.weld_locked and not _is_named(joint, spec) else joint)
        for shape in (*spec.contact_geometry, *(sphere for sphere, _ in obstacles)):
            self._add_contact_geometry(shape)
        for surface in spec.wrap_objects:
            self.frame[surface.body].addWrapObject(build_wrap_object(self.opensim, surface))
        for muscle in spec.muscles:
            self._add_muscle(muscle)
        for contact in (*spec.contact_forces, *(force for _, force in obstacles)):
            self._add_contact_force(contact)
        for limit in spec.limit_forces:
            self._add_limit_force(limit)
        for spring in spec.spring_forces:
            self._add_spring_force(spring)
        for marker in spec.markers:
            self._add_marker(marker)
        self.model.finalizeConnections()
        return self.model

    def _add_body(self, body: Body) -> None:
        built = self.opensim.Body(
            body.name, body.mass, self._vector(body.mass_center), self.opensim.Inertia(*body.inertia)
        )
        self._adopt(self.model.addBody, built)
        self.frame[body.name] = built

    def _add_joint(self, joint: Joint) -> None:
        place = (
            joint.name,
            self.frame[joint.parent],
            self._vector(joint.parent_location),
            self._vector(joint.parent_orientation),
            self.frame[joint.child],
            self._vector(joint.child_location),
            self._vector(joint.child_orientation),
        )
        if isinstance(joint, CustomJoint):
            built = self.opensim.CustomJoint(*place, self._spatial_transform(joint))
        else:
            built = getattr(self.opensim, type(joint).__name__)(*place)
        self._adopt(self.model.addJoint, built)  # before its coordinates: a CustomJoint makes them only now
        for index, coordinate in enumerate(_as_made(joint)):
            self._set_coordinate(built.upd_coordinates(index), coordinate)

    def _set_coordinate(self, built: Any, coordinate: Coordinate) -> None:
        built.setName(coordinate.name)
        built.setDefaultValue(coordinate.default)
        built.setRangeMin(coordinate.minimum)
        built.setRangeMax(coordinate.maximum)
        built.setDefaultLocked(coordinate.locked)
        self.coordinate[coordinate.name] = built

    def _spatial_transform(self, joint: CustomJoint) -> Any:
        transform = self.opensim.SpatialTransform()
        coupled = {item.name for item in joint.coordinates if item.motion == "coupled"}
        for index, axis in enumerate((*joint.rotations, *joint.translations)):
            built, function = transform.updTransformAxis(index), self._function(axis.function)
            if axis.coordinate in coupled and isinstance(axis.function, LinearFunction):
                # By a plain line OpenSim takes the coordinate for the angle, or the place, itself.
                function.thisown = False  # it is the multiplier's from now on
                function = self.opensim.MultiplierFunction(function, 1.0)
            built.setAxis(self._vector(axis.axis))
            built.set_function(function)
            if axis.coordinate is not None:
                built.setCoordinateNames(self.opensim.ArrayStr(axis.coordinate, 1))
        return transform

    def _function(self, function: Function) -> Any:
        match function:
            case Constant(value):
                return self.opensim.Constant(value)
            case LinearFunction(slope, intercept):
                return self.opensim.LinearFunction(slope, intercept)
            case SimmSpline(x, y):
                spline = self.opensim.SimmSpline()
                for knot in zip(x, y, strict=True):
                    spline.addPoint(*knot)
                return spline

    def _add_contact_geometry(self, shape: ContactHalfSpace | ContactSphere) -> None:
        location, frame = self._vector(shape.location), self.frame[shape.body]
        if isinstance(shape, ContactSphere):
            built = self.opensim.ContactSphere(shape.radius, location, frame, shape.name)
        else:
            built = self.opensim.ContactHalfSpace(location, self._vector(shape.orientation), frame, shape.name)
        self.model.addContactGeometry(built)

    def _add_muscle(self, muscle: Thelen2003Muscle) -> None:
        built = self.opensim.Thelen2003Muscle(
            muscle.name,
            muscle.max_isometric_force,
            muscle.optimal_fiber_length,
            muscle.tendon_slack_length,
            muscle.pennation_angle,
        )
        for field_name, opensim_name in MUSCLE_PROPERTIES.items():
            getattr(built, f"set_{opensim_name}")(getattr(muscle, field_name))
        path = self.opensim.GeometryPath.safeDownCast(built.updPath())
        for point in muscle.path:
            path.updPathPointSet().adoptAndAppend(self._path_point(point))
        for wrap in muscle.wraps:
            path.updWrapSet().cloneAndAppend(build_path_wrap(self.opensim, wrap))
        self._adopt(self.model.addForce, built)

    @staticmethod
    def _adopt(add: Callable[[Any], None], part: Any) -> None:
        """Hand a part over to the model before it is known whether the model takes it. The bindings do so after, and
        one that OpenSim refuses would be deleted twice, and the process with it.
        """
        part.thisown = False
        add(part)

    def _path_point(self, point: AnyPathPoint) -> Any:
        built = getattr(self.opensim, type(point).__name__)()
        built.setName(point.name)
        built.setParentFrame(self.frame[point.body])
        match point:
            case PathPoint():
                built.setLocation(self._vector(point.location))
            case ConditionalPathPoint():
                built.setLocation(self._vector(point.location))
                built.setCoordinate(self.coordinate[point.coordinate])
                built.setRangeMin(point.minimum)
                built.setRangeMax(point.maximum)
            case MovingPathPoint():
                for axis in "xyz":
                    getattr(built, f"set_{axis}_location")(self._function(getattr(point, axis)))
                    getattr(built, f"set{axis.upper()}Coordinate")(self.coordinate[point.coordinate])
        return built

    def _add_contact_force(self, force: HuntCrossleyForce) -> None:
        built = self.opensim.HuntCrossleyForce()
        built.setName(force.name)
        for name in force.geometry:
            built.addGeometry(name)
        built.setStiffness(force.stiffness)
        built.setDissipation(force.dissipation)
        built.setStaticFriction(force.static_friction)
        built.setDynamicFriction(force.dynamic_friction)
        built.setViscousFriction(force.viscous_friction)
        built.setTransitionVelocity(force.transition_velocity)
        self._adopt(self.model.addForce, built)

    def _add_limit_force(self, force: CoordinateLimitForce) -> None:
        built = self.opensim.CoordinateLimitForce(
            force.coordinate,
            force.upper_limit,
            force.upper_stiffness,
            force.lower_limit,
            force.lower_stiffness,
            force.damping,
            force.transition,
        )
        built.setName(force.name)
        self._adopt(self.model.addForce, built)

    def _add_spring_force(self, force: SpringGeneralizedForce) -> None:
        built = self.opensim.SpringGeneralizedForce(force.coordinate)
        built.setName(force.name)
        built.setStiffness(force.stiffness)
        built.setRestLength(force.rest_length)
        built.setViscosity(force.viscosity)
        self._adopt(self.model.addForce, built)

    def _add_marker(self, marker: Marker) -> None:
        self.model.addMarker(self.opensim.Marker(marker.name, self.frame[marker.body], self._vector(marker.location)))

    def _vector(self, vector: Vector) -> Any:
        return self.opensim.Vec3(*vector)


MUSCLE_PROPERTIES = {
    "maximum_pennation_angle": "maximum_pennation_angle",
    "max_contraction_velocity": "max_contraction_velocity",
    "activation_time_constant": "activation_time_constant",
    "deactivation_time_constant": "deactivation_time_constant",
    "max_tendon_strain": "FmaxTendonStrain",
    "max_muscle_strain": "FmaxMuscleStrain",
    "active_shape": "KshapeActive",
    "passive_shape": "KshapePassive",
    "force_velocity_shape": "Af",
    "max_lengthening_force": "Flen",
    "extrapolation_threshold": "fv_linear_extrap_threshold",
    "minimum_activation": "minimum_activation",
    "default_activation": "default_activation",
    "default_fiber_length": "default_fiber_length",
    "minimum_control": "min_control",
    "maximum_control": "max_control",
}
"""Field of our Thelen2003Muscle -> property of OpenSim's, beside those that its constructor takes."""


def _as_made(joint: Joint) -> list[Coordinate]:
    """The coordinates in the order in which OpenSim makes those of a CustomJoint: as its axes name them."""
    own = {coordinate.name: coordinate for coordinate in joint.coordinates}
    return [own[name] for name in dict.fromkeys(driving(joint) or own)]


def _is_named(joint: Joint, model: Model) -> bool:
    """Whether a path point or a force names a coordinate of the joint, which so has to be there."""
    points = [point for muscle in model.muscles for point in muscle.path if not isinstance(point, PathPoint)]
    named = {item.coordinate for item in (*points, *model.limit_forces, *model.spring_forces)}
    return any(coordinate.name in named for coordinate in joint.coordinates)


def _welded(joint: Joint) -> Joint:
    """A locked PinJoint as the WeldJoint it amounts to: its angle adds to the last of the parent's XYZ angles."""
    if not isinstance(joint, PinJoint) or not joint.coordinates[0].locked:
        return joint
    x, y, z = joint.parent_orientation
    return WeldJoint(
        joint.name,
        joint.parent,
        joint.child,
        parent_location=joint.parent_location,
        parent_orientation=(x, y, z + joint.coordinates[0].default),
        child_location=joint.child_location,
        child_orientation=joint.child_orientation,
    )


def _obstacles(model: Model, rows: ArrayLike | None) -> Iterator[tuple[ContactSphere, HuntCrossleyForce]]:
    """The balls on the ground and the force between each and the feet."""
    if rows is None:
        return
    obstacle = model.obstacle
    balls = np.asarray(rows, dtype=np.float64)
    n_ball = 0 if obstacle is None else obstacle.count
    if balls.shape != (n_ball, 3):
        raise ModelError(
            f"obstacles have shape {balls.shape}; {model.name} takes {n_ball} of x, y and radius: {(n_ball, 3)}"
        )
    if obstacle is None:
        return
    for index, (x, y, own_radius) in enumerate(balls.tolist()):
        name = f"obstacle_{index}"
        radius = own_radius if obstacle.contact_radius is None else obstacle.contact_radius
        yield (
            ContactSphere(name, GROUND, (x, y, 0.0), radius),
            HuntCrossleyForce(
                name,
                (name, *_foot_spheres(model)),
                stiffness=obstacle.stiffness_times_radius / radius,
                dissipation=obstacle.dissipation,
            ),
        )


def _foot_spheres(model: Model) -> list[str]:
    """The first sphere of each foot, then the second of each, as osim-rl ordered them: heels before toes."""
    spheres = {shape.name for shape in model.contact_geometry if isinstance(shape, ContactSphere)}
    feet = [[name for name in force.geometry if name in spheres] for force in model.contact_forces]
    return [name for name in chain.from_iterable(zip_longest(*feet)) if name is not None]
