"""The 39 numbers of the team Reason8 (fgvbrt/nips_rl and Scitator/Run-Skeleton-Run), third of 2017."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Field, Layout
from soleus.task.run2017 import LEG_COORDINATES, NO_OBSTACLE_AHEAD
from soleus.task.transform.base import Step, Transform
from soleus.task.transform.body import MASS_CENTER, OBSTACLE, PELVIS, POINT_PLACES, STRENGTHS, speeds
from soleus.task.transform.reduced import chosen

BODY = (
    "pelvis_tilt",
    "pelvis_ty",
    *speeds(PELVIS),
    *LEG_COORDINATES,
    *speeds(LEG_COORDINATES),
    *MASS_CENTER,
    *speeds(MASS_CENTER),
    *POINT_PLACES,
    *STRENGTHS,
)
"""The 35 numbers about the body, in their order"""
NO_OBSTACLE = (-1.0, 0.0, 0.0, 0.0)
"""What is told of the next obstacle when there is none: distance, height and radius [m], and that it is none"""
FARTHEST = 10.0
"""Of what is told of an obstacle [m]"""


@final
class Reason8(Transform):
    """The 41 without the pelvis' second place and its forward position, and with whether there is an obstacle.

    Forward positions are relative to the pelvis.
    """

    def __init__(self, observation: Layout, *, tells_first_obstacle: bool) -> None:
        """Args:
        observation: of the task.
        tells_first_obstacle: whether the first observation of an episode tells the obstacle. They did not trust it,
            since osim-rl told that of the episode before.
        """
        self._body = chosen(observation, BODY)
        obstacle = tuple(observation.fields[i] for i in observation.index(*OBSTACLE))
        self.layout = Layout((*self._body.layout.fields, *obstacle, Field("obstacle ahead", "1")))
        self._obstacle = observation.index(*OBSTACLE)
        self._tells_first_obstacle = tells_first_obstacle

    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        obstacle = observation[:, self._obstacle]
        if not self._tells_first_obstacle:
            obstacle = np.broadcast_to(NO_OBSTACLE_AHEAD, obstacle.shape)
        return self._told(observation, obstacle), left

    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        return self._told(step.observation, step.observation[:, self._obstacle]), memory

    def _told(self, observation: Array, obstacle: Array) -> Array:
        body, _ = self._body.begin(observation, observation)
        none = obstacle[:, :1] == NO_OBSTACLE_AHEAD[0]
        flagged = np.concatenate([np.clip(obstacle, -FARTHEST, FARTHEST), np.ones_like(obstacle[:, :1])], axis=1)
        return np.concatenate([body, np.where(none, NO_OBSTACLE, flagged)], axis=1)


def reason8(*, tells_first_obstacle: bool) -> Callable[[Layout, Layout], Reason8]:
    """How the registry builds it."""
    return lambda observation, action: Reason8(observation, tells_first_obstacle=tells_first_obstacle)
