"""Which number stands in which row: of a lane's memory inside the kernel, and of a world's arrays outside."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from soleus.model.spec import ContactSphere, Model

BALL_ROWS = 4
"""x and y of the centre, radius, contact stiffness"""


@dataclass(frozen=True)
class Layout:
    """Rows of a model's arrays.

    A state is q, u, activation, fibre length; its derivative has the same rows. Parameters are excitation, strength and
    the generalised force from outside.
    """

    n_q: int
    n_muscle: int
    n_ball: int
    """Balls that a world can have"""
    n_sphere: int
    """Contact spheres of the model"""

    @classmethod
    def of(cls, model: Model) -> Layout:
        n_sphere = sum(isinstance(shape, ContactSphere) for shape in model.contact_geometry)
        n_ball = model.obstacle.count if model.obstacle else 0
        return cls(len(model.coordinate_names), len(model.muscles), n_ball, n_sphere)

    @property
    def n_state(self) -> int:
        return 2 * (self.n_q + self.n_muscle)

    @property
    def activation(self) -> int:
        """First row of the activations in a state."""
        return 2 * self.n_q

    @property
    def fiber_length(self) -> int:
        return 2 * self.n_q + self.n_muscle

    @property
    def strength(self) -> int:
        """First row of the strengths among the parameters; the excitations come before."""
        return self.n_muscle

    @property
    def applied_force(self) -> int:
        return 2 * self.n_muscle

    @property
    def n_parameter(self) -> int:
        return 2 * self.n_muscle + self.n_q


class Job(ctypes.Structure):
    """What the kernel's functions are given: arrays with the world first, float64 unless said otherwise.

    Many threads may work on one job; `counter` hands out the worlds.
    """

    _fields_ = (
        ("counter", ctypes.c_void_p),  # int64: how many places of `order` have been taken
        ("count", ctypes.c_int64),  # length of `order`
        ("order", ctypes.c_void_p),  # int64: the worlds to work on
        ("state", ctypes.c_void_p),  # (n_world, n_state)
        ("result", ctypes.c_void_p),  # (n_world, n_state) after a step
        ("excitation", ctypes.c_void_p),  # (n_world, n_muscle)
        ("strength", ctypes.c_void_p),  # (n_world, n_muscle)
        ("ball", ctypes.c_void_p),  # (n_world, n_ball, BALL_ROWS), those within reach first
        ("n_ball", ctypes.c_void_p),  # int64 (n_world,): how many are within reach
        ("step", ctypes.c_void_p),  # (n_world,): internal step to begin with [s]
        ("rate", ctypes.c_void_p),  # (n_world, n_state): derivative of the state
        ("outcome", ctypes.c_void_p),  # int64 (n_world,): an Outcome
        ("n_evaluation", ctypes.c_void_p),  # int64 (n_world,): how often rates were evaluated in the step
        ("output", ctypes.c_void_p),  # (n_world, n_measurement)
        ("dynamics", ctypes.c_void_p),  # (n_world, n_dynamics)
        ("duration", ctypes.c_double),  # [s]
        ("tolerance", ctypes.c_double),
        ("minimum_step", ctypes.c_double),  # [s]
        ("max_evaluation", ctypes.c_double),
    )


JOB_FIELDS = {field[0]: index for index, field in enumerate(Job._fields_)}
JOB_TYPE = ", ".join(
    {ctypes.c_void_p: "ptr", ctypes.c_int64: "i64", ctypes.c_double: "double"}[field[1]] for field in Job._fields_
)
"""The same structure in LLVM IR."""
