"""The 97 numbers about the body that Learn to Move 2019 observes, after the 242 of the velocity field.

Angles and speeds are in the body's own sense: + is pitching forward, rolling to the right, turning to the left, hip
abduction, and extension of hip, knee and ankle. Lateral ground reactions are + outward.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from soleus.engine.base import Array
from soleus.model.spec import Model
from soleus.task.base import Snapshot
from soleus.task.column import Coordinates, Muscles
from soleus.task.field import VIEW, Complex
from soleus.task.layout import Field, Layout, mirror_name

LEG_MUSCLES = (
    "abd", "add", "iliopsoas", "glut_max", "hamstrings", "rect_fem", "vasti", "bifemsh", "gastroc", "soleus", "tib_ant",
)  # fmt: skip
"""In the challenge's order: HAB HAD HFL GLU HAM RF VAS BFSH GAS SOL TA."""
SIDES = ("r", "l")
MUSCLES = tuple(f"{muscle}_{side}" for side in SIDES for muscle in LEG_MUSCLES)
PELVIS = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
PELVIS_SIGN = np.array([-1.0, 1.0, 1.0])
LEG_JOINTS = {
    "hip_abduction": ("hip_adduction", -1.0),
    "hip_extension": ("hip_flexion", -1.0),
    "knee_extension": ("knee_angle", 1.0),
    "ankle_extension": ("ankle_angle", -1.0),
}
"""What is observed of a leg -> the coordinate, and the sign that it is observed with."""
OUTWARD = np.array([-1.0, 1.0])
"""From leftward to outward, of the right and the left leg."""
GRAVITY = 9.80665
"""In the body weight that forces are divided by [m/s^2]."""


def body_weight(model: Model) -> float:
    """Weight of the body [N]."""
    return GRAVITY * sum(body.mass for body in model.bodies)


class BodyObservation:
    """Gathers the numbers about the body."""

    def __init__(self, model: Model) -> None:
        force, muscle = [item.name for item in model.contact_forces].index, model.muscle_names.index
        self._reported = Muscles(model)
        self._pelvis = model.body_names.index("pelvis")
        self._angles = Coordinates(model, PELVIS)
        self._joints = Coordinates(model, [f"{joint}_{side}" for side in SIDES for joint, _ in LEG_JOINTS.values()])
        self._joint_sign = np.tile([sign for _, sign in LEG_JOINTS.values()], len(SIDES))
        self._feet = np.array([force(f"foot_{side}") for side in SIDES])
        self._weight = body_weight(model)
        self._muscles = np.array([muscle(name) for name in MUSCLES])
        self._inverse_force = np.array([1.0 / model.muscles[i].max_isometric_force for i in self._muscles])
        self._inverse_length = np.array([1.0 / model.muscles[i].optimal_fiber_length for i in self._muscles])

    def write(self, snapshot: Snapshot, heading: Complex, out: Array) -> None:
        """Observe.

        Args:
            snapshot: the worlds.
            heading: direction that the pelvis faces, of length 1, shape (n_world,).
            out: where the numbers go, shape (n_world, 97).
        """
        state, measured = snapshot.state, snapshot.measurement
        velocity = measured.body_velocity[:, self._pelvis]
        own = (velocity[:, 0] - 1j * velocity[:, 2]) * heading.conj()
        out[:, 0] = measured.body_position[:, self._pelvis, 1]
        out[:, 1:3] = (PELVIS_SIGN * self._angles.positions(state.q))[:, :2]
        out[:, 3], out[:, 4], out[:, 5] = own.real, own.imag, velocity[:, 1]
        out[:, 6:9] = PELVIS_SIGN * self._angles.rates(state.u)
        self._write_legs(snapshot, heading, out[:, 9:].reshape(len(out), len(SIDES), -1))

    def _write_legs(self, snapshot: Snapshot, heading: Complex, out: Array) -> None:
        """Ground reaction, joints, their speeds, and muscles, of the right leg and then of the left.

        Args:
            snapshot: the worlds.
            heading: of the pelvis.
            out: where the numbers go, shape (n_world, 2, 44).
        """
        state, measured = snapshot.state, snapshot.measurement
        by_leg = len(out), len(SIDES), -1
        push = measured.ground_reaction[:, self._feet] / self._weight
        own = (push[..., 0] - 1j * push[..., 2]) * heading.conj()[:, None]
        out[..., 0], out[..., 1], out[..., 2] = own.real, own.imag * OUTWARD, push[..., 1]
        out[..., 3:7] = (self._joint_sign * self._joints.positions(state.q)).reshape(by_leg)
        out[..., 7:11] = (self._joint_sign * self._joints.rates(state.u)).reshape(by_leg)
        length = self._reported.fiber_length(state)[:, self._muscles]
        out[..., 11::3] = (measured.fiber_force[:, self._muscles] * self._inverse_force).reshape(by_leg)
        out[..., 12::3] = (length * self._inverse_length).reshape(by_leg)
        out[..., 13::3] = (measured.fiber_velocity[:, self._muscles] * self._inverse_length).reshape(by_leg)


def observation_layout() -> Layout:
    """The fields of the 339 numbers."""
    return Layout((*_view_fields(), *_pelvis_fields(), *chain.from_iterable(map(_leg_fields, SIDES))))


def _view_fields() -> list[Field]:
    """Target velocities in the body's axes, at places counted in metres from it: forward, then leftward."""

    def name(component: str, forward: float, leftward: float) -> str:
        return f"target_velocity {component} at {forward:+.0f} {0.0 + leftward:+.0f}"

    return [
        Field(
            name(component, forward, leftward),
            "m/s",
            mirror=name(component, forward, -leftward) if leftward else None,
            mirror_sign=sign,
        )
        for component, sign in (("forward", 1.0), ("leftward", -1.0))
        for forward in VIEW
        for leftward in VIEW
    ]


def _pelvis_fields() -> list[Field]:
    return [
        Field("pelvis height", "m"),
        Field("pelvis pitch", "rad"),
        Field("pelvis roll", "rad", mirror_sign=-1.0),
        Field("pelvis forward speed", "m/s"),
        Field("pelvis leftward speed", "m/s", mirror_sign=-1.0),
        Field("pelvis upward speed", "m/s"),
        Field("pelvis pitch speed", "rad/s"),
        Field("pelvis roll speed", "rad/s", mirror_sign=-1.0),
        Field("pelvis yaw speed", "rad/s", mirror_sign=-1.0),
    ]


def _leg_fields(side: str) -> list[Field]:
    joints = [f"{joint}_{side}" for joint in LEG_JOINTS]
    named = [
        *((f"ground_reaction_{side} {axis}", "BW") for axis in ("forward", "outward", "upward")),
        *((joint, "rad") for joint in joints),
        *((f"{joint} speed", "rad/s") for joint in joints),
        *(
            (f"{muscle}_{side} {what}", unit)
            for muscle in LEG_MUSCLES
            for what, unit in (("force", "Fmax"), ("length", "lopt"), ("velocity", "lopt/s"))
        ),
    ]
    return [Field(name, unit, mirror_name(name)) for name, unit in named]
