"""Starts in the middle of a stride."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.task.base import Start, Task
from soleus.task.start.base import CHOICE_STREAM, check_walker

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


@final
@dataclass(frozen=True)
class StrideStart:
    """Puts episodes into the middle of a stride.

    The idea is Bliznashki's (2019): a body that is already moving meets steps worth learning from, where one at rest
    learns to fall or to stand. Here with a forward speed, a stance leg that drives back and a swing leg that comes
    forward, sides by chance; a body with the gait models' coordinate names is needed.
    """

    task: Task

    def __post_init__(self) -> None:
        check_walker(self.task, "stride")

    def __call__(self, start: Start, seeds: Sequence[int]) -> Start:
        """Starts of the task's own -> mid-stride, a row for each seed."""
        n_drawn = 2 + len(POSE) + len(MOTION) + len(self.task.model.muscles)
        drawn = np.array([np.random.default_rng([seed, CHOICE_STREAM]).random(n_drawn) for seed in seeds])
        # The first number has chosen this kind of start.
        right_swings = drawn[:, 1] < 0.5
        pose, motion, activation = np.split(drawn[:, 2:], np.cumsum([len(POSE), len(MOTION)]), axis=1)
        q, u = self._stride(start.state.q.copy(), right_swings, pose, motion)
        state = replace(start.state, q=q, u=u, activation=_between(ACTIVATION, activation))
        return replace(start, state=state, equilibrate=np.ones(len(seeds), dtype=bool))

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
