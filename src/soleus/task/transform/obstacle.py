"""Obstacles as networks can bear them: those no longer observed are remembered, and none ahead is not 100 m.

The task tells the next obstacle only: who stands over one already sees the one after it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import final

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Layout
from soleus.task.run2017 import NO_OBSTACLE_AHEAD
from soleus.task.transform.base import Mapped, Step, Transform
from soleus.task.transform.body import FEET, FOOT_PLACES, OBSTACLE, named

N_NUMBER = 3
"""That are told of an obstacle: place along the track, height and radius [m]."""
FAR_BEHIND = -5.0
"""An obstacle at least so far behind the pelvis, and one that there was not, are told here [m]."""
FAR_AHEAD = 5.0
"""The same ahead of it; no two of the final are farther apart than 4 m [m]."""
AT_FOOT = 0.5
"""Farther from a foot an obstacle does not matter to it yet [m]."""


def first_seen(pelvis_x: Array, told: Array, n_obstacle: int) -> Array:
    """What to remember of obstacles at the start of an episode.

    Args:
        pelvis_x: in ground, shape (n_world,) [m].
        told: distance, height and radius of the next obstacle as the task tells them, shape (n_world, 3) [m].
        n_obstacle: how many to remember, the next one included.

    Returns:
        Place in ground, height and radius of the next obstacle, then of the one before it, and so on, shape
        (n_world, 3 n_obstacle) [m]; NaN for one that is not there.
    """
    unseen = np.full((len(told), N_NUMBER * (n_obstacle - 1)), np.nan)
    return np.concatenate([_placed(pelvis_x, told), unseen], axis=1)


def seen(track: Array, pelvis_x: Array, told: Array) -> Array:
    """The same after a step: a new next obstacle takes the first place, and the others move on.

    If it is one that lies before the last next obstacle, the runner has gone backward, and they move back.
    """
    now, before = _placed(pelvis_x, told), track[:, :N_NUMBER]
    same = ((now == before) | (np.isnan(now) & np.isnan(before)))[:, 1:].all(axis=1)
    farther = np.where(np.isnan(now[:, 0]), np.inf, now[:, 0]) > np.where(np.isnan(before[:, 0]), np.inf, before[:, 0])
    onward = np.concatenate([now, track[:, :-N_NUMBER]], axis=1)
    back = np.concatenate([now, track[:, 2 * N_NUMBER :], np.full_like(now, np.nan)], axis=1)
    return np.where(same[:, None], track, np.where(farther[:, None], onward, back))


def _placed(pelvis_x: Array, told: Array) -> Array:
    """The next obstacle in ground, NaN where there is none ahead."""
    told = told.astype(np.float64)
    place = np.concatenate([told[:, :1] + pelvis_x[:, None], told[:, 1:]], axis=1)
    none = (told == NO_OBSTACLE_AHEAD).all(axis=1)
    return np.where(none[:, None], np.nan, place)


class _TwoObstacles(Transform):
    """Remembers the next obstacle and the one that was it before."""

    n_memory = 2 * N_NUMBER

    def __init__(self, observation: Layout, added: Sequence[str]) -> None:
        self.layout = Layout((*observation.fields, *named(added, "m")))
        self._told = observation.index(*OBSTACLE)
        (self._pelvis,) = observation.index("pelvis_tx")

    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        track = first_seen(observation[:, self._pelvis], observation[:, self._told], 2)
        return np.concatenate([observation, self.tell(observation, track)], axis=1), track

    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        track = seen(memory, step.observation[:, self._pelvis], step.observation[:, self._told])
        return np.concatenate([step.observation, self.tell(step.observation, track)], axis=1), track

    @abstractmethod
    def tell(self, observation: Array, track: Array) -> Array:
        """What is added, given the two as `seen` has them, shape (n_world, n)."""


@final
class PreviousObstacle(_TwoObstacles):
    """Adds distance (negative), height and radius of the obstacle that was the next one before the present one."""

    def __init__(self, observation: Layout, action: Layout) -> None:
        del action
        super().__init__(observation, [f"previous {name}" for name in OBSTACLE])

    def tell(self, observation: Array, track: Array) -> Array:
        previous = track[:, N_NUMBER:]
        distance = np.maximum(previous[:, :1] - observation[:, [self._pelvis]], FAR_BEHIND)
        known = ~np.isnan(distance)
        return np.where(known, np.concatenate([distance, previous[:, 1:]], axis=1), (FAR_BEHIND, 0.0, 0.0))


@final
class ObstacleAtFeet(_TwoObstacles):
    """Adds how far the next obstacle and the previous one are ahead of toes and talus of both feet, up to 0.5 m.

    A step goes wrong by a few cm. In units of how much distances along the track differ, that is hardly a difference.
    """

    def __init__(self, observation: Layout, action: Layout) -> None:
        del action
        super().__init__(observation, [f"{foot} to {which}obstacle" for which in ("", "previous ") for foot in FEET])
        self._feet = observation.index(*FOOT_PLACES)

    def tell(self, observation: Array, track: Array) -> Array:
        ahead, behind = (place[:, None] - observation[:, self._feet] for place in (track[:, 0], track[:, N_NUMBER]))
        near = np.concatenate([np.nan_to_num(ahead, nan=AT_FOOT), np.nan_to_num(behind, nan=-AT_FOOT)], axis=1)
        return np.clip(near, -AT_FOOT, AT_FOOT)


def near_obstacle(observation: Layout, action: Layout) -> Mapped:
    """The next obstacle at 5 m where it is farther, and none there too.

    A normaliser that has met the 100 m of none, behind the last obstacle or on a flat track, makes all real distances
    alike, and one that has not is taken by surprise.
    """
    del action
    distance = observation.index(OBSTACLE[0])

    def told(observed: Array) -> Array:
        changed = observed.copy()
        changed[:, distance] = np.minimum(changed[:, distance], FAR_AHEAD)
        return changed

    return Mapped(observation, told)
