"""Where the bodies are and how they move: MobilizedBody kinematics of Simbody, in ground axes.

All positions are relative to `origin`, a point that is carried by the translations of the root joint: a runner 40 m
down the track is computed as precisely as at the start, in float32 too. Velocities, accelerations and moments are
spatial vectors about the fixed point that `origin` passes just now (Featherstone 2008, chapter 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from math import cos, sin
from typing import NamedTuple

from soleus.engine.fast.operations import Operations, Scalar
from soleus.engine.fast.skeleton import ON_GROUND, RigidBody, Skeleton, Step
from soleus.engine.fast.spline import differentiate
from soleus.engine.fast.vector import (
    Matrix,
    Spatial,
    Vector,
    add,
    add_spatial,
    constant,
    constant_matrix,
    cross,
    cross_motion,
    multiply,
    rotation_about,
    scale,
    scale_spatial,
    subtract,
    turn,
    zero,
)
from soleus.model.spec import LinearFunction


@dataclass(frozen=True)
class Frame:
    """Pose and motion of a rigid body."""

    rotation: Matrix
    """Body axes in ground, as columns"""
    position: Vector
    """Body origin, from `origin` [m]"""
    velocity: Spatial
    """[rad/s, m/s]"""
    bias: Spatial
    """Acceleration that the body would have if no coordinate accelerated, minus gravity [rad/s^2, m/s^2]"""

    def point(self, location: Vector) -> Vector:
        """A point of the body, from `origin` [m]."""
        return add(turn(self.rotation, location), self.position)

    def point_velocity(self, position: Vector) -> Vector:
        """Velocity of the body's matter at a position [m/s]."""
        return add(self.velocity[1], cross(self.velocity[0], position))


@dataclass(frozen=True)
class Kinematics:
    """All rigid bodies."""

    frames: list[Frame]
    ground: Frame
    origin: Vector
    """Of all positions, in ground [m]"""
    motion: dict[int, Spatial]
    """For each coordinate, the spatial velocity that a unit of its speed gives the bodies it carries"""

    def frame(self, body: int) -> Frame:
        """Of a rigid body, or of the ground."""
        return self.ground if body == ON_GROUND else self.frames[body]


def calculate_kinematics(
    ops: Operations, skeleton: Skeleton, gravity: Sequence[float], q: Sequence[Scalar], u: Sequence[Scalar]
) -> Kinematics:
    """Go out from the ground, joint by joint.

    Args:
        ops: operations.
        skeleton: rigid bodies.
        gravity: [m/s^2]
        q: coordinates [rad or m].
        u: speeds [rad/s or m/s].
    """
    rest = (zero(), zero())
    lifted = (zero(), scale(-1.0, constant(gravity)))
    frames: list[Frame] = []
    motion: dict[int, Spatial] = {}
    origin = zero()
    n_root = sum(body.parent == ON_GROUND for body in skeleton.bodies)
    turns = iter(_sines_and_cosines(ops, skeleton, q))
    for body in skeleton.bodies:
        at_ground = body.parent == ON_GROUND
        parent = Frame(constant_matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), zero(), rest, lifted)
        parent = parent if at_ground else frames[body.parent]
        frame, own_motion, carried = _through_joint(ops, body, parent, turns, q, u, at_ground and n_root == 1)
        origin = add(origin, carried)
        frames.append(frame)
        motion |= own_motion
    ground = Frame(constant_matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), scale(-1.0, origin), rest, lifted)
    return Kinematics(frames, ground, origin, motion)


def _sines_and_cosines(ops: Operations, skeleton: Skeleton, q: Sequence[Scalar]) -> list[list[Scalar]]:
    """Of the angles of all rotations, joint by joint."""
    rotations = [step for body in skeleton.bodies for step in body.steps if not step.translates]
    angles = [
        differentiate(ops, step.function, 0.0 if step.coordinate is None else q[step.coordinate])[0]
        for step in rotations
    ]
    moving = iter(ops.for_each(_sine_and_cosine, [(angle,) for angle in angles if not isinstance(angle, float)]))
    return [[sin(angle), cos(angle)] if isinstance(angle, float) else next(moving) for angle in angles]


def _sine_and_cosine(ops: Operations, angle: Scalar) -> list[Scalar]:
    return [ops.sin(angle), ops.cos(angle)]


def _through_joint(
    ops: Operations,
    body: RigidBody,
    parent: Frame,
    turns: Iterator[list[Scalar]],
    q: Sequence[Scalar],
    u: Sequence[Scalar],
    carries_origin: bool,
) -> tuple[Frame, dict[int, Spatial], Vector]:
    """The frame behind a joint, the motion of the joint's coordinates, and how far they carry the origin."""
    base = multiply(parent.rotation, constant_matrix(body.joint.rotation))
    rotation, axes = _turned(base, body, turns)
    position = parent.point(constant(body.joint.position))
    velocity, bias = parent.velocity, parent.bias
    motion: dict[int, Spatial] = {}
    carried = zero()
    rotations: list[_Rotation] = []
    for step, (direction, real) in zip(body.steps, axes, strict=True):
        value, slope, curvature = differentiate(
            ops, step.function, 0.0 if step.coordinate is None else q[step.coordinate]
        )
        speed = growth = 0.0
        if step.coordinate is not None:
            speed = slope * u[step.coordinate]
            growth = curvature * u[step.coordinate] * u[step.coordinate]
        if step.translates:
            moved = scale(value, direction)
            if carries_origin and isinstance(step.function, LinearFunction):
                carried = add(carried, moved)
            else:
                position = add(position, moved)
            unit = (zero(), direction)
        else:
            unit = (direction, cross(position, direction))
            rotations.append(_Rotation(step, direction, real, speed, growth))
        if step.coordinate is None:
            continue
        turned = scale_spatial(speed, cross_motion(velocity, unit))
        bias = add_spatial(bias, add_spatial(turned, scale_spatial(growth, unit)))
        velocity = add_spatial(velocity, scale_spatial(speed, unit))
        so_far = motion.get(step.coordinate, (zero(), zero()))
        motion[step.coordinate] = add_spatial(so_far, scale_spatial(slope, unit))
    if body.is_odd:
        error = _error_of_simbody(rotations)
        bias = add_spatial(bias, (error, cross(position, error)))
    position = add(position, turn(rotation, constant(body.offset.position)))
    rotation = multiply(rotation, constant_matrix(body.offset.rotation))
    return Frame(rotation, position, velocity, bias), motion, carried


def _turned(base: Matrix, body: RigidBody, turns: Iterator[list[Scalar]]) -> tuple[Matrix, list[tuple[Vector, Vector]]]:
    """The rotation behind a joint, and the axis of each step: as velocities have it, and as it is."""
    rotation = noticed = base
    axes: list[tuple[Vector, Vector]] = []
    for step in body.steps:
        axis = constant(step.axis)
        if step.translates:
            direction = turn(base, axis)
            axes.append((direction, direction))
            continue
        direction = turn(noticed, axis)
        axes.append((direction, direction if noticed is rotation else turn(rotation, axis)))
        turning = rotation_about(axis, *next(turns))
        before, rotation = rotation, multiply(rotation, turning)
        if not step.unnoticed:
            noticed = rotation if noticed is before else multiply(noticed, turning)
    return rotation, axes


class _Rotation(NamedTuple):
    """One of the rotations of a joint."""

    step: Step
    direction: Vector
    """Of its axis, as velocities have it"""
    real: Vector
    """Of its axis, as it is"""
    speed: Scalar
    """[rad/s]"""
    growth: Scalar
    """Of the speed, while no coordinate accelerates [rad/s^2]"""


def _error_of_simbody(rotations: Sequence[_Rotation]) -> Vector:
    """What Simbody's FunctionBased mobilizer takes for the angular acceleration that the speeds of a joint bring about,
    less what it is by the mobilizer's own velocities.

    Its buildHdot lets the second axis turn with all that the joint's first coordinate turns and the third with
    everything, and takes axes as they are, where velocities have them without constant rotations. That is no right
    mechanics, energy is not kept, and it is what OpenSim computes: of a knee whose second and third rotations follow
    its flexion, for one.
    """
    first = next(step for step, *_ in rotations if step.held or step.coordinate is not None)
    shares = [scale(rotation.speed, rotation.direction) for rotation in rotations]
    of_first = [
        share for share, (step, *_) in zip(shares, rotations, strict=True) if step.coordinate == first.coordinate
    ]
    carriers = [], of_first, shares
    error, before = zero(), zero()
    for rotation, share, carrier in zip(rotations, shares, carriers, strict=True):
        theirs = cross(reduce(add, carrier, zero()), rotation.real)
        error = add(error, scale(rotation.speed, subtract(theirs, cross(before, rotation.direction))))
        error = add(error, scale(rotation.growth, subtract(rotation.real, rotation.direction)))
        before = add(before, share)
    return error


def absolute(kinematics: Kinematics, position: Vector) -> Vector:
    """A position in ground [m]."""
    return add(position, kinematics.origin)


def relative(kinematics: Kinematics, place: Vector) -> Vector:
    """A place in ground, from `origin` [m]."""
    return subtract(place, kinematics.origin)
