"""The 79 numbers of Qin Yongliang (ctmakro/stanford-osrl, November 2017): 48, velocities, obstacles and touches.

His program changed until the end; what the last version did to the third obstacle is not on record and chosen here, as
docs/observations.md tells.
"""

from __future__ import annotations

from typing import final

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Layout
from soleus.task.run2017 import BODIES, LEG_COORDINATES
from soleus.task.transform.base import Step, Transform
from soleus.task.transform.body import (
    FEET,
    FOOT_HEIGHTS,
    MASS_CENTER,
    OBSTACLE,
    PELVIS,
    STRENGTHS,
    named,
    rates,
    speeds,
)
from soleus.task.transform.obstacle import N_NUMBER, first_seen, seen
from soleus.task.transform.scale import tamed

PLACES = tuple(f"{body} {axis}" for body in BODIES for axis in "xy")
PELVIS_PLACE = PLACES.index("pelvis x")
N_OBSTACLE = 3
"""That are remembered, the next one included"""
STANDING = 0.9
"""Height of a pelvis [m]"""
NEAREST, FARTHEST, LENGTH = -3.0, 8.0, 7.0
"""Bounds of an obstacle's distance, and its unit [m]"""
SIZE = 5.0
"""Factor on an obstacle's height and radius [1/m]"""
FORWARD_SPEED = 8.0
"""Unit of forward speeds [m/s]"""
TOUCH_HEIGHTS, TOUCH_SLOPE = np.array([0.0, 0.1]), 5.0
"""Heights about which the two indicators of a point change from 1 to 0 [m], and how fast [1/m]"""


@final
class Qin79(Transform):
    """See the module's docstring. What is beyond +-1 is told as its signed root."""

    n_memory = len(PLACES) + N_OBSTACLE * N_NUMBER

    def __init__(self, observation: Layout, action: Layout) -> None:
        del action
        self.layout = _layout()
        order = (
            *(*PELVIS, *speeds(PELVIS), *LEG_COORDINATES, *speeds(LEG_COORDINATES)),
            *(*MASS_CENTER, *speeds(MASS_CENTER), *PLACES, *STRENGTHS),
        )
        self._order = observation.index(*order)
        self._places = observation.index(*PLACES)
        self._obstacle = observation.index(*OBSTACLE)
        self._foot_heights = observation.index(*FOOT_HEIGHTS)

    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        track = first_seen(observation[:, self._order[1]], observation[:, self._obstacle], N_OBSTACLE)
        unknown = np.full((len(observation), len(PLACES)), np.nan)
        return self._told(observation, unknown, np.ones(len(observation)), track)

    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        now = step.observation
        track = seen(memory[:, len(PLACES) :], now[:, self._order[1]], now[:, self._obstacle])
        return self._told(now, memory[:, : len(PLACES)], step.duration, track)

    def _told(self, observed: Array, before: Array, duration: Array, track: Array) -> tuple[Array, Array]:
        own = observed[:, self._order].astype(np.float64)
        places = observed[:, self._places].astype(np.float64)
        velocity = rates(places, before, duration)
        relative = velocity - np.tile(velocity[:, PELVIS_PLACE : PELVIS_PLACE + 2], (1, len(BODIES)))
        parts = [
            _processed(own),
            np.zeros((len(own), N_NUMBER)),
            places[:, 1::2] - STANDING,
            relative / np.tile([FORWARD_SPEED, 1.0], len(BODIES)),
            _obstacles(track, own[:, 1]),
            _touches(observed[:, self._foot_heights]),
        ]
        return tamed(np.concatenate(parts, axis=1)), np.concatenate([places, track], axis=1)


def _processed(own: Array) -> Array:
    """Numbers 0 to 37."""
    place, speed = own[:, 1:3], own[:, 4:6]
    told = own.copy()
    told[:, 0] /= 2.0
    told[:, 1] = 0.0
    told[:, 2] -= STANDING
    told[:, 3] /= 4.0
    told[:, 4] /= FORWARD_SPEED
    told[:, 6:18] /= 4.0
    told[:, 18:20] -= place
    told[:, 20:22] -= speed
    told[:, 22:36] -= np.tile(place, (1, len(BODIES)))
    return told


def _obstacles(track: Array, pelvis_x: Array) -> Array:
    """The three last obstacles, the next one last."""
    told = track.reshape(-1, N_OBSTACLE, N_NUMBER).copy()
    told[..., 0] = np.clip(told[..., 0] - pelvis_x[:, None], NEAREST, FARTHEST) / LENGTH
    told[..., 1:] *= SIZE
    absent = np.zeros((N_OBSTACLE, N_NUMBER))
    absent[:, 0] = NEAREST / LENGTH
    absent[0, 0] = FARTHEST / LENGTH  # nothing ahead is far ahead, nothing behind far behind
    return np.where(np.isnan(told), absent, told)[:, ::-1].reshape(len(track), -1)


def _touches(height: Array) -> Array:
    """Two indicators of each point of the feet."""
    return np.clip((TOUCH_HEIGHTS - height[:, :, None]) * TOUCH_SLOPE + 0.5, 0.0, 1.0).reshape(len(height), -1)


def _layout() -> Layout:
    names = (
        *(*PELVIS, *speeds(PELVIS), *LEG_COORDINATES, *speeds(LEG_COORDINATES)),
        *(*MASS_CENTER, *speeds(MASS_CENTER), *PLACES, *STRENGTHS),
        *(f"nothing {i}" for i in range(N_NUMBER)),
        *(f"{body} height" for body in BODIES),
        *speeds(PLACES),
        *(f"{which}{name}" for which in ("second previous ", "previous ", "") for name in OBSTACLE),
        *(f"{foot} {what}" for foot in FEET for what in ("touch", "near ground")),
    )
    return Layout(named([f"scaled {name}" for name in names], "1"))
