"""Terms of how the trunk leans and the knees bend."""

from __future__ import annotations

import numpy as np

from soleus.engine.base import Array
from soleus.task.base import CONTROL_STEP, Snapshot, Task
from soleus.task.bonus.base import Bonus, Step, bodies, coordinates

MOST_LEAN = 0.3
"""Beyond this a lean costs no more [m]."""
LATE_LEAN, EARLY_LEAN = 0.3, 0.15
"""Up to this a lean costs nothing [m]."""
STRAIGHT = 0.1
"""Angle from which a knee is straight [rad]."""
KNEES = ("knee_angle_r", "knee_angle_l")


def head_behind_pelvis(task: Task) -> Bonus:
    """min(0, h - p), h and p the places of head and pelvis forward."""
    lead = _Lead(task)
    return lambda step: CONTROL_STEP * np.minimum(0.0, lead(step.after)[:, 0])


def lean_back(task: Task) -> Bonus:
    """-min(0.3, max(0, p - h - 0.3)), h and p the places of head and pelvis forward."""
    lead = _Lead(task)
    return lambda step: -CONTROL_STEP * _beyond(-lead(step.after)[:, 0], LATE_LEAN)


def lean_back_early(task: Task) -> Bonus:
    """-min(0.3, max(0, p - h - 0.15)), h and p the places of head and pelvis forward."""
    lead = _Lead(task)
    return lambda step: -CONTROL_STEP * _beyond(-lead(step.after)[:, 0], EARLY_LEAN)


def lean_sideways(task: Task) -> Bonus:
    """-min(0.3, max(0, |p - h| - 0.15)), h and p the places of head and pelvis to the side, in ground."""
    coordinates(task, "pelvis_list")
    lead = _Lead(task)
    return lambda step: -CONTROL_STEP * _beyond(np.abs(lead(step.after)[:, 2]), EARLY_LEAN)


def straight_knee(task: Task) -> Bonus:
    """-max(0, knee - 0.1), both knees in a sum."""
    knees = coordinates(task, *KNEES)
    return lambda step: -CONTROL_STEP * np.sum(np.maximum(step.after.state.q[:, knees] - STRAIGHT, 0.0), axis=1)


def knee_hyperextension(task: Task) -> Bonus:
    """-max(0, knee), both knees in a sum, in a control step that ends in no fall."""
    knees = coordinates(task, *KNEES)

    def bonus(step: Step) -> Array:
        bent_wrongly = np.sum(np.maximum(step.after.state.q[:, knees], 0.0), axis=1)
        return -CONTROL_STEP * bent_wrongly * ~step.fallen

    return bonus


class _Lead:
    """How far the head is before the pelvis, in ground, shape (n_world, 3) [m]."""

    def __init__(self, task: Task) -> None:
        self._head, self._pelvis = bodies(task, "head", "pelvis")

    def __call__(self, snapshot: Snapshot) -> Array:
        place = snapshot.measurement.body_position
        return place[:, self._head] - place[:, self._pelvis]


def _beyond(lean: Array, free: float) -> Array:
    """What of a lean costs [m]."""
    return np.clip(lean - free, 0.0, MOST_LEAN)
