"""Where the bodies are and how they move: MobilizedBody kinematics of Simbody, in ground axes.

All positions are relative to `origin`, a point that is carried by the translations of the root joint: a runner 40 m
down the track is computed as precisely as at the start, in float32 too. Velocities, accelerations and moments are
spatial vectors about the fixed point that `origin` passes just now (Featherstone 2008, chapter 2).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, sin

from soleus.engine.fast.operations import Operations, Scalar
from soleus.engine.fast.skeleton import ON_GROUND, RigidBody, Skeleton
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
    rotation, position = base, parent.point(constant(body.joint.position))
    velocity, bias = parent.velocity, parent.bias
    motion: dict[int, Spatial] = {}
    carried = zero()
    for step in body.steps:
        axis = constant(step.axis)
        value, slope, curvature = differentiate(
            ops, step.function, 0.0 if step.coordinate is None else q[step.coordinate]
        )
        if step.translates:
            direction = turn(base, axis)
            moved = scale(value, direction)
            if carries_origin and isinstance(step.function, LinearFunction):
                carried = add(carried, moved)
            else:
                position = add(position, moved)
            unit = (zero(), direction)
        else:
            direction = turn(rotation, axis)
            rotation = multiply(rotation, rotation_about(axis, *next(turns)))
            unit = (direction, cross(position, direction))
        if step.coordinate is None:
            continue
        speed = slope * u[step.coordinate]
        growth = curvature * u[step.coordinate] * u[step.coordinate]
        turned = scale_spatial(speed, cross_motion(velocity, unit))
        bias = add_spatial(bias, add_spatial(turned, scale_spatial(growth, unit)))
        velocity = add_spatial(velocity, scale_spatial(speed, unit))
        so_far = motion.get(step.coordinate, (zero(), zero()))
        motion[step.coordinate] = add_spatial(so_far, scale_spatial(slope, unit))
    position = add(position, turn(rotation, constant(body.offset.position)))
    rotation = multiply(rotation, constant_matrix(body.offset.rotation))
    return Frame(rotation, position, velocity, bias), motion, carried


def absolute(kinematics: Kinematics, position: Vector) -> Vector:
    """A position in ground [m]."""
    return add(position, kinematics.origin)


def relative(kinematics: Kinematics, place: Vector) -> Vector:
    """A place in ground, from `origin` [m]."""
    return subtract(place, kinematics.origin)
