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

LEFT, STRAIGHT, RIGHT = range(3)
"""Which way to turn."""
SLOW_SIDEWAYS = 1.0
"""Leftward target speed here, below which the published code never went straight on [m/s]."""


@dataclass(frozen=True)
class Pooled:
    """Means over parts of the field, in the body's axes."""

    forward: Array
    """Target velocity forward: of what lies behind, around and ahead, shape (n_world, 3) [m/s]"""
    leftward: Array
    """Target velocity leftward: to the left, around and to the right, shape (n_world, 3) [m/s]"""

    @property
    def sideways(self) -> Array:
        """Size of the leftward velocity, shape (n_world, 3) [m/s]."""
        return np.abs(self.leftward)

    @property
    def distance(self) -> Array:
        """Target speed around the body: it falls with the distance to a sink that is near, shape (n_world,) [m/s]."""
        return np.hypot(self.forward[:, 1], self.leftward[:, 1])


Turn = Callable[[Pooled], NDArray[np.integer]]
"""Which way each body should turn: LEFT, STRAIGHT or RIGHT, shape (n_world,)"""


def pool(field: Array) -> Pooled:
    """Pool a field: every other place, 2 x 2 of them in a mean, and means of these along either axis.

    Args:
        field: target velocities forward and leftward, from 5 m behind to 5 m ahead and from 5 m on the right to 5 m on
            the left, shape (n_world, 2, 11, 11) [m/s].
    """
    every_second = field[:, :, ::2, ::2]
    # Sums written out: NumPy's own, and products, come out otherwise for other numbers of worlds.
    rows = every_second[:, :, 0::2] + every_second[:, :, 1::2]
    forward, leftward = np.moveaxis((rows[..., 0::2] + rows[..., 1::2]) / 12.0, 1, 0)
    across = forward[..., 0] + forward[..., 1] + forward[..., 2]
    along = leftward[:, 0] + leftward[:, 1] + leftward[:, 2]
    return Pooled(across, along[:, ::-1])


def turn_if_behind(pooled: Pooled) -> NDArray[np.integer]:
    """To where the field has the least to say sideways, which is straight on where both sides say the same: there the
    sink lies. Nobody goes straight on from a sink behind him, which looks as straight as one ahead.
    """
    left, here, right = pooled.sideways.T
    is_straight = (here <= np.minimum(left, right)) | (left == right)
    side = np.where(left <= right, LEFT, RIGHT)
    return np.where(is_straight & (pooled.forward[:, 1] >= 0.0), STRAIGHT, side)


def turn_as_published(pooled: Pooled) -> NDArray[np.integer]:
    """The same as in Bliznashki's code, which asked for a small sideways speed instead of a sink behind: that is nearly
    always so, and it hardly ever says straight on.
    """
    order = np.argsort(pooled.sideways, axis=1, kind="stable")
    first, second = order[:, 0], order[:, 1]
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
