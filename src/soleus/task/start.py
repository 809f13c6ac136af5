"""Starts for learning: other states than the one in which a task is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.task.base import Start, Task

PELVIS_HEIGHT = 0.95
"""Of a start in mid-stride: the straight leg just touches the ground [m]."""
POSE = {
    "pelvis_tilt": (-0.25, 0.0),
    "hip_flexion swing": (0.1, 0.8),
    "knee_angle swing": (-1.2, -0.4),
    "ankle_angle swing": (-0.3, 0.1),
    "hip_flexion stance": (-0.35, 0.1),
    "knee_angle stance": (-0.4, -0.05),
    "ankle_angle stance": (-0.1, 0.25),
}
"""Range of each joint angle in mid-stride [rad]; "swing" and "stance" stand for the sides."""
MOTION = {"speed": (0.5, 2.5), "stance": (0.5, 1.0), "swing": (0.0, 3.0)}
"""Ranges of the forward speed [m/s], of the stance hip's speed as a share of the one that keeps the foot in place [1],
and of the swing hip's speed [rad/s]."""
ACTIVATION = (0.05, 0.3)
"""Range of the activations [1]."""


@dataclass(frozen=True)
class StrideStart:
    """Draws starts in the middle of a stride for a share of the episodes, and the task's own for the rest.

    The idea is Bliznashki's (2019): a body that is already moving meets steps worth learning from, where one at rest
    learns to fall or to stand. Here with a forward speed, a stance leg that drives back and a swing leg that comes
    forward, sides by chance; a planar body with the gait models' coordinate names is needed.
    """

    task: Task
    share: float

    def __post_init__(self) -> None:
        needed = {"pelvis_tx", "pelvis_ty", "pelvis_tilt", "hip_flexion_r", "knee_angle_l", "ankle_angle_r"}
        missing = sorted(needed - set(self.task.model.coordinate_names))
        if self.share and missing:
            raise ValueError(f"training stride_starts needs a body that walks; {self.task.name} has no {missing[0]}")

    def __call__(self, seeds: Sequence[int]) -> Start:
        start = self.task.start(seeds)
        if self.share == 0.0:
            return start
        n_drawn = 2 + len(POSE) + len(MOTION) + len(self.task.model.muscles)
        drawn = np.array([np.random.default_rng([seed, 1]).random(n_drawn) for seed in seeds]).reshape(-1, n_drawn)
        strides = drawn[:, 0] < self.share
        right_swings = drawn[strides, 1] < 0.5
        pose, motion, activation = np.split(drawn[strides, 2:], np.cumsum([len(POSE), len(MOTION)]), axis=1)
        state = start.state
        q, u, activations = state.q.copy(), state.u.copy(), state.activation.copy()
        q[strides], u[strides] = self._stride(q[strides], right_swings, pose, motion)
        activations[strides] = _between(ACTIVATION, activation)
        return replace(
            start,
            state=replace(state, q=q, u=u, activation=activations),
            equilibrate=start.equilibrate | strides,
        )

    def _stride(self, q: Array, right_swings: NDArray[np.bool_], pose: Array, motion: Array) -> tuple[Array, Array]:
        """Coordinates and speeds in mid-stride.

        Args:
            q: coordinates, of which those that a stride does not decide are kept, shape (n, n_q).
            right_swings: whether the right leg is the one that comes forward, shape (n,).
            pose: where in its range each angle lies, from 0 to 1, shape (n, len(POSE)).
            motion: the same for the speeds, shape (n, len(MOTION)).
        """
        place = {name: i for i, name in enumerate(self.task.model.coordinate_names)}
        row = np.arange(len(q))

        def column(name: str) -> NDArray[np.integer]:
            """Where a coordinate of the swing or the stance leg stands in each row."""
            joint, _, leg = name.partition(" ")
            if not leg:
                return np.full(len(q), place[joint])
            right = right_swings if leg == "swing" else ~right_swings
            return np.where(right, place[f"{joint}_r"], place[f"{joint}_l"])

        u = np.zeros_like(q)
        q[:, place["pelvis_ty"]] = PELVIS_HEIGHT
        for i, (name, limits) in enumerate(POSE.items()):
            q[row, column(name)] = _between(limits, pose[:, i])
        speed, stance, swing = (_between(limits, motion[:, i]) for i, limits in enumerate(MOTION.values()))
        u[:, place["pelvis_tx"]] = speed
        u[row, column("hip_flexion stance")] = -stance * speed / PELVIS_HEIGHT
        u[row, column("hip_flexion swing")] = swing
        return q, u


def _between(limits: tuple[float, float], share: Array) -> Array:
    low, high = limits
    return low + (high - low) * share
