"""The velocity-target field of Learn to Move 2019: at which velocity to walk at each place of the ground.

A point or velocity of the ground plane is a complex number here: forward + i leftward, in ground x - i z. So a turn is
a product with a number of length 1. Everything is as in osim-rl 3.0.11 (`VTgtField`), random draws included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Batched
from soleus.engine.fast.grid import Grid
from soleus.engine.fast.operations import NumpyOperations, Operations, Scalar
from soleus.task.base import CONTROL_STEP

Complex = NDArray[np.complexfloating]

CONSTANT_VELOCITY = 1.4
"""Of difficulty 0, forward [m/s]."""
MEAN_SPEED, SPEED_SWING, FASTEST = 1.3, 0.5, 1.8
"""Around a sink speed swings about its mean on the way there, and is highest beyond where the way began [m/s]."""
SLOW_RADIUS = 1.0
"""Nearer to the sink than this the speed fades to 0 [m]."""
SINK_DISTANCE = (5.0, 7.0)
"""From the last sink, or the start, to the next [m]."""
DWELL = (2.0, 4.0)
"""Time to stay at a sink [s]."""
SPACING = 0.5
"""Between the nodes of the map, in both directions [m]."""
HALF = 40.0
"""Nodes on each side of the map's centre: it reaches 20 m. Outside, its edge counts."""
VIEW = np.arange(-5.0, 6.0)
"""Distances at which the field is observed, forward (or back) and leftward (or right) [m]."""
N_VIEW = 2 * len(VIEW) ** 2
"""Numbers of the view."""
N_NUMBER = 9
"""That the field takes of each world."""


@dataclass(frozen=True)
class Target(Batched):
    """Where each world is to go."""

    sink: Complex
    """Where all velocities point, shape (n_world,) [m]"""
    center: Complex
    """Of the map: where the body was when the target was set, shape (n_world,) [m]"""
    way: Array
    """From there to the sink, shape (n_world,) [m]"""
    phase: Array
    """Of the speed's swing on the way, shape (n_world,) [rad]"""
    dwell: Array
    """How long to stay, shape (n_world,) [s]"""
    stayed: Array
    """How long the body has now stayed, shape (n_world,) [s]"""
    path: Array
    """Direction from the last sink to this one, shape (n_world,) [rad]"""
    number: NDArray[np.integer]
    """1 for the first target; one more than there are when all are done, shape (n_world,)"""
    reached: NDArray[np.bool_]
    """Whether the body has stayed long enough just now, shape (n_world,)"""
    draws: Array
    """Distance [m], turn [rad], phase [rad] and dwell [s] of each target to come, shape (n_world, n_target, 4)"""


def _no_target(n: int, n_draw: int) -> Target:
    """Arrays of a target that is still to be set."""
    real, point, never = np.zeros(n), np.zeros(n, dtype=np.complex128), np.zeros(n, dtype=bool)
    number, draws = np.ones(n, dtype=np.int64), np.zeros((n, n_draw, 4))
    return Target(point, point, real, real, real, real, real, number, never, draws)


@final
class ConstantField:
    """The same velocity everywhere, and no target."""

    def start(self, seeds: Sequence[int]) -> Target:
        """Targets at the start of episodes; no seed matters."""
        return _no_target(len(seeds), 0)

    def update(self, target: Target, position: Complex) -> Target:
        """What a control step that ends at a position makes of the targets."""
        del position
        return target

    def velocity(self, target: Target, position: Complex) -> Complex:
        """At positions in ground, shape (n_world,) [m/s]."""
        del target
        return np.full(position.shape, CONSTANT_VELOCITY, dtype=np.complex128)

    def sight(self, target: Target, position: Complex, heading: Complex) -> Array:
        """See SinkField.sight."""
        del target, position
        seen, rest = CONSTANT_VELOCITY * heading.conj(), np.zeros((len(heading), N_NUMBER - 2))
        return np.concatenate([seen.real[:, None], seen.imag[:, None], rest], axis=1)

    def view(self, sight: Array, out: Array) -> None:
        """See SinkField.view."""
        out[:] = sight[:, :2].repeat(N_VIEW // 2, axis=1)


@final
class SinkField:
    """Velocities that point to a sink; who has stayed there long enough is given the next one."""

    def __init__(self, turn: tuple[float, float], n_target: float, n_draw: int, radius: float) -> None:
        """Args:
        turn: least and largest turn of the path from one sink to the next [rad].
        n_target: targets in an episode; may be infinite.
        n_draw: targets that an episode has time for.
        radius: of a sink [m].
        """
        self._low = np.array([SINK_DISTANCE[0], turn[0], -np.pi, DWELL[0]])
        self._high = np.array([SINK_DISTANCE[1], turn[1], np.pi, DWELL[1]])
        self._n_target = n_target
        self._n_draw = n_draw
        self._radius = radius
        self._random = np.random.RandomState(0)  # seeded for each world; a new one would cost more than its draws

    def start(self, seeds: Sequence[int]) -> Target:
        """Targets at the start of episodes, the body in the origin: one seed, the same draws as in osim-rl."""
        n = len(seeds)
        draws = np.empty((n, self._n_draw, 4))
        for world, seed in enumerate(seeds):
            self._random.seed(seed)
            draws[world] = self._random.random_sample((self._n_draw, 4))
        unset = replace(_no_target(n, self._n_draw), draws=self._low + (self._high - self._low) * draws)
        return self._next(unset, np.zeros(n, dtype=np.complex128), draw=np.zeros(n, dtype=np.int64))

    def update(self, target: Target, position: Complex) -> Target:
        """What a control step that ends at a position makes of the targets, shape (n_world,) [m]."""
        inside = np.abs(target.sink - position) < self._radius
        stayed = np.where(inside, target.stayed + CONTROL_STEP, 0.0)
        reached = (stayed > target.dwell) & (target.number <= self._n_target)
        now = replace(target, stayed=np.where(reached, 0.0, stayed), reached=reached, number=target.number + reached)
        moves = np.flatnonzero(reached & (target.number < self._n_target))
        if not len(moves):
            return now
        last = self._n_draw - 1
        following = self._next(now[moves], position[moves], np.minimum(target.number[moves], last))
        return now.with_rows(moves, following)

    def velocity(self, target: Target, position: Complex) -> Complex:
        """At positions in ground, shape (n_world,) [m/s]."""
        numbers = _numbers(target, position, np.ones(len(position), dtype=np.complex128))
        forward, leftward = _local_velocity(NumpyOperations(), numbers, (0.0, 0.0))
        return forward + 1j * leftward

    def sight(self, target: Target, position: Complex, heading: Complex) -> Array:
        """What the view of the field follows from, shape (n_world, N_NUMBER).

        Args:
            target: of each world.
            position: of the body, shape (n_world,) [m].
            heading: direction it faces, of length 1, shape (n_world,).
        """
        return np.stack(_numbers(target, position, heading), axis=1)

    def view(self, sight: Array, out: Array) -> None:
        """Write the field around bodies, in their own axes: forward components, then leftward ones.

        Args:
            sight: from `sight`.
            out: shape (n_world, N_VIEW) [m/s], from back to front, and there from right to left.
        """
        _view()(sight, out)

    def _next(self, target: Target, position: Complex, draw: NDArray[np.integer]) -> Target:
        """Set the target of a draw, shape (n_world,), for bodies at a position."""
        distance, turn, phase, dwell = target.draws[np.arange(len(target)), draw].T
        path = target.path + turn
        sink = target.sink + distance * np.exp(1j * path)
        way = np.abs(sink - position)
        return replace(target, sink=sink, center=position, way=way, phase=phase, dwell=dwell, path=path)


@cache
def _view() -> Grid:
    """The field at all places of the view, compiled."""
    return Grid(_local_velocity, N_NUMBER, np.stack([VIEW.repeat(len(VIEW)), np.tile(VIEW, len(VIEW))], axis=1))


def _local_velocity(ops: Operations, world: Sequence[Scalar], place: Sequence[Scalar]) -> list[Scalar]:
    """Target velocity at a place that moves with a body: bilinear between the nodes of the map.

    Args:
        ops: operations.
        world: `_numbers`.
        place: forward and leftward from the body, in its axes [m].

    Returns:
        Forward and leftward, in the body's axes [m/s].
    """
    x, y, cosine, sine, sink_x, sink_y, *speed = world
    at_x = ops.minimum(ops.maximum((x + cosine * place[0] - sine * place[1]) / SPACING, -HALF), HALF)
    at_y = ops.minimum(ops.maximum((y + sine * place[0] + cosine * place[1]) / SPACING, -HALF), HALF)
    i, j = ops.minimum(ops.floor(at_x), HALF - 1.0), ops.minimum(ops.floor(at_y), HALF - 1.0)
    across_x, across_y = at_x - i, at_y - j
    to_x, to_y = sink_x - SPACING * i, sink_y - SPACING * j
    total_x, total_y = 0.0, 0.0
    for step_x, share_x in ((0.0, 1.0 - across_x), (SPACING, across_x)):
        for step_y, share_y in ((0.0, 1.0 - across_y), (SPACING, across_y)):
            own_x, own_y = to_x - step_x, to_y - step_y
            weight = share_x * share_y * _strength(ops, own_x, own_y, *speed)
            total_x, total_y = total_x + weight * own_x, total_y + weight * own_y
    return [cosine * total_x + sine * total_y, cosine * total_y - sine * total_x]


def _strength(ops: Operations, x: Scalar, y: Scalar, wave: Scalar, phase: Scalar, far: Scalar) -> Scalar:
    """Target speed over the distance to the sink, from the way to the sink [1/s]."""
    # Nearer than SLOW_RADIUS speed is proportional to distance.
    squared = ops.maximum(x * x + y * y, SLOW_RADIUS * SLOW_RADIUS)
    inverse = ops.reciprocal_sqrt(squared)
    distance = squared * inverse
    swinging = MEAN_SPEED + SPEED_SWING * ops.sin(phase + wave * distance)
    return inverse * ops.where(far < distance, FASTEST, swinging)


def _numbers(target: Target, position: Complex, heading: Complex) -> list[Array]:
    """What `_local_velocity` takes of each world, places from the map's centre."""
    place, sink = position - target.center, target.sink - target.center
    moving = place.real, place.imag, heading.real, heading.imag
    return [*moving, sink.real, sink.imag, 2.0 * np.pi / target.way, target.phase, target.way + SLOW_RADIUS]
