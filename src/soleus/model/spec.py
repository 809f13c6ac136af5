"""The model hub: what is simulated, as frozen tables with units.

No motion and no physics here. Every dataclass is named after the OpenSim class that it describes, so an `.osim` reader
finds the words it knows. Lengths are in m, masses in kg, forces in N, angles in rad. Ground axes: +x forward, +y up,
+z to the right. A body's frame is its OpenSim body frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import inf
from typing import Literal, Protocol

from soleus.model.wrap import PathWrap, WrapObject

Motion = Literal["rotational", "translational", "coupled"]
"""Of a coordinate, as OpenSim calls it"""
Vector = tuple[float, float, float]
Inertia = tuple[float, float, float, float, float, float]

GROUND = "ground"
ORIGIN: Vector = (0.0, 0.0, 0.0)


class ModelError(ValueError):
    """A model that contradicts itself, or holds something that no engine of ours can simulate."""


# -------------------------------------------------------------------------------------------- functions of a coordinate


@dataclass(frozen=True)
class Constant:
    """f(x) = value."""

    value: float


@dataclass(frozen=True)
class LinearFunction:
    """f(x) = slope x + intercept."""

    slope: float = 1.0
    intercept: float = 0.0


LEAST_SPAN = 1e-7
"""OpenSim takes knots of a SimmSpline that are closer for so far apart"""


@dataclass(frozen=True)
class SimmSpline:
    """Cubic spline through (x, y), linear outside the knots; its end rule is OpenSim's, not the natural one."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        rising = all(after - before >= LEAST_SPAN for before, after in pairwise(self.x))
        if len(self.x) < 2 or len(self.x) != len(self.y) or not rising:
            raise ModelError(
                f"a SimmSpline needs at least 2 rising x and as many y, the x {LEAST_SPAN:g} apart or more; given "
                f"x {self.x}, y {self.y}"
            )


Function = Constant | LinearFunction | SimmSpline


# ---------------------------------------------------------------------------------------------------- bodies and joints


@dataclass(frozen=True)
class Body:
    """A rigid segment."""

    name: str
    mass: float
    """[kg]"""
    mass_center: Vector = ORIGIN
    """In the body frame [m]."""
    inertia: Inertia = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    """xx, yy, zz, xy, xz, yz about the mass centre, in body axes [kg m^2]."""


@dataclass(frozen=True)
class Coordinate:
    """A generalised coordinate of a joint."""

    name: str
    motion: Motion
    """"coupled" drives a rotation by a curve, or by another slope than 1 or -1: OpenSim's forces on it know no
    degrees."""
    default: float = 0.0
    """[rad or m]"""
    minimum: float = -1.57079633
    """[rad or m]; a joint is not stopped there, see CoordinateLimitForce."""
    maximum: float = 1.57079633
    """[rad or m]"""
    locked: bool = False
    """A locked coordinate stays at its default: it is no degree of freedom and has no place in a State."""


@dataclass(frozen=True)
class TransformAxis:
    """One of the six steps of a CustomJoint: turn about, or move along, `axis` by `function(coordinate)`."""

    axis: Vector
    """Only its direction counts, not its length."""
    function: Function
    coordinate: str | None = None
    """The coordinate that drives the step; None with a Constant."""


@dataclass(frozen=True)
class Joint:
    """Base of the four joints: where it sits in its parent and in its child.

    Orientations are body-fixed XYZ angles [rad], locations in m, both in the frame of the body they name.
    """

    name: str
    parent: str
    child: str
    coordinates: tuple[Coordinate, ...] = ()
    parent_location: Vector = ORIGIN
    parent_orientation: Vector = ORIGIN
    child_location: Vector = ORIGIN
    child_orientation: Vector = ORIGIN


@dataclass(frozen=True)
class WeldJoint(Joint):
    """Child fixed to parent."""


@dataclass(frozen=True)
class PinJoint(Joint):
    """One rotation about the joint's z axis."""


@dataclass(frozen=True)
class PlanarJoint(Joint):
    """Rotation about z, then x and y in the parent's joint frame; coordinates in that order."""


@dataclass(frozen=True)
class CustomJoint(Joint):
    """Three translations in the parent's joint frame, then three body-fixed rotations, each a function."""

    rotations: tuple[TransformAxis, TransformAxis, TransformAxis] = field(kw_only=True)
    translations: tuple[TransformAxis, TransformAxis, TransformAxis] = field(kw_only=True)


# -------------------------------------------------------------------------------------------------------------- muscles


@dataclass(frozen=True)
class PathPoint:
    """A point of a muscle path fixed in a body."""

    name: str
    body: str
    location: Vector
    """In the body frame [m]."""


@dataclass(frozen=True)
class ConditionalPathPoint:
    """A path point that counts only while a coordinate lies in a range."""

    name: str
    body: str
    location: Vector
    coordinate: str
    minimum: float
    maximum: float

    @property
    def counts(self) -> tuple[float, float]:
        """Where the coordinate lies while the point counts; ConditionalPathPoint::isActive widens the range a bit."""
        return self.minimum - 1e-5, self.maximum + 1e-5


@dataclass(frozen=True)
class MovingPathPoint:
    """A path point whose place in its body is a function of a coordinate."""

    name: str
    body: str
    coordinate: str
    x: Function
    y: Function
    z: Function


AnyPathPoint = PathPoint | ConditionalPathPoint | MovingPathPoint


@dataclass(frozen=True)
class Thelen2003Muscle:
    """Elastic-tendon muscle of Thelen (2003), J. Biomech. Eng. 125, as OpenSim's Thelen2003Muscle.

    The defaults are those of the OpenSim class except where the gait models of the challenges agree on another value.
    """

    name: str
    path: tuple[AnyPathPoint, ...]
    max_isometric_force: float
    """[N]"""
    optimal_fiber_length: float
    """[m]"""
    tendon_slack_length: float
    """[m]"""
    pennation_angle: float = 0.0
    """At optimal fibre length [rad]."""
    maximum_pennation_angle: float = 1.4706289056333368
    """Sets the shortest fibre, optimal length times sin(pennation_angle) / sin(this) [rad]; arccos(0.1)."""
    max_contraction_velocity: float = 15.0
    """[optimal fibre lengths / s]"""
    activation_time_constant: float = 0.01
    """[s]"""
    deactivation_time_constant: float = 0.04
    """[s]"""
    max_tendon_strain: float = 0.049
    """At maximum isometric force (FmaxTendonStrain)."""
    max_muscle_strain: float = 0.6
    """Passive, at maximum isometric force (FmaxMuscleStrain)."""
    active_shape: float = 0.45
    """KshapeActive"""
    passive_shape: float = 5.0
    """KshapePassive"""
    force_velocity_shape: float = 0.25
    """Af"""
    max_lengthening_force: float = 1.4
    """Flen, in units of the isometric force"""
    extrapolation_threshold: float = 0.95
    """fv_linear_extrap_threshold"""
    minimum_activation: float = 0.01
    default_activation: float = 0.05
    default_fiber_length: float = 0.1
    """[m]; OpenSim starts every muscle here until it is equilibrated."""
    minimum_control: float = 0.01
    maximum_control: float = 1.0
    wraps: tuple[PathWrap, ...] = ()
    """Surfaces that bend the path where it would cut through them."""


# --------------------------------------------------------------------------------------------------------------- forces


@dataclass(frozen=True)
class ContactHalfSpace:
    """Everything on the +x side of the frame at `location`, turned by `orientation`."""

    name: str
    body: str
    location: Vector = ORIGIN
    orientation: Vector = (0.0, 0.0, -1.57079632679489661923)
    """Body-fixed XYZ [rad]; the default makes the half space below y = 0 solid."""


@dataclass(frozen=True)
class ContactSphere:
    """A sphere fixed to a body."""

    name: str
    body: str
    location: Vector
    radius: float
    """[m]"""


@dataclass(frozen=True)
class HuntCrossleyForce:
    """Contact between every two of the named geometries, Hunt and Crossley (1975) with Simbody's friction."""

    name: str
    geometry: tuple[str, ...]
    stiffness: float
    """[N / m^2 of contact, OpenSim's unit]"""
    dissipation: float
    """[s/m]"""
    static_friction: float = 0.0
    dynamic_friction: float = 0.0
    viscous_friction: float = 0.0
    transition_velocity: float = 0.1
    """[m/s]"""


@dataclass(frozen=True)
class CoordinateLimitForce:
    """A ligament: spring and damper that fade in over `transition` beyond a coordinate's limits.

    For rotations the numbers are in degrees, as OpenSim has them.
    """

    name: str
    coordinate: str
    upper_stiffness: float
    """[N m/deg or N/m]"""
    upper_limit: float
    """[deg or m]"""
    lower_stiffness: float
    lower_limit: float
    damping: float
    """[N m s/deg or N s/m]"""
    transition: float
    """[deg or m]"""


@dataclass(frozen=True)
class SpringGeneralizedForce:
    """A spring and damper on one coordinate: -stiffness (q - rest_length) - viscosity u."""

    name: str
    coordinate: str
    stiffness: float
    """[N m/rad or N/m]"""
    rest_length: float = 0.0
    """[rad or m]"""
    viscosity: float = 0.0
    """[N m s/rad or N s/m]"""


@dataclass(frozen=True)
class ObstacleContact:
    """Balls fixed to the ground that every foot sphere can hit; where they lie is a parameter of each world.

    Learning to Run 2017: a frictionless HuntCrossleyForce between one ball and the foot spheres, stiffness k/radius.
    """

    count: int
    stiffness_times_radius: float = 1e6
    """Stiffness of a ball's HuntCrossleyForce times its radius [N/m]."""
    dissipation: float = 1e-5
    """[s/m]"""
    contact_radius: float | None = None
    """Radius that touches, whatever the radius a world is given [m]; None takes each world's own. osim-rl only ever
    changed a property of a built contact system, so its balls kept 0.1 m."""


# ---------------------------------------------------------------------------------------------------------------- model


@dataclass(frozen=True)
class Marker:
    """A point of a body that has a name, for a task to look at; it moves nothing."""

    name: str
    body: str
    location: Vector
    """In the body frame [m]."""


@dataclass(frozen=True)
class Model:
    """A body with everything that acts on it.

    Joints are listed parent first. The order of the names here is the order of every array.
    """

    name: str
    bodies: tuple[Body, ...]
    joints: tuple[Joint, ...]
    muscles: tuple[Thelen2003Muscle, ...]
    contact_geometry: tuple[ContactHalfSpace | ContactSphere, ...] = ()
    contact_forces: tuple[HuntCrossleyForce, ...] = ()
    limit_forces: tuple[CoordinateLimitForce, ...] = ()
    spring_forces: tuple[SpringGeneralizedForce, ...] = ()
    obstacle: ObstacleContact | None = None
    wrap_objects: tuple[WrapObject, ...] = ()
    """Listed body by body, as a file has them; the ground is the first."""
    markers: tuple[Marker, ...] = ()
    gravity: Vector = (0.0, -9.80665, 0.0)
    """[m/s^2]"""
    credits: str = ""
    """Who made the model, from which publications, under which license; goes into a saved .osim file."""

    def __post_init__(self) -> None:
        bodies = {GROUND, *_unique("body", self.bodies)}
        coordinates = set(_unique("coordinate", self.coordinates))
        geometry = set(_unique("contact geometry", self.contact_geometry))
        wrap_objects = set(_unique("wrap object", self.wrap_objects))
        _unique("joint", self.joints)
        _unique("marker", self.markers)
        _unique("force", (*self.muscles, *self.contact_forces, *self.limit_forces, *self.spring_forces))
        _check_tree(self.joints, bodies)
        for joint in self.joints:
            own = {coordinate.name for coordinate in joint.coordinates}
            _known(joint.name, "coordinate of this joint", driving(joint), own)
            _check_moves(joint)
        for item in (*self.contact_geometry, *self.wrap_objects, *self.markers):
            _known(item.name, "body", (item.body,), bodies)
        for muscle in self.muscles:
            _known(muscle.name, "body", (point.body for point in muscle.path), bodies)
            driven = (point.coordinate for point in muscle.path if not isinstance(point, PathPoint))
            _known(muscle.name, "coordinate", driven, coordinates)
            _known(muscle.name, "wrap object", (wrap.wrap_object for wrap in muscle.wraps), wrap_objects)
            _check_path(muscle)
            _check_muscle(muscle)
        for joint_force in (*self.limit_forces, *self.spring_forces):
            _known(joint_force.name, "coordinate", (joint_force.coordinate,), coordinates)
        for limit in self.limit_forces:
            _check_positive(limit, "transition")
            if not (limit.upper_stiffness and limit.lower_stiffness):
                raise ModelError(
                    f"{limit.name} has no stiffness on one side, of which OpenSim makes forces that are no numbers; "
                    "give it little, such as 1e-9"
                )
        for body in self.bodies:
            _check_not_negative(body, "mass")
        for shape in self.contact_geometry:
            if isinstance(shape, ContactSphere):
                _check_not_negative(shape, "radius")
        for force in self.contact_forces:
            _check_positive(force, "stiffness")
            _check_not_negative(force, "transition_velocity")
            _known(force.name, "contact geometry", force.geometry, geometry)
            if not force.geometry:
                raise ModelError(f"{force.name} names no contact geometry; name what touches, or remove it")

    @cached_property
    def coordinates(self) -> tuple[Coordinate, ...]:
        """All coordinates, joint by joint."""
        return tuple(coordinate for joint in self.joints for coordinate in joint.coordinates)

    @cached_property
    def free_coordinates(self) -> tuple[Coordinate, ...]:
        """The degrees of freedom: the columns of State.q and State.u."""
        return tuple(coordinate for coordinate in self.coordinates if not coordinate.locked)

    @cached_property
    def coordinate_names(self) -> tuple[str, ...]:
        """Names of the free coordinates, the columns of State.q."""
        return tuple(coordinate.name for coordinate in self.free_coordinates)

    @cached_property
    def body_names(self) -> tuple[str, ...]:
        return tuple(body.name for body in self.bodies)

    @cached_property
    def muscle_names(self) -> tuple[str, ...]:
        """The columns of excitation, activation and fibre length."""
        return tuple(muscle.name for muscle in self.muscles)

    @property
    def mass(self) -> float:
        """Mass of all bodies [kg]."""
        return sum(body.mass for body in self.bodies)


def _unique(kind: str, items: Sequence) -> list[str]:
    names = [item.name for item in items]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ModelError(f"{kind} names must differ; repeated: {', '.join(repeated)}")
    return names


def _known(owner: str, kind: str, names: Iterable[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise ModelError(
                f"{owner} names the {kind} {name!r}, which is not there; there is {', '.join(sorted(known))}"
            )


def driving(joint: Joint) -> list[str]:
    """The coordinates that the axes of a CustomJoint name, in their order; empty for other joints."""
    if not isinstance(joint, CustomJoint):
        return []
    return [axis.coordinate for axis in (*joint.rotations, *joint.translations) if axis.coordinate]


def _check_moves(joint: Joint) -> None:
    """A coordinate that moves nothing has no acceleration, and OpenSim dies of a joint that has none."""
    if not isinstance(joint, CustomJoint):
        return
    if not joint.coordinates:
        raise ModelError(f"{joint.name} has no coordinate; make it a WeldJoint")
    moving = {axis.coordinate for axis in (*joint.rotations, *joint.translations) if _moves(axis.function)}
    for coordinate in joint.coordinates:
        if coordinate.name not in moving:
            raise ModelError(f"{joint.name} is not moved by its coordinate {coordinate.name}; remove it")


def _moves(function: Function) -> bool:
    return not (isinstance(function, Constant) or (isinstance(function, LinearFunction) and function.slope == 0.0))


POSITIVE = (
    "optimal_fiber_length",
    "tendon_slack_length",
    "max_contraction_velocity",
    "max_tendon_strain",
    "max_muscle_strain",
    "activation_time_constant",
    "deactivation_time_constant",
    "minimum_activation",
    "active_shape",
    "passive_shape",
    "force_velocity_shape",
)
"""Numbers of a muscle that the equations divide by"""
LARGEST_EXPONENT = 700.0
"""e to its power is still a number of 64 bits"""
STEEPEST_PENNATION = 1.57
"""Its cosine, by which forces are divided, still has digits [rad]"""


class _Named(Protocol):
    """What errors call by its name."""

    @property
    def name(self) -> str: ...


def _check_positive(item: _Named, *names: str) -> None:
    for name in names:
        if not 0.0 < getattr(item, name) < inf:
            raise ModelError(f"{item.name} has {name} {getattr(item, name):g}; it must be positive and finite")


def _check_not_negative(item: _Named, *names: str) -> None:
    for name in names:
        if not 0.0 <= getattr(item, name) < inf:
            raise ModelError(f"{item.name} has {name} {getattr(item, name):g}; it must be 0 or more, and finite")


def _check_muscle(muscle: Thelen2003Muscle) -> None:
    """Numbers that the equations divide by, or that OpenSim dies of."""
    _check_positive(muscle, *POSITIVE)
    if muscle.passive_shape > LARGEST_EXPONENT:
        raise ModelError(
            f"{muscle.name} has passive_shape {muscle.passive_shape:g}, and its passive force is of the order of e to "
            f"this power; give it {LARGEST_EXPONENT:g} at most"
        )
    if not 0.0 <= muscle.max_isometric_force < inf:
        raise ModelError(f"{muscle.name} has max_isometric_force {muscle.max_isometric_force:g}; give it 0 or more")
    if muscle.pennation_angle > 0.0 and not muscle.maximum_pennation_angle > 0.0:
        raise ModelError(f"{muscle.name} has pennation_angle {muscle.pennation_angle:g} and no maximum_pennation_angle")
    if muscle.maximum_pennation_angle > STEEPEST_PENNATION:
        raise ModelError(
            f"{muscle.name} has maximum_pennation_angle {muscle.maximum_pennation_angle:g}, at which a stopped fibre "
            f"is all but across its tendon; give it {STEEPEST_PENNATION:g} at most"
        )
    if not muscle.max_lengthening_force > 1.0:
        raise ModelError(
            f"{muscle.name} has max_lengthening_force {muscle.max_lengthening_force:g}; it is more than 1, in units of "
            "the isometric force"
        )
    if muscle.extrapolation_threshold == 1.0:
        raise ModelError(f"{muscle.name} has fv_linear_extrap_threshold 1, where the line is vertical; give it less")


def _check_path(muscle: Thelen2003Muscle) -> None:
    """OpenSim would find out in the middle of a motion."""
    n_point = len(muscle.path)
    if n_point < 2:
        raise ModelError(f"{muscle.name} has {n_point} path points; give it two or more")
    if all(isinstance(point, ConditionalPathPoint) for point in muscle.path):
        raise ModelError(f"{muscle.name} has only conditional path points; give it one that always counts")
    for wrap in muscle.wraps:
        if max(wrap.range) > n_point:
            raise ModelError(f"{muscle.name} has {n_point} path points, and wraps between {wrap.range} of them")


def _check_tree(joints: Sequence[Joint], bodies: set[str]) -> None:
    """Every body hangs on exactly one joint, whose parent has been placed before it."""
    placed = {GROUND}
    for joint in joints:
        _known(joint.name, "body", (joint.parent, joint.child), bodies)
        if joint.parent not in placed:
            raise ModelError(
                f"{joint.name} hangs on {joint.parent}, which no joint before it carries: list parents first"
            )
        if joint.child in placed:
            raise ModelError(f"{joint.name} carries {joint.child}, which is carried already: every body has one joint")
        placed.add(joint.child)
    loose = sorted(bodies - placed)
    if loose:
        raise ModelError(f"no joint carries {', '.join(loose)}")
