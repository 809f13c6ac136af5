"""Starts for learning: other states than the one in which a task is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from soleus.engine.base import Array
from soleus.task.base import Start, Task

PELVIS_HEIGHT = 0.95
"""Of a start in mid-stride: the straight leg just touches the ground [m]."""


@dataclass(frozen=True)
class StrideStart:
    """Draws starts in the middle of a stride for a share of the episodes, and the task's own for the rest.

    The idea is Bliznashki's (2019): a body that is already moving meets steps worth learning from, where one at rest
    learns to fall or to stand. Here with a forward speed, a stance leg that drives back and a swing leg that comes
    forward, sides by chance; a planar body with the gait models' coordinate names is needed.
    """

    task: Task
    share: float

    def __call__(self, seed: int) -> Start:
        start = self.task.start(seed)
        random = np.random.default_rng([seed, 1])
        if random.random() >= self.share:
            return start
        q, u = self._stride(random, start.state.q.copy(), np.zeros_like(start.state.u))
        activation = random.uniform(0.05, 0.3, start.state.activation.shape)
        return replace(start, state=replace(start.state, q=q, u=u, activation=activation), equilibrate=True)

    def _stride(self, random: np.random.Generator, q: Array, u: Array) -> tuple[Array, Array]:
        place = {name: i for i, name in enumerate(self.task.model.coordinate_names)}
        swing, stance = random.permutation(["r", "l"])
        speed = random.uniform(0.5, 2.5)
        for coordinate, value in {
            "pelvis_tilt": random.uniform(-0.25, 0.0),
            "pelvis_ty": PELVIS_HEIGHT,
            f"hip_flexion_{swing}": random.uniform(0.1, 0.8),
            f"knee_angle_{swing}": random.uniform(-1.2, -0.4),
            f"ankle_angle_{swing}": random.uniform(-0.3, 0.1),
            f"hip_flexion_{stance}": random.uniform(-0.35, 0.1),
            f"knee_angle_{stance}": random.uniform(-0.4, -0.05),
            f"ankle_angle_{stance}": random.uniform(-0.1, 0.25),
        }.items():
            q[0, place[coordinate]] = value
        u[0, place["pelvis_tx"]] = speed
        u[0, place[f"hip_flexion_{stance}"]] = -random.uniform(0.5, 1.0) * speed / PELVIS_HEIGHT
        u[0, place[f"hip_flexion_{swing}"]] = random.uniform(0.0, 3.0)
        return q, u
