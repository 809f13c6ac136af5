"""The vector of numbers about the body that AI for Prosthetics 2018 observes: 160 with a prosthesis, 169 without.

Angles of bodies are the third of the body-fixed XYZ angles, their angular speeds and accelerations those about the z
axis of ground. Positions and angles are relative to the pelvis, except its own.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from soleus.engine.base import Array
from soleus.model import ModelError, mirror_of
from soleus.model.spec import Model
from soleus.task.base import Snapshot
from soleus.task.column import Muscles
from soleus.task.layout import Field, Layout, fields, mirror_name

PELVIS = "pelvis"
BODIES = (PELVIS, "head", "torso", "toes_l", "toes_r", "talus_l", "talus_r")
"""One that a prosthesis replaces is told as zeros."""
JOINTS = ("ankle_l", "ankle_r", "back", "hip_l", "hip_r", "knee_l", "knee_r")
MOTION = {
    "x": "m", "y": "m", "x speed": "m/s", "y speed": "m/s", "x acceleration": "m/s^2", "y acceleration": "m/s^2",
    "angle": "rad", "angular speed": "rad/s", "angular acceleration": "rad/s^2",
}  # fmt: skip
"""What is told of a body, and its unit."""
RELATIVE = ("x", "y", "angle")
"""What of that is relative to the pelvis."""
MOTION_PARTS = (
    ("x", "y"), ("x speed", "y speed"), ("x acceleration", "y acceleration"),
    ("angle",), ("angular speed",), ("angular acceleration",),
)  # fmt: skip
"""Gathered together, for all bodies."""
COORDINATE = {"": "rad", " speed": "rad/s", " acceleration": "rad/s^2"}
MUSCLE = {"activation": "1", "length": "m", "velocity": "m/s"}


class BodyObservation:
    """Gathers the numbers: all of one kind together, then in the order of the vector."""

    def __init__(self, model: Model, layout: Layout) -> None:
        """Args:
        model: the body.
        layout: from `observation_layout`.
        """
        self._muscles = Muscles(model)
        bodies = [name for name in BODIES if name in model.body_names]
        rows = np.array([model.body_names.index(name) for name in bodies])
        self._x_and_y = (3 * rows[:, None] + np.arange(2)).ravel()
        self._bodies = rows
        locked = [item for item in model.coordinates if item.locked]
        self._constants = np.array([*(item.default for item in locked), 0.0])
        gathered = [
            *(_motion_name(body, what) for part in MOTION_PARTS for body in bodies for what in part),
            *(f"{name}{kind}" for kind in COORDINATE for name in model.coordinate_names),
            *(f"{name} {kind}" for kind in MUSCLE for name in model.muscle_names),
            *(field.name for field in _center_fields(3)),
            *(item.name for item in locked),
        ]
        column = {name: place for place, name in enumerate(gathered)}
        zero = len(gathered)  # the column after them: bodies that there are not, and speeds of locked coordinates
        self._order = np.array([column.get(name, zero) for name in layout.names])

    def __call__(self, snapshot: Snapshot) -> Array:
        """Observe worlds, accelerations included, shape (n_world, n)."""
        state, measured, dynamics = snapshot.state, snapshot.measurement, snapshot.dynamics
        assert dynamics is not None, "the task says that it observes dynamics"
        position = self._gather(measured.body_position)
        center = measured.mass_center_position[:, :2] - position[:, :2]
        position[:, 2:] -= np.tile(position[:, :2], len(self._bodies) - 1)
        angle = third_angle(measured.body_rotation[:, self._bodies, 0])
        angle[:, 1:] -= angle[:, :1]
        parts = [
            position,
            self._gather(measured.body_velocity),
            self._gather(dynamics.body_acceleration),
            angle,
            measured.body_angular_velocity[:, self._bodies, 2],
            dynamics.body_angular_acceleration[:, self._bodies, 2],
            state.q,
            state.u,
            dynamics.acceleration,
            self._muscles.activation(state),
            self._muscles.fiber_length(state),
            measured.fiber_velocity,
            center,
            measured.mass_center_velocity,
            dynamics.mass_center_acceleration,
            np.broadcast_to(self._constants, (len(state), len(self._constants))),
        ]
        return np.concatenate(parts, axis=1)[:, self._order]

    def _gather(self, vector: Array) -> Array:
        """X and y of the observed bodies, the pelvis first, from vectors of shape (n_world, n_body, 3)."""
        return vector.reshape(len(vector), -1)[:, self._x_and_y]


def third_angle(first_row: Array) -> Array:
    """The third of a rotation's body-fixed XYZ angles, in [-pi, pi] (Simbody's `convertRotationToBodyFixedXYZ`).

    Args:
        first_row: of the rotation matrix, shape (..., 3).
    """
    return np.arctan2(-first_row[..., 1], first_row[..., 0])


def observation_layout(model: Model, n_axis: int) -> Layout:
    """The fields of the vector.

    Args:
        model: the body.
        n_axis: axes along which the mass centre's speed and acceleration are told, 2 or 3.
    """
    motion = chain.from_iterable(map(_motion_fields, BODIES))
    return Layout((*list(motion)[1:], *_joint_fields(model), *_muscle_fields(model), *_center_fields(n_axis)))


def _motion_name(body: str, what: str) -> str:
    return f"{body} {what} from pelvis" if body != PELVIS and what in RELATIVE else f"{body} {what}"


def _motion_fields(body: str) -> list[Field]:
    named = [(_motion_name(body, what), unit) for what, unit in MOTION.items()]
    return [Field(name, unit, mirror_name(name)) for name, unit in named]


def _joint_fields(model: Model) -> list[Field]:
    """Positions, speeds and accelerations of one joint, then of the next."""
    sign = _coordinate_signs(model)
    coordinates = {joint.name: [item.name for item in joint.coordinates] for joint in model.joints}
    return [
        Field(f"{name}{kind}", unit, mirror_name(f"{name}{kind}"), mirror_sign=sign.get(name, 1.0))
        for joint in JOINTS
        for kind, unit in COORDINATE.items()
        for name in coordinates[joint]
    ]


def _muscle_fields(model: Model) -> list[Field]:
    return [
        Field(f"{name} {kind}", unit, mirror_name(f"{name} {kind}"))
        for name in sorted(model.muscle_names)
        for kind, unit in MUSCLE.items()
    ]


def _center_fields(n_axis: int) -> list[Field]:
    moving = [
        Field(f"mass_center {axis} {kind}", unit, mirror_sign=-1.0 if axis == "z" else 1.0)
        for kind, unit in (("speed", "m/s"), ("acceleration", "m/s^2"))
        for axis in "xyz"[:n_axis]
    ]
    return [*fields(("mass_center x from pelvis", "mass_center y from pelvis"), "m"), *moving]


def _coordinate_signs(model: Model) -> dict[str, float]:
    """The sign of each free coordinate in the mirror; nothing for a body without one."""
    try:
        signs = mirror_of(model).coordinates.sign
    except ModelError:
        return {}
    return dict(zip(model.coordinate_names, signs.tolist(), strict=True))
