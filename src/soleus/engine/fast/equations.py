"""The equations of a model: every stage by name, in the order in which OpenSim realises them.

    kinematics -> paths -> muscles -> contact -> limits -> dynamics

`rates` is what an integrator needs, `measurements` what tasks observe, `obstacle_forces` what one ball on the ground
does to the feet. Run with NumpyOperations they are the readable oracle; run on a graph's nodes they are traced, the
muscles apart from the rest: one piece of code that is run for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from soleus.engine.fast.contact import Material, Sphere, ball_forces, contact_forces, ground_reactions, place_sphere
from soleus.engine.fast.dynamics import accelerations, generalised_force
from soleus.engine.fast.kinematics import Kinematics, absolute, calculate_kinematics, relative
from soleus.engine.fast.limit import limit_constants, limit_force, spring_force
from soleus.engine.fast.muscle import MuscleRates, muscle_constants, muscle_rates
from soleus.engine.fast.operations import Operations, Scalar
from soleus.engine.fast.path import Path, calculate_paths, path_forces
from soleus.engine.fast.skeleton import ON_GROUND, Skeleton
from soleus.engine.fast.vector import (
    Matrix,
    Vector,
    accumulate,
    add,
    constant,
    constant_matrix,
    multiply,
    scale,
    zero,
)
from soleus.model.spec import GROUND, ContactSphere, Model


@dataclass(frozen=True)
class Inputs:
    """One scalar for each name of the model."""

    q: Sequence[Scalar]
    """Coordinates [rad or m]"""
    u: Sequence[Scalar]
    """Speeds [rad/s or m/s]"""
    activation: Sequence[Scalar]
    fiber_length: Sequence[Scalar]
    """[m]"""
    excitation: Sequence[Scalar]
    strength: Sequence[Scalar]
    """Factor on each maximum isometric force"""
    applied_force: Sequence[Scalar]
    """Generalised force from outside on each coordinate [N m or N]"""


@dataclass(frozen=True)
class Rates:
    """Time derivatives of a state; that of q is u."""

    acceleration: list[Scalar]
    """[rad/s^2 or m/s^2]"""
    activation: list[Scalar]
    """[1/s]"""
    fiber_length: list[Scalar]
    """[m/s]"""


@dataclass(frozen=True)
class Measurements:
    """Quantities that follow from a state, in the units of engine.base.Measurement."""

    body_position: list[Vector]
    body_rotation: list[Matrix]
    body_velocity: list[Vector]
    body_angular_velocity: list[Vector]
    mass_center_position: Vector
    mass_center_velocity: Vector
    limit_force: list[Scalar]
    ground_reaction: list[Vector]
    muscle_length: list[Scalar]
    lengthening_speed: list[Scalar]
    fiber_velocity: list[Scalar]
    fiber_force: list[Scalar]
    tendon_force: list[Scalar]


@dataclass(frozen=True)
class Geometry:
    """Where the bodies and the muscles' paths are."""

    kinematics: Kinematics
    paths: list[Path]


def rates(ops: Operations, model: Model, skeleton: Skeleton, given: Inputs) -> Rates:
    """What OpenSim's Model::realizeAcceleration gives for a state."""
    geometry = calculate_geometry(ops, model, skeleton, given)
    muscles = calculate_muscles(ops, model, [path.length for path in geometry.paths], given)
    tension = [muscle.tendon_force for muscle in muscles]
    return Rates(
        acceleration=calculate_accelerations(ops, model, skeleton, geometry, tension, given),
        activation=[muscle.activation for muscle in muscles],
        fiber_length=[muscle.fiber_length for muscle in muscles],
    )


def calculate_geometry(ops: Operations, model: Model, skeleton: Skeleton, given: Inputs) -> Geometry:
    """What follows from positions and speeds alone."""
    kinematics = calculate_kinematics(ops, skeleton, model.gravity, given.q, given.u)
    paths = calculate_paths(ops, model, skeleton, kinematics, given.q, given.u)
    return Geometry(kinematics, paths)


def calculate_muscles(ops: Operations, model: Model, length: Sequence[Scalar], given: Inputs) -> list[MuscleRates]:
    """What each muscle does at a length of its path [m]."""
    states = zip(length, given.activation, given.fiber_length, given.excitation, given.strength, strict=True)
    items = [(*state, *muscle_constants(muscle)) for muscle, state in zip(model.muscles, states, strict=True)]

    return [MuscleRates(*found) for found in ops.for_each(muscle_rates, items)]


def calculate_accelerations(
    ops: Operations,
    model: Model,
    skeleton: Skeleton,
    geometry: Geometry,
    tension: Sequence[Scalar],
    given: Inputs,
) -> list[Scalar]:
    """What the muscles' tensions [N] and all other forces make of the bodies' motion."""
    body_force, driven = path_forces(ops, geometry.paths, tension)
    for forces in contact_forces(ops, model, skeleton, geometry.kinematics):
        for body, wrench in forces.items():
            accumulate(body_force, body, wrench)
    coordinate_force = _coordinate_forces(ops, model, given, driven)
    return accelerations(ops, skeleton, geometry.kinematics, body_force, coordinate_force)


def measurements(
    ops: Operations,
    model: Model,
    skeleton: Skeleton,
    geometry: Geometry,
    muscles: Sequence[MuscleRates],
    given: Inputs,
) -> Measurements:
    """What tasks observe and pictures draw; excitation and outside forces change nothing here."""
    kinematics = geometry.kinematics
    position, rotation, velocity, angular_velocity = _bodies(model, skeleton, kinematics)
    center, center_velocity = _mass_center(skeleton, kinematics)
    return Measurements(
        body_position=position,
        body_rotation=rotation,
        body_velocity=velocity,
        body_angular_velocity=angular_velocity,
        mass_center_position=center,
        mass_center_velocity=center_velocity,
        limit_force=_limit_forces(ops, model, given),
        ground_reaction=ground_reactions(ops, model, skeleton, kinematics),
        muscle_length=[path.length for path in geometry.paths],
        lengthening_speed=[path.lengthening_speed for path in geometry.paths],
        fiber_velocity=[muscle.fiber_length for muscle in muscles],
        fiber_force=[muscle.fiber_force for muscle in muscles],
        tendon_force=[muscle.tendon_force for muscle in muscles],
    )


def obstacle_forces(
    ops: Operations, model: Model, skeleton: Skeleton, q: Sequence[Scalar], u: Sequence[Scalar], ball: Sequence[Scalar]
) -> list[Scalar]:
    """Generalised force of one ball on the ground on each coordinate [N m or N].

    Args:
        ops: operations.
        model: with obstacles.
        skeleton: its rigid bodies.
        q: coordinates [rad or m].
        u: speeds [rad/s or m/s].
        ball: x and y of its centre [m], radius that touches [m], and stiffness as Material has it.
    """
    obstacle = model.obstacle
    if obstacle is None:
        raise ValueError(f"{model.name} has no obstacles")
    kinematics = calculate_kinematics(ops, skeleton, model.gravity, q, u)
    x, y, radius, stiffness = ball
    material = Material(stiffness, obstacle.dissipation)
    spheres = [
        Sphere(GROUND, ON_GROUND, radius, [x, y, 0.0], relative(kinematics, [x, y, 0.0])),
        *(
            place_sphere(skeleton, kinematics, shape)
            for shape in model.contact_geometry
            if isinstance(shape, ContactSphere)
        ),
    ]
    return generalised_force(skeleton, kinematics, ball_forces(ops, kinematics, material, spheres))


def _limit_forces(ops: Operations, model: Model, given: Inputs) -> list[Scalar]:
    """Of each CoordinateLimitForce; on a locked coordinate at its default and at rest."""
    coordinates = {coordinate.name: coordinate for coordinate in model.coordinates}
    q, u = _motion(model, given)
    items = [
        (q[force.coordinate], u[force.coordinate], *limit_constants(force, coordinates[force.coordinate]))
        for force in model.limit_forces
    ]
    return [force for (force,) in ops.for_each(limit_force, items)]


def _motion(model: Model, given: Inputs) -> tuple[dict[str, Scalar], dict[str, Scalar]]:
    """Position and speed of every coordinate by name, locked ones too."""
    q: dict[str, Scalar] = {coordinate.name: coordinate.default for coordinate in model.coordinates}
    u: dict[str, Scalar] = dict.fromkeys(q, 0.0)
    q.update(zip(model.coordinate_names, given.q, strict=True))
    u.update(zip(model.coordinate_names, given.u, strict=True))
    return q, u


def _coordinate_forces(
    ops: Operations, model: Model, given: Inputs, driven: Mapping[int, list[Scalar]]
) -> list[Scalar]:
    """Limits, springs, moving path points and what acts from outside, summed for each free coordinate."""
    place = {name: index for index, name in enumerate(model.coordinate_names)}
    result = list(given.applied_force)
    for force, value in zip(model.limit_forces, _limit_forces(ops, model, given), strict=True):
        if force.coordinate in place:
            result[place[force.coordinate]] = result[place[force.coordinate]] + value
    for spring in model.spring_forces:
        if spring.coordinate in place:
            index = place[spring.coordinate]
            result[index] = result[index] + spring_force(spring, given.q[index], given.u[index])
    for index, forces in driven.items():
        for value in forces:
            result[index] = result[index] + value
    return result


def _bodies(
    model: Model, skeleton: Skeleton, kinematics: Kinematics
) -> tuple[list[Vector], list[Matrix], list[Vector], list[Vector]]:
    """Position, rotation, velocity and angular velocity of every body of the model, welded ones too."""
    columns: tuple[list[Vector], list[Matrix], list[Vector], list[Vector]] = ([], [], [], [])
    for name in model.body_names:
        place = skeleton.places[name]
        frame = kinematics.frame(place.rigid_body)
        at = frame.point(constant(place.transform.position))
        rotation = multiply(frame.rotation, constant_matrix(place.transform.rotation))
        for column, value in zip(
            columns,
            (absolute(kinematics, at), rotation, frame.point_velocity(at), frame.velocity[0]),
            strict=True,
        ):
            column.append(value)
    return columns


def _mass_center(skeleton: Skeleton, kinematics: Kinematics) -> tuple[Vector, Vector]:
    mass = skeleton.mass
    grounded = relative(kinematics, constant(skeleton.grounded_center))
    position, velocity = scale(skeleton.grounded_mass / mass, grounded), zero()
    for body, frame in zip(skeleton.bodies, kinematics.frames, strict=True):
        center = frame.point(constant(body.mass_center))
        position = add(position, scale(body.mass / mass, center))
        velocity = add(velocity, scale(body.mass / mass, frame.point_velocity(center)))
    return absolute(kinematics, position), velocity
