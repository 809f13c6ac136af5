"""Where walks of Learn to Move 2019 begin: the twelve numbers of osim-rl's `init_pose`, and poses drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from soleus.engine.base import Array, State, default_state
from soleus.model.spec import Model

StartName = Literal["stand", "step", "random"]
POSE_FIELDS = (
    ("pelvis_tx", "speed", 1.0),
    ("pelvis_tz", "speed", 1.0),
    ("pelvis_ty", "position", 1.0),
    ("pelvis_tilt", "position", -1.0),
    *(
        (f"{coordinate}_{side}", "position", sign)
        for side in "rl"
        for coordinate, sign in (
            ("hip_adduction", -1.0), ("hip_flexion", -1.0), ("knee_angle", 1.0), ("ankle_angle", -1.0),
        )
    ),
)  # fmt: skip
"""The coordinate behind each number of `init_pose`, whether it is its position or its speed, and the sign between them:
a positive trunk lean is forward, and positive angles abduct the hip and extend hip, knee and ankle. (The words of
osim-rl's comments say otherwise of the hip and the ankle.)"""
STAND = (0.0, 0.0, 0.94, *(0.0,) * 9)
STEP = (
    1.7, 0.5, 0.9023246, 0.2012304, 0.0, -0.6952391, -0.3231075, 0.1709012, 0.0, -0.0528232, -0.8041966, -0.1745329,
)  # fmt: skip
HEIGHT = 0.94
"""Of the pelvis in every drawn pose [m]."""
FORWARD_SPEED = (1.5, 3.5)
"""Deviation of the normal distribution whose absolute value is drawn, and the most that is allowed [m/s]."""
SIDEWAYS_SPEED, LEAN = (-0.15, 0.15), (-0.15, 0.15)
"""[m/s] and [rad]"""
SWING = ((0.0, 0.1), (-1.0, 0.3), (-1.3, -0.5), (-0.9, -0.5))
STANCE = ((0.0, 0.1), (-0.25, 0.05), (-0.5, -0.25), (-0.25, -0.25))
"""Ranges of a leg's four angles [rad]; the right leg swings if the body moves to the right."""


def draw_poses(start: StartName, model: Model, seeds: Sequence[int]) -> State:
    """A state for each seed, muscles at their defaults."""
    match start:
        case "stand":
            poses = np.tile(STAND, (len(seeds), 1))
        case "step":
            poses = np.tile(STEP, (len(seeds), 1))
        case "random":
            poses = np.array([_draw_pose(np.random.default_rng([seed, 2])) for seed in seeds])
    return state_of_pose(model, poses)


def state_of_pose(model: Model, init_pose: ArrayLike) -> State:
    """The states of `init_pose` vectors, muscles at their defaults; what the model locks stays as it is.

    Args:
        model: the walker, planar or not.
        init_pose: shape (12,) or (n, 12); [m/s, m/s, m, rad, ...].
    """
    poses = np.atleast_2d(np.asarray(init_pose, dtype=np.float64))
    if poses.shape[1] != len(POSE_FIELDS) or not np.isfinite(poses).all():
        raise ValueError(
            f"init_pose has shape {np.shape(init_pose)}; it needs 12 finite numbers: forward speed, rightward speed, "
            "pelvis height, trunk lean, and hip abduction, hip, knee and ankle extension of the right and the left leg"
        )
    state = default_state(model, len(poses))
    q, u = state.q, np.zeros_like(state.u)
    for column, (name, kind, sign) in enumerate(POSE_FIELDS):
        if name in model.coordinate_names:
            (u if kind == "speed" else q)[:, model.coordinate_names.index(name)] = sign * poses[:, column]
    return replace(state, q=q, u=u)


def _draw_pose(random: np.random.Generator) -> Array:
    """One pose as Bliznashki (2019) drew them."""
    deviation, most = FORWARD_SPEED
    forward = min(abs(random.normal(0.0, deviation)), most)
    sideways, lean = random.uniform(*SIDEWAYS_SPEED), random.uniform(*LEAN)
    swing, stance = ([random.uniform(*limits) for limits in leg] for leg in (SWING, STANCE))
    right, left = (swing, stance) if sideways > 0.0 else (stance, swing)
    return np.array([forward, sideways, HEIGHT, lean, *right, *left])
