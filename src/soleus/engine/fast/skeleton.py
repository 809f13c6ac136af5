"""The moving parts of a model: bodies that are welded or locked together become one rigid body.

Exact: OpenSim keeps welded bodies apart and holds locked coordinates by constraints (drift 8e-15), the motion is the
same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

from soleus.model.function import evaluate
from soleus.model.spec import (
    GROUND,
    Body,
    Constant,
    CustomJoint,
    Function,
    Joint,
    LinearFunction,
    Model,
    ModelError,
    PinJoint,
    PlanarJoint,
    TransformAxis,
    Vector,
    WeldJoint,
)

Array = NDArray[np.float64]
ON_GROUND = -1
"""In place of the index of a rigid body: fixed to the ground."""
X_AXIS, Y_AXIS, Z_AXIS = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Transform:
    """Where a frame lies in another: x_outer = rotation x_inner + position."""

    rotation: Array = field(default_factory=lambda: np.eye(3))
    position: Array = field(default_factory=lambda: np.zeros(3))

    def __matmul__(self, inner: Transform) -> Transform:
        return Transform(self.rotation @ inner.rotation, self.apply(inner.position))

    def apply(self, point: ArrayLike) -> Array:
        return self.rotation @ np.asarray(point, dtype=np.float64) + self.position

    @property
    def inverse(self) -> Transform:
        return Transform(self.rotation.T, -self.rotation.T @ self.position)

    @classmethod
    def of(cls, location: Vector, orientation: Vector) -> Transform:
        """From a location and body-fixed XYZ angles [rad], as OpenSim writes frames."""
        x, y, z = orientation
        turns = (_rotation(X_AXIS, x), _rotation(Y_AXIS, y), _rotation(Z_AXIS, z))
        return cls(reduce(np.matmul, turns), np.array(location, dtype=np.float64))


@dataclass(frozen=True)
class Step:
    """A translation along, or rotation about, an axis by a function of a coordinate."""

    translates: bool
    axis: Vector
    """Unit vector in the joint's frame as it has been turned so far (translations come first)"""
    function: Function
    coordinate: int | None
    """Index of the free coordinate; None for a step that never changes"""
    held: bool = False
    """Whether a locked coordinate drives it"""
    unnoticed: bool = False
    """Whether velocities and all that follows from them heed it not: a rotation by a constant and without a coordinate
    turns a body, but not the axes of the rotations after it in the Jacobian of Simbody's FunctionBased mobilizer"""


@dataclass(frozen=True)
class RigidBody:
    """A body, and all that is welded to it, behind a joint that moves. Its frame is that of the body named."""

    name: str
    parent: int
    """Index of the rigid body that carries it, or ON_GROUND"""
    joint: Transform
    """The joint's frame in the parent"""
    steps: tuple[Step, ...]
    offset: Transform
    """The body's frame in the joint's moved frame"""
    mass: float
    """[kg]"""
    mass_center: Array
    """In the body's frame, shape (3,) [m]"""
    inertia: Array
    """About the mass centre, in body axes, shape (3, 3) [kg m^2]"""

    @property
    def is_odd(self) -> bool:
        """Whether OpenSim's accelerations are not those of the joint's motion: the joint's first coordinate drives its
        third rotation and another one, or a rotation goes unnoticed before one that moves.
        """
        rotations = [step for step in self.steps if not step.translates]
        driven = [step.coordinate for step in rotations if step.held or step.coordinate is not None]
        early = (
            len(rotations) == 3
            and None not in (rotations[1].coordinate, rotations[2].coordinate)
            and rotations[2].coordinate == driven[0]
        )
        unnoticed = any(
            step.unnoticed and any(later.coordinate is not None for later in self.steps[at:])
            for at, step in enumerate(self.steps)
        )
        return early or unnoticed


@dataclass(frozen=True)
class Place:
    """Where a body of the model went."""

    rigid_body: int
    """Index, or ON_GROUND"""
    transform: Transform
    """The body's frame in that of the rigid body"""


@dataclass(frozen=True)
class Skeleton:
    """A tree of rigid bodies, parents first."""

    bodies: tuple[RigidBody, ...]
    places: dict[str, Place]
    """Of every body of the model, and the ground"""
    grounded_mass: float
    """Of the bodies that are fixed to the ground [kg]"""
    grounded_center: Array
    """Their mass centre in ground, shape (3,) [m]"""

    @cached_property
    def coordinate_body(self) -> dict[int, int]:
        """Free coordinate -> the rigid body that it moves against its parent."""
        return {
            step.coordinate: index
            for index, body in enumerate(self.bodies)
            for step in body.steps
            if step.coordinate is not None
        }

    @property
    def mass(self) -> float:
        """Of all bodies [kg]."""
        return self.grounded_mass + sum(body.mass for body in self.bodies)

    def ancestors(self, body: int) -> list[int]:
        """The rigid bodies that carry this one, nearest first."""
        parent = self.bodies[body].parent
        return [] if parent == ON_GROUND else [parent, *self.ancestors(parent)]


def build_skeleton(model: Model) -> Skeleton:
    """Merge what does not move, joint by joint from the ground."""
    coordinate = {name: index for index, name in enumerate(model.coordinate_names)}
    locked = {item.name: item.default for item in model.coordinates if item.locked}
    bodies = {body.name: body for body in model.bodies}
    places = {GROUND: Place(ON_GROUND, Transform())}
    moving: list[tuple[Joint, int, Transform, tuple[Step, ...]]] = []
    members: list[list[tuple[Body, Transform]]] = []
    grounded: list[tuple[Body, Transform]] = []
    for joint in model.joints:
        parent = places[joint.parent]
        frame = parent.transform @ Transform.of(joint.parent_location, joint.parent_orientation)
        offset = Transform.of(joint.child_location, joint.child_orientation).inverse
        steps = tuple(_step(axis, translates, coordinate, locked) for translates, axis in _axes(joint))
        if all(step.coordinate is None for step in steps):
            place = Place(parent.rigid_body, reduce(Transform.__matmul__, map(_fixed, steps), frame) @ offset)
        else:
            place = Place(len(moving), Transform())
            moving.append((joint, parent.rigid_body, frame, steps))
            members.append([])
        places[joint.child] = place
        group = grounded if place.rigid_body == ON_GROUND else members[place.rigid_body]
        group.append((bodies[joint.child], place.transform))
    _check_moving([joint.child for joint, *_ in moving], [parent for _, parent, *_ in moving], members)
    return Skeleton(
        tuple(
            RigidBody(
                joint.child,
                parent,
                frame,
                steps,
                Transform.of(joint.child_location, joint.child_orientation).inverse,
                *_merge(merged),
            )
            for (joint, parent, frame, steps), merged in zip(moving, members, strict=True)
        ),
        places,
        *_merge(grounded)[:2],
    )


def _check_moving(
    names: Sequence[str], parents: Sequence[int], members: Sequence[Sequence[tuple[Body, Transform]]]
) -> None:
    """Refuse a model in which nothing moves, and one of whose moving bodies nothing has a mass."""
    if not names:
        raise ModelError("nothing moves: there is no free coordinate")
    for index, name in enumerate(names):
        if index not in parents and not any(body.mass for body, _ in members[index]):
            raise ModelError(f"{name} moves and has no mass; give it one, or weld it to its parent")


def _axes(joint: Joint) -> list[tuple[bool, TransformAxis]]:
    """The steps of a joint in the order in which they are taken: whether it translates, and the axis."""
    match joint:
        case WeldJoint():
            return []
        case PinJoint():
            return [(False, TransformAxis(Z_AXIS, LinearFunction(), joint.coordinates[0].name))]
        case PlanarJoint():
            turn, x, y = (coordinate.name for coordinate in joint.coordinates)
            return [
                (True, TransformAxis(X_AXIS, LinearFunction(), x)),
                (True, TransformAxis(Y_AXIS, LinearFunction(), y)),
                (False, TransformAxis(Z_AXIS, LinearFunction(), turn)),
            ]
        case CustomJoint():
            return [*((True, axis) for axis in joint.translations), *((False, axis) for axis in joint.rotations)]
        case _:
            raise TypeError(f"{type(joint).__name__} has no steps")


def _step(axis: TransformAxis, translates: bool, free: dict[str, int], locked: dict[str, float]) -> Step:
    direction = np.array(axis.axis, dtype=np.float64)
    unit = (direction / np.linalg.norm(direction)).tolist()
    function, coordinate = axis.function, None if axis.coordinate is None else free.get(axis.coordinate)
    if coordinate is not None and isinstance(function, Constant):
        function = LinearFunction(0.0, function.value)  # to Simbody it is a coordinate's, first or second among others
    if coordinate is None:
        at = 0.0 if axis.coordinate is None else locked.get(axis.coordinate, 0.0)
        value = float(evaluate(function, at))
        held = axis.coordinate in locked
        unnoticed = axis.coordinate is None and not translates and value != 0.0
        return Step(translates, tuple(unit), Constant(value), None, held, unnoticed)
    return Step(translates, tuple(unit), function, coordinate)


def _fixed(step: Step) -> Transform:
    """The transform of a step that never changes."""
    value = float(evaluate(step.function, 0.0))
    if step.translates:
        return Transform(position=value * np.array(step.axis))
    return Transform(rotation=_rotation(step.axis, value))


def _rotation(axis: Vector, angle: float) -> Array:
    x, y, z = axis
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle) * skew + (1.0 - np.cos(angle)) * skew @ skew


def _merge(members: list[tuple[Body, Transform]]) -> tuple[float, Array, Array]:
    """Mass, mass centre and inertia about it, of several bodies as one."""
    mass = sum(body.mass for body, _ in members)
    centers = [place.apply(body.mass_center) for body, place in members]
    moment = sum((body.mass * at for (body, _), at in zip(members, centers, strict=True)), np.zeros(3))
    center = moment / mass if mass > 0.0 else np.zeros(3)
    inertia = np.zeros((3, 3))
    for (body, place), at in zip(members, centers, strict=True):
        arm = at - center
        inertia += place.rotation @ _inertia_matrix(body) @ place.rotation.T
        inertia += body.mass * (arm @ arm * np.eye(3) - np.outer(arm, arm))
    return mass, center, inertia


def _inertia_matrix(body: Body) -> Array:
    """None of a body without mass, whatever it has: OpenSim's Body::getMassProperties forgets it."""
    if not body.mass:
        return np.zeros((3, 3))
    xx, yy, zz, xy, xz, yz = body.inertia
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
