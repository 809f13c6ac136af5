"""The 82 numbers of Stelmaszczyk and Jarosik (learning2run, 2017), scaled by hand to about -1 ... 1.

"relative" is relative to the pelvis. All is as in their program (`preprocess`), but for mistakes that can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np

from soleus.engine.base import Array
from soleus.task.base import CONTROL_STEP
from soleus.task.layout import Layout
from soleus.task.run2017 import LEG_COORDINATES
from soleus.task.transform.base import Step, Transform
from soleus.task.transform.body import (
    FEET,
    FOOT_HEIGHTS,
    MASS_CENTER,
    OBSTACLE,
    PELVIS,
    POINT_PLACES,
    STRENGTHS,
    named,
    speeds,
    touch,
)
from soleus.task.transform.obstacle import N_NUMBER, first_seen, seen
from soleus.task.transform.scale import signed_root, softsign

MOVING = (*PELVIS, *LEG_COORDINATES, *MASS_CENTER, *POINT_PLACES)
"""What has a speed, in the order of accelerations"""
N_PLACE, N_SPEED = len(POINT_PLACES), len(MOVING)
POINT_OFFSET = np.array([-0.15, 0.61, -0.10, 0.08, *[-0.1, -0.9] * len(FEET)])
POINT_SCALE = np.array([0.25, 0.02, 0.02, 0.02, *[1.0, 0.3] * len(FEET)])
"""Of the relative places of head, torso and feet, x and y [m]"""
POINT_SPEED_SCALE = np.array([1.0, 1.0, 1.0, 1.0, *[2.5, 1.0] * len(FEET)])
"""Of the roots of their relative speeds"""
PELVIS_SPEED = np.array([0.3, 1.0, 0.3])
"""Usual speeds, turning, forward and up [rad/s, m/s, m/s]"""
HEIGHT_DEVIATION = 0.5 / 12**0.5
"""Of an obstacle in radii, uniform from -0.25 to 0.25"""
TRACK_END = 28.0
"""Where they saw the last of ten obstacles on average [m]"""
NO_INFORMATION = (2.0, 0.0, 0.1)
"""As published: what counted as the next obstacle in the first observation, relative to the pelvis [m]"""


@dataclass(frozen=True)
class Mistakes:
    """What their program did and they did not mean. Each can be made."""

    keeps_last_episode: bool = False
    """The last observation of an episode counts as the one before the first of the next, so that this tells speeds of
    thousands of metres a second"""
    subtracts_pelvis_twice: bool = False
    """Accelerations of what is relative to the pelvis lose the pelvis' acceleration once more"""
    hides_first_obstacle: bool = False
    """The first observation tells no obstacle. osim-rl told that of the episode before, so it was wise then"""


AS_PUBLISHED = Mistakes(keeps_last_episode=True, subtracts_pelvis_twice=True, hides_first_obstacle=True)


@final
class Stelmaszczyk82(Transform):
    """See the module's docstring. Speeds and accelerations that are not known yet are told as 0."""

    n_memory = N_PLACE + N_SPEED + 2 * N_NUMBER
    """Places of the points in ground, speeds as they are told of, obstacles"""

    def __init__(self, observation: Layout, mistakes: Mistakes) -> None:
        self.layout = _layout()
        self._mistakes = mistakes
        self._place = {
            name: observation.index(*names)
            for name, names in {
                "pelvis": PELVIS,
                "pelvis speed": speeds(PELVIS),
                "joint": LEG_COORDINATES,
                "joint speed": speeds(LEG_COORDINATES),
                "center": MASS_CENTER,
                "center speed": speeds(MASS_CENTER),
                "point": POINT_PLACES,
                "strength": STRENGTHS,
                "obstacle": OBSTACLE,
                "foot height": FOOT_HEIGHTS,
            }.items()
        }

    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        x = self._read(observation)
        track = first_seen(x["pelvis"][:, 1], x["obstacle"], 2)
        before = left[:, : N_PLACE + N_SPEED]
        known = before if self._mistakes.keeps_last_episode else np.full_like(before, np.nan)
        told_track = track.copy()
        if self._mistakes.hides_first_obstacle:
            told_track[:, :N_NUMBER] = NO_INFORMATION
            told_track[:, 0] += x["pelvis"][:, 1]
        told, motion = self._told(x, known, told_track, np.full(len(observation), CONTROL_STEP))
        return told, np.concatenate([motion, track], axis=1)

    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        x = self._read(step.observation)
        track = seen(memory[:, N_PLACE + N_SPEED :], x["pelvis"][:, 1], x["obstacle"])
        told, motion = self._told(x, memory[:, : N_PLACE + N_SPEED], track, step.duration)
        return told, np.concatenate([motion, track], axis=1)

    def _read(self, observation: Array) -> dict[str, Array]:
        """What is observed, by kind."""
        return {name: observation[:, place].astype(np.float64) for name, place in self._place.items()}

    def _told(self, x: dict[str, Array], before: Array, track: Array, duration: Array) -> tuple[Array, Array]:
        """The 82 numbers, and what to remember of the motion."""
        speed = _relative_speeds(x, before[:, :N_PLACE], duration)
        gained = (speed - before[:, N_PLACE:]) * (CONTROL_STEP / duration)[:, None]
        acceleration = np.where(np.isnan(gained), 0.0, gained)
        if self._mistakes.subtracts_pelvis_twice:
            acceleration[:, 3:] -= _of_pelvis(acceleration)
        known = np.where(np.isnan(speed), 0.0, speed)
        parts = [*_pose(x, known), _obstacles(track, x["pelvis"][:, 1]), *_motion(known, acceleration)]
        ahead = softsign(x["pelvis"][:, 1:2] - TRACK_END)
        told = np.concatenate([*parts, touch(x["foot height"]), ahead], axis=1)
        return told, np.concatenate([x["point"], speed], axis=1)


def stelmaszczyk82(mistakes: Mistakes) -> Callable[[Layout, Layout], Stelmaszczyk82]:
    """How the registry builds it."""
    return lambda observation, action: Stelmaszczyk82(observation, mistakes)


def _relative_speeds(x: dict[str, Array], before: Array, duration: Array) -> Array:
    """Speeds of the pelvis, relative ones of what else is MOVING, NaN where not known, shape (n_world, N_SPEED)."""
    point = (x["point"] - before) / duration[:, None]
    own = np.concatenate([x["pelvis speed"], x["joint speed"], x["center speed"], point], axis=1)
    own[:, 3:] -= _of_pelvis(own)
    return own


def _of_pelvis(motion: Array) -> Array:
    """Of what moves besides the pelvis, the pelvis' part: it turns joints and carries everything else."""
    turning, going = motion[:, :1], motion[:, 1:3]
    n_pair = (N_SPEED - 3 - len(LEG_COORDINATES)) // 2
    return np.concatenate([turning.repeat(len(LEG_COORDINATES), axis=1), np.tile(going, (1, n_pair))], axis=1)


def _pose(x: dict[str, Array], speed: Array) -> list[Array]:
    """Numbers 0 to 35."""
    tilt, forward, height = x["pelvis"].T[:, :, None]
    place = x["pelvis"][:, 1:]
    joint_speed, center_speed = speed[:, 3:9], speed[:, 9:11]
    return [
        np.concatenate([tilt, forward / 100.0, (height - 0.9) / 0.1], axis=1),
        signed_root(speed[:, :3] - PELVIS_SPEED),
        signed_root(x["joint"] - tilt),
        signed_root(joint_speed / 5.0),
        (x["center"] - place - (-0.14, 0.07)) / (0.05, 0.03),
        signed_root(center_speed),
        (x["point"] - np.tile(place, (1, N_PLACE // 2)) - POINT_OFFSET) / POINT_SCALE,
        (x["strength"] - 1.0) / 0.2,
    ]


def _obstacles(track: Array, pelvis_x: Array) -> Array:
    """Numbers 36 to 41: the previous obstacle, then the next one, each the more important the nearer it is."""
    obstacles = []
    for distance, height, radius in (track[:, N_NUMBER:].T, track[:, :N_NUMBER].T):
        distance = distance - pelvis_x
        importance = np.where((distance > -0.5) & (distance < 2.5), 5.0 / 6.0 - distance / 3.0, 0.0)
        told = np.stack([np.ones_like(distance), height / HEIGHT_DEVIATION, (radius - 0.1) / 0.05], axis=1)
        obstacles.append(np.where(np.isnan(told), 0.0, told * importance[:, None]))
    return np.concatenate(obstacles, axis=1)


def _motion(speed: Array, acceleration: Array) -> list[Array]:
    """Numbers 42 to 76."""
    pelvis, joint, center, point = np.split(acceleration, [3, 9, 11], axis=1)
    return [
        signed_root(speed[:, 11:]) / POINT_SPEED_SCALE,
        signed_root(pelvis),
        signed_root(joint / 4.0),
        signed_root(center),
        signed_root(point) / np.tile([1.0, 0.6], N_PLACE // 2),
    ]


def _layout() -> Layout:
    names = (
        *(*PELVIS, *speeds(PELVIS), *LEG_COORDINATES, *speeds(LEG_COORDINATES)),
        *(*MASS_CENTER, *speeds(MASS_CENTER), *POINT_PLACES, *STRENGTHS),
        *(*(f"previous {name}" for name in OBSTACLE), *OBSTACLE),
        *(*speeds(POINT_PLACES), *(f"{name} acceleration" for name in MOVING)),
        *(*(f"{foot} touch" for foot in FEET), "clear ahead"),
    )
    return Layout(named([f"scaled {name}" for name in names], "1"))
