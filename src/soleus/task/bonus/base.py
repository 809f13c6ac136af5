"""What a reward term for learning is: a small pure function of what a control step did, for many worlds at once.

Terms that last are paid by the time they last, so that a weight is a price for a second; those of what has been gained
are paid as they come. Axes and signs: see `soleus.engine.base`; a positive pitch is forward, a positive roll to the
right, and a knee bends to negative angles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.task.base import Snapshot, Task

PELVIS_ANGLES = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")


@dataclass(frozen=True)
class Step:
    """What a control step did."""

    before: Snapshot
    after: Snapshot
    earned: Array
    """The task's own reward, without what it charges for a failure of the simulator, shape (n_world,)"""
    fallen: NDArray[np.bool_]
    """Whose episode has ended for good, by a fall or a failure, shape (n_world,)"""


Bonus = Callable[[Step], Array]
"""A term at weight 1, shape (n_world,)"""


class MissingError(Exception):
    """What a term reads is not there; says what."""


def coordinates(task: Task, *names: str) -> NDArray[np.intp]:
    """Columns of free coordinates in State.q and State.u."""
    known = task.model.coordinate_names
    missing = [name for name in names if name not in known]
    if missing:
        raise MissingError(f"the coordinate {missing[0]}")
    return np.array([known.index(name) for name in names])


def bodies(task: Task, *names: str | tuple[str, ...]) -> NDArray[np.intp]:
    """Places of bodies in a Measurement; of several names, the first that the model has."""
    known, found = task.model.body_names, []
    for name in names:
        choices = (name,) if isinstance(name, str) else name
        place = next((known.index(choice) for choice in choices if choice in known), None)
        if place is None:
            raise MissingError(f"the body {choices[0]}")
        found.append(place)
    return np.array(found)


class Pelvis:
    """How the pelvis stands and moves, in the body's own axes; upright, in the plane, where it cannot do otherwise."""

    def __init__(self, task: Task) -> None:
        self._body = bodies(task, "pelvis")[0]
        free = task.model.coordinate_names
        self._column = [free.index(name) if name in free else None for name in PELVIS_ANGLES]

    def height(self, snapshot: Snapshot) -> Array:
        """Above the ground, shape (n_world,) [m]."""
        return snapshot.measurement.body_position[:, self._body, 1]

    def place(self, snapshot: Snapshot) -> Array:
        """In ground, shape (n_world, 3) [m]."""
        return snapshot.measurement.body_position[:, self._body]

    def speed(self, snapshot: Snapshot) -> Array:
        """In ground, shape (n_world, 3) [m/s]."""
        return snapshot.measurement.body_velocity[:, self._body]

    def angles(self, snapshot: Snapshot) -> Array:
        """Pitch, roll and yaw to the left, shape (n_world, 3) [rad]."""
        return self._signed(snapshot.state.q)

    def turning(self, snapshot: Snapshot) -> Array:
        """Their rates, shape (n_world, 3) [rad/s]."""
        return self._signed(snapshot.state.u)

    def own_speed(self, snapshot: Snapshot) -> Array:
        """Forward, leftward and upward, as it faces, shape (n_world, 3) [m/s]."""
        speed = self.speed(snapshot)
        own = (speed[:, 0] - 1j * speed[:, 2]) * np.exp(-1j * self.angles(snapshot)[:, 2])
        return np.stack([own.real, own.imag, speed[:, 1]], axis=1)

    def _signed(self, values: Array) -> Array:
        nothing = np.zeros(len(values))
        tilt, roll, yaw = (nothing if column is None else values[:, column] for column in self._column)
        return np.stack([-tilt, roll, yaw], axis=1)
