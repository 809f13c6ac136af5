"""The vector of numbers about the body that AI for Prosthetics 2018 observes: 160 with a prosthesis, 169 without.

Angles of bodies are the third of the body-fixed XYZ angles, their angular speeds and accelerations those about the z
axis of ground. Positions and angles are relative to the pelvis, except its own.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from soleus.engine.base import Array, Dynamics, Measurement
from soleus.model import ModelError, mirror_of
from soleus.model.spec import Model
from soleus.task.base import Snapshot
from soleus.task.column import Coordinates, clamped_activation
from soleus.task.layout import Field, Layout, fields, mirror_name

PELVIS = "pelvis"
BODIES = ("head", "torso", "toes_l", "toes_r", "talus_l", "talus_r")
"""Observed after the pelvis; one that a prosthesis replaces is told as zeros."""
JOINTS = ("ankle_l", "ankle_r", "back", "hip_l", "hip_r", "knee_l", "knee_r")
POSITION, VELOCITY, ACCELERATION = slice(0, 2), slice(2, 4), slice(4, 6)
ANGLE, ANGULAR_VELOCITY, ANGULAR_ACCELERATION = 6, 7, 8
N_MOTION = 9
"""Numbers about the motion of a body: forward and up, then about the z axis."""
RELATIVE = [0, 1, ANGLE]
"""Those that are relative to the pelvis."""


class BodyObservation:
    """Gathers the numbers."""

    def __init__(self, model: Model, n_axis: int) -> None:
        """Args:
        model: the body.
        n_axis: axes along which the mass centre's speed and acceleration are told, 2 or 3.
        """
        self._model = model
        self._n_axis = n_axis
        body, muscle = model.body_names, model.muscle_names
        self._pelvis = body.index(PELVIS)
        self._bodies = np.array([body.index(name if name in body else PELVIS) for name in (PELVIS, *BODIES)])
        self._exists = np.array([[float(name in body)] for name in (PELVIS, *BODIES)])
        self._muscles = np.array([muscle.index(name) for name in sorted(muscle)])
        joints = _coordinates_of_joints(model)
        self._coordinates = Coordinates(model, [*chain.from_iterable(joints)])
        self._joint_order = _order_by_joint(joints)

    def __call__(self, snapshot: Snapshot) -> Array:
        """Observe worlds, accelerations included, shape (n_world, n)."""
        state, measured, dynamics = snapshot.state, snapshot.measurement, snapshot.dynamics
        assert dynamics is not None, "the task says that it observes dynamics"
        n_world, axes = len(state), self._n_axis
        motion = self._motion(measured, dynamics)
        coordinates = (
            self._coordinates.positions(state.q),
            self._coordinates.rates(state.u),
            self._coordinates.rates(dynamics.acceleration),
        )
        activation = clamped_activation(self._model, state.activation)
        muscles = np.stack([activation, state.fiber_length, measured.fiber_velocity], axis=2)
        parts = [
            motion[:, 0, 1:],
            motion[:, 1:].reshape(n_world, -1),
            np.concatenate(coordinates, axis=1)[:, self._joint_order],
            muscles[:, self._muscles].reshape(n_world, -1),
            measured.mass_center_position[:, :2] - measured.body_position[:, self._pelvis, :2],
            measured.mass_center_velocity[:, :axes],
            dynamics.mass_center_acceleration[:, :axes],
        ]
        return np.concatenate(parts, axis=1)

    def _motion(self, measured: Measurement, dynamics: Dynamics) -> Array:
        """How the pelvis and the other bodies move, shape (n_world, 1 + len(BODIES), N_MOTION)."""
        rows = self._bodies
        motion = np.empty((len(measured), len(rows), N_MOTION))
        motion[..., POSITION] = measured.body_position[:, rows, :2]
        motion[..., VELOCITY] = measured.body_velocity[:, rows, :2]
        motion[..., ACCELERATION] = dynamics.body_acceleration[:, rows, :2]
        motion[..., ANGLE] = third_angle(measured.body_rotation[:, rows, 0])
        motion[..., ANGULAR_VELOCITY] = measured.body_angular_velocity[:, rows, 2]
        motion[..., ANGULAR_ACCELERATION] = dynamics.body_angular_acceleration[:, rows, 2]
        for number in RELATIVE:
            motion[:, 1:, number] -= motion[:, :1, number]
        return motion * self._exists


def third_angle(first_row: Array) -> Array:
    """The third of a rotation's body-fixed XYZ angles, in [-pi, pi] (Simbody's `convertRotationToBodyFixedXYZ`).

    Args:
        first_row: of the rotation matrix, shape (..., 3).
    """
    return np.arctan2(-first_row[..., 1], first_row[..., 0])


def observation_layout(model: Model, n_axis: int) -> Layout:
    """The fields of the vector; arguments as for `BodyObservation`."""
    return Layout(
        (
            *_motion_fields(PELVIS)[1:],
            *chain.from_iterable(map(_motion_fields, BODIES)),
            *_joint_fields(model),
            *_muscle_fields(model),
            *fields(("mass_center x from pelvis", "mass_center y from pelvis"), "m"),
            *_center_fields("speed", "m/s", n_axis),
            *_center_fields("acceleration", "m/s^2", n_axis),
        )
    )


def _motion_fields(body: str) -> tuple[Field, ...]:
    place = "" if body == PELVIS else " from pelvis"
    named = (
        (f"x{place}", "m"), (f"y{place}", "m"), ("x speed", "m/s"), ("y speed", "m/s"),
        ("x acceleration", "m/s^2"), ("y acceleration", "m/s^2"),
        (f"angle{place}", "rad"), ("angular speed", "rad/s"), ("angular acceleration", "rad/s^2"),
    )  # fmt: skip
    return tuple(Field(f"{body} {what}", unit, mirror_name(f"{body} {what}")) for what, unit in named)


def _joint_fields(model: Model) -> list[Field]:
    sign = _coordinate_signs(model)
    kinds = (("", "rad"), (" speed", "rad/s"), (" acceleration", "rad/s^2"))
    return [
        Field(f"{name}{kind}", unit, mirror_name(f"{name}{kind}"), mirror_sign=sign.get(name, 1.0))
        for joint in _coordinates_of_joints(model)
        for kind, unit in kinds
        for name in joint
    ]


def _muscle_fields(model: Model) -> list[Field]:
    kinds = (("activation", "1"), ("length", "m"), ("velocity", "m/s"))
    return [
        Field(f"{name} {kind}", unit, mirror_name(f"{name} {kind}"))
        for name in sorted(model.muscle_names)
        for kind, unit in kinds
    ]


def _center_fields(kind: str, unit: str, n_axis: int) -> list[Field]:
    return [
        Field(f"mass_center {axis} {kind}", unit, mirror_sign=-1.0 if axis == "z" else 1.0) for axis in "xyz"[:n_axis]
    ]


def _coordinate_signs(model: Model) -> dict[str, float]:
    """The sign of each free coordinate in the mirror; nothing for a body without one."""
    try:
        signs = mirror_of(model).coordinates.sign
    except ModelError:
        return {}
    return dict(zip(model.coordinate_names, signs.tolist(), strict=True))


def _coordinates_of_joints(model: Model) -> list[list[str]]:
    """Names of the coordinates of each joint in JOINTS."""
    names = {joint.name: [item.name for item in joint.coordinates] for joint in model.joints}
    return [names[joint] for joint in JOINTS]


def _order_by_joint(joints: list[list[str]]) -> np.ndarray:
    """Columns for positions, speeds and accelerations of all coordinates: all of a joint, then of the next one."""
    counts = [len(names) for names in joints]
    n, ends = sum(counts), np.cumsum(counts)
    return np.concatenate(
        [kind * n + np.arange(end - count, end) for count, end in zip(counts, ends, strict=True) for kind in range(3)]
    )
