"""A world in words: everything about it by name, as osim-rl's state descriptions told it to the graders' clients.

Names, order and units are OpenSim's: of joints (those without coordinates have empty lists), bodies, forces (the values
that a force records in OpenSim), muscles and markers. Numbers are plain floats, in SI units, in ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from soleus.engine.base import Array, Dynamics, Measurement
from soleus.model.rotation import to_angles
from soleus.model.spec import CoordinateLimitForce, Model
from soleus.task.base import Snapshot
from soleus.task.column import Coordinates, Muscles

Description = dict[str, Any]
"""What is described -> name -> number or list of numbers"""


def describe(model: Model, snapshot: Snapshot, world: int = 0) -> Description:
    """Describe a world of a model.

    Args:
        model: what moves.
        snapshot: the worlds, with their Dynamics.
        world: which one of them.

    Returns:
        joint_pos, joint_vel, joint_acc: joint -> its coordinates, locked ones included [rad or m, ...].
        body_pos, body_vel, body_acc: body -> x, y, z of its origin [m, ...].
        body_pos_rot: body -> body-fixed XYZ angles [rad]; body_vel_rot, body_acc_rot in ground axes.
        forces: force -> what OpenSim records of it: a muscle's tendon force [N]; the generalised force of a spring
            [N m or N], and of a ligament, before its potential energy [J]; of a contact, for each geometry the force on
            it and the moment about the origin of its body [N, N m]. (Obstacles are left out.)
        muscles: muscle -> activation, fiber_length [m], fiber_velocity [m/s], fiber_force [N].
        markers: marker -> pos, vel, acc.
        misc: mass_center_pos, mass_center_vel, mass_center_acc.
    """
    if snapshot.dynamics is None:
        raise ValueError("the snapshot has no dynamics, which a description tells; take one with engine.dynamics()")
    one, dynamics = snapshot.state[[world]], snapshot.dynamics[[world]]
    measured = snapshot.measurement[[world]]
    coordinates = Coordinates(model, [item.name for item in model.coordinates])
    names = model.body_names
    rotations = to_angles(measured.body_rotation[0])
    position, rate = coordinates.positions(one.q)[0], coordinates.rates(one.u)[0]
    reported = Muscles(model)
    muscles = {
        "activation": reported.activation(one),
        "fiber_length": reported.fiber_length(one),
        "fiber_velocity": measured.fiber_velocity,
        "fiber_force": measured.fiber_force,
    }
    contact = _contact_records(model, dynamics)
    return {
        "joint_pos": _by_joint(model, position),
        "joint_vel": _by_joint(model, rate),
        "joint_acc": _by_joint(model, coordinates.rates(dynamics.acceleration)[0]),
        "body_pos": _by_name(names, measured.body_position[0]),
        "body_vel": _by_name(names, measured.body_velocity[0]),
        "body_acc": _by_name(names, dynamics.body_acceleration[0]),
        "body_pos_rot": _by_name(names, rotations),
        "body_vel_rot": _by_name(names, measured.body_angular_velocity[0]),
        "body_acc_rot": _by_name(names, dynamics.body_angular_acceleration[0]),
        "forces": {
            **_by_name(model.muscle_names, measured.tendon_force[0][:, None]),
            **_spring_records(model, position, rate),
            **contact,
            **_limit_records(model, position, measured.limit_force[0]),
        },
        "muscles": {
            name: {quantity: values[0, i].item() for quantity, values in muscles.items()}
            for i, name in enumerate(model.muscle_names)
        },
        "markers": _markers(model, measured, dynamics),
        "misc": {
            "mass_center_pos": measured.mass_center_position[0].tolist(),
            "mass_center_vel": measured.mass_center_velocity[0].tolist(),
            "mass_center_acc": dynamics.mass_center_acceleration[0].tolist(),
        },
    }


def limit_energy(limit: CoordinateLimitForce, q: float, unit: float) -> float:
    """What a ligament stores: CoordinateLimitForce::computePotentialEnergy [J].

    Args:
        limit: the ligament.
        q: its coordinate [rad or m].
        unit: of the ligament's own numbers: radians in a degree, or 1.
    """
    above, below = q - unit * limit.upper_limit, unit * limit.lower_limit - q
    stretch, stiffness = (above, limit.upper_stiffness) if above > 0.0 else (below, limit.lower_stiffness)
    transition = unit * limit.transition
    x = stretch / transition
    if x <= 0.0:
        return 0.0
    # Stiffness fades in as 10 x^3 - 15 x^4 + 6 x^5; this is the integral of x times that, and of x beyond 1.
    stored = x**5 * (2.0 - 2.5 * x + 6.0 / 7.0 * x * x) if x < 1.0 else 0.5 * x * x - 1.0 / 7.0
    return stiffness / unit * transition**2 * stored


def _markers(model: Model, measured: Measurement, dynamics: Dynamics) -> dict[str, dict[str, list[float]]]:
    """How the points that the model marks move."""
    told = {}
    for marker in model.markers:
        body = model.body_names.index(marker.body)
        arm = measured.body_rotation[0, body] @ np.array(marker.location)
        turning = measured.body_angular_velocity[0, body]
        speed = np.cross(turning, arm)
        acceleration = np.cross(dynamics.body_angular_acceleration[0, body], arm) + np.cross(turning, speed)
        told[marker.name] = {
            "pos": (measured.body_position[0, body] + arm).tolist(),
            "vel": (measured.body_velocity[0, body] + speed).tolist(),
            "acc": (dynamics.body_acceleration[0, body] + acceleration).tolist(),
        }
    return told


def _by_name(names: Sequence[str], rows: Array) -> dict[str, list[float]]:
    return dict(zip(names, rows.tolist(), strict=True))


def _by_joint(model: Model, values: Array) -> dict[str, list[float]]:
    """Split values of all coordinates joint by joint."""
    rest = iter(values.tolist())
    return {joint.name: [next(rest) for _ in joint.coordinates] for joint in model.joints}


def _spring_records(model: Model, position: Array, rate: Array) -> dict[str, list[float]]:
    column = {item.name: i for i, item in enumerate(model.coordinates)}
    records = {}
    for spring in model.spring_forces:
        q, u = position[column[spring.coordinate]], rate[column[spring.coordinate]]
        records[spring.name] = [float(-spring.stiffness * (q - spring.rest_length) - spring.viscosity * u)]
    return records


def _contact_records(model: Model, dynamics: Dynamics) -> dict[str, list[float]]:
    counts = [len(force.geometry) for force in model.contact_forces]
    parts = np.split(dynamics.contact_record[0], np.cumsum(counts)[:-1])
    return {force.name: part.ravel().tolist() for force, part in zip(model.contact_forces, parts, strict=False)}


def _limit_records(model: Model, position: Array, limit_force: Array) -> dict[str, list[float]]:
    column = {item.name: i for i, item in enumerate(model.coordinates)}
    records = {}
    for limit, force in zip(model.limit_forces, limit_force.tolist(), strict=True):
        index = column[limit.coordinate]
        unit = np.pi / 180.0 if model.coordinates[index].motion == "rotational" else 1.0
        records[limit.name] = [force, limit_energy(limit, float(position[index]), unit)]
    return records
