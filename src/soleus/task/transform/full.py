"""The full state of Ghelfi, Arcari and Gagliardi (2018), as far as it can be had from what the task tells.

Their environment told the simulator's own velocities and accelerations. Here they are differences between observations:
velocities of the points over the last step, accelerations the change of a speed over it. The order, and which ten
accelerations belong to joints and pelvis, are our reading of 67 = 33 + 24 + 10: their text tells the sums.
"""

from __future__ import annotations

from typing import final

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Layout
from soleus.task.transform.base import Step, Transform
from soleus.task.transform.body import POINT_PLACES, POINTS, named, rates, speeds
from soleus.task.transform.reduced import JOINTS, reduced33

TURNING = (*JOINTS, "pelvis_tilt")
GOING = ("pelvis_tx", "pelvis_ty")
BACK = "lumbar_extension acceleration"
"""The back is locked, so this is always 0."""


@final
class Full67(Transform):
    """The 33 numbers of `reduced33`, 10 accelerations, and velocity and acceleration of each point in ground.

    In the first observation of an episode velocities and accelerations are 0, in the second those accelerations that
    need two velocities.
    """

    def __init__(self, observation: Layout, action: Layout) -> None:
        self._reduced = reduced33(observation, action)
        told = (*speeds((*TURNING, *GOING)), *POINT_PLACES)
        self._source = observation.index(*told)
        self._n_point = len(POINT_PLACES)
        self.n_memory = len(told) + self._n_point
        motion = [
            field
            for point in POINTS
            for what, unit in (("speed", "m/s"), ("acceleration", "m/s^2"))
            for field in named([f"{point} {axis} {what}" for axis in "xy"], unit)
        ]
        joints = named([*(f"{name} acceleration" for name in TURNING), BACK], "rad/s^2")
        pelvis = named([f"{name} acceleration" for name in GOING], "m/s^2")
        self.layout = Layout((*self._reduced.layout.fields, *joints, *pelvis, *motion))

    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        told, _ = self._reduced.begin(observation, left)
        rest = np.zeros((len(told), len(self.layout) - told.shape[1]))
        unknown = np.full((len(told), self._n_point), np.nan)
        return (
            np.concatenate([told, rest], axis=1),
            np.concatenate([observation[:, self._source], unknown], axis=1),
        )

    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        n_own, n_point = len(self._source), self._n_point
        now = step.observation[:, self._source].astype(np.float64)
        changes = rates(now, memory[:, :n_own], step.duration)
        velocity = changes[:, -n_point:]
        acceleration = rates(velocity, memory[:, n_own:], step.duration)
        turning, going = np.split(changes[:, :-n_point], [len(TURNING)], axis=1)
        by_point = [part.reshape(len(now), -1, 2) for part in (velocity, acceleration)]
        told, _ = self._reduced.begin(step.observation, memory)
        back = np.zeros((len(now), 1))
        motion = np.concatenate(by_point, axis=2).reshape(len(now), -1)
        told = np.concatenate([told, turning, back, going, motion], axis=1)
        return told, np.concatenate([now, velocity], axis=1)
