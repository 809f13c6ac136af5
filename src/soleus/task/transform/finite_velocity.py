"""Velocities of the points of the body that Learning to Run tells the places of only: from one observation to the next.

Qin Yongliang's advice of 2017: of a body whose head may move either way nobody can tell what happens next.
"""

from __future__ import annotations

from typing import final

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Layout
from soleus.task.transform.base import Step, Transform
from soleus.task.transform.body import POINT_PLACES, named, rates, speeds


@final
class FiniteVelocity(Transform):
    """Adds (x now - x before) / time, which is 0 in the first observation of an episode.

    From places in ground follow velocities in ground; from places relative to the pelvis, velocities relative to it.
    """

    def __init__(self, observation: Layout, action: Layout) -> None:
        del action
        self.layout = Layout((*observation.fields, *named(speeds(POINT_PLACES), "m/s")))
        self.n_memory = len(POINT_PLACES)
        self._places = observation.index(*POINT_PLACES)

    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        rest = np.zeros((len(observation), self.n_memory), np.float32)
        return np.concatenate([observation, rest], axis=1), observation[:, self._places]

    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        places = step.observation[:, self._places].astype(np.float64)
        velocity = rates(places, memory, step.duration)
        return np.concatenate([step.observation, velocity], axis=1), places
