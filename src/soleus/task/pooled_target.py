"""The target of Learn to Move in five numbers, as Bliznashki (2019) pooled it from the field around the body.

A pure function of the field, whoever asks: what is observed and what is paid use the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.task.terms import NEAR

N_POOLED = 5
"""Numbers of the code."""
LEFT, STRAIGHT, RIGHT = range(3)
"""Which way to turn."""
TIE = np.array([0.0, 1e-9, 0.0])
"""What straight on may be worse by: a field that is the same everywhere says nothing of sides [m/s]."""
_PLACE = np.arange(11)
_SHARE = (_PLACE % 2 == 0) / 6.0
"""Of each place in a mean along an axis."""
_PART = np.stack([np.isin(_PLACE, (first, first + 2)) / 2.0 for first in (0, 4, 8)], axis=1)
"""Of each place in the mean of a third of an axis, shape (11, 3)."""
ALONG = (_PART[:, None] * _SHARE[:, None]).reshape(-1, 3)
"""Of each place of the field in the means of what is behind, around and ahead, shape (121, 3)."""
ACROSS = (_PART[:, ::-1] * _SHARE[:, None, None]).reshape(-1, 3)
"""The same for the left, around and the right, shape (121, 3)."""
SLOW_SIDEWAYS = 1.0
"""Leftward target speed here, below which the published code never went straight on [m/s]."""


@dataclass(frozen=True)
class Pooled:
    """Means over parts of the field, in the body's axes."""

    forward: Array
    """Target velocity forward: of what lies behind, around and ahead, shape (n_world, 3) [m/s]"""
    sideways: Array
    """Size of the leftward target velocity: to the left, around and to the right, shape (n_world, 3) [m/s]"""

    @property
    def distance(self) -> Array:
        """Target speed around the body: it falls with the distance to a sink that is near, shape (n_world,) [m/s]."""
        return np.hypot(self.forward[:, 1], self.sideways[:, 1])


Turn = Callable[[Pooled], NDArray[np.integer]]
"""Which way each body should turn: LEFT, STRAIGHT or RIGHT, shape (n_world,)"""


def pool(field: Array) -> Pooled:
    """Pool a field: every other place, 2 x 2 of them in a mean, and means of these along either axis, all in one.

    Args:
        field: target velocities forward and leftward, from 5 m behind to 5 m ahead and from 5 m on the right to 5 m on
            the left, shape (n_world, 2, 11, 11) [m/s].
    """
    components = field.reshape(len(field), 2, -1)
    return Pooled(forward=components[:, 0] @ ALONG, sideways=np.abs(components[:, 1] @ ACROSS))


def turn_if_behind(pooled: Pooled) -> NDArray[np.integer]:
    """To where the field has the least to say sideways: there the sink lies. Nobody goes straight on from a sink behind
    him, which looks as straight as one ahead.
    """
    first, second = _least_sideways(pooled.sideways - TIE)
    return np.where((first == STRAIGHT) & (pooled.forward[:, 1] < 0.0), second, first)


def turn_as_published(pooled: Pooled) -> NDArray[np.integer]:
    """The same as in Bliznashki's code, which asked for a small sideways speed instead of a sink behind: that is nearly
    always so, and it hardly ever says straight on.
    """
    first, second = _least_sideways(pooled.sideways)
    return np.where((first == STRAIGHT) & (pooled.sideways[:, STRAIGHT] < SLOW_SIDEWAYS), second, first)


def pooled_target(field: Array, turn: Turn = turn_if_behind) -> Array:
    """The five numbers: 1 to go and 0 to stop, 1 at left, straight or right, and the distance.

    Args:
        field: see `pool`.
        turn: which way to turn.

    Returns:
        shape (n_world, 5) [1, 1, 1, 1, m/s].
    """
    pooled = pool(field)
    way = turn(pooled)[:, None] == np.arange(3)
    distance = pooled.distance[:, None]
    return np.concatenate([1.0 * (distance > NEAR), 1.0 * way, distance], axis=1)


def _least_sideways(sideways: Array) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Where the sideways speed is least, and where it is next to least, shape (n_world,) each."""
    order = np.argsort(sideways, axis=1, kind="stable")
    return order[:, 0], order[:, 1]
