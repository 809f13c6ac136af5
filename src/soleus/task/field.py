"""The velocity-target field of Learn to Move 2019: at which velocity to walk at each place of the ground.

A point or velocity of the ground plane is a complex number here: forward + i leftward, in ground x - i z. So a turn is
a product with a number of length 1. Everything is as in osim-rl 3.0.11 (`VTgtField`), random draws included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Batched

Complex = NDArray[np.complexfloating]

CONTROL_STEP = 0.01
"""[s]"""
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
HALF = 40
"""Nodes on each side of the map's centre: it reaches 20 m. Outside, its edge counts."""
N_NODE = 2 * HALF + 1
NODES = SPACING * np.arange(-HALF, HALF + 1)
"""Along each axis of the map, from its centre [m]."""
VIEW = np.arange(-5.0, 6.0)
"""Distances at which the field is observed, forward (or back) and leftward (or right) [m]."""
QUERY_STEPS = ((VIEW[:, None] + 1j * VIEW[None, :]).ravel() / SPACING).astype(np.complex64)
"""Places of the view from the body [nodes of the map]."""
BLOCK = 64
"""Worlds whose views are computed together: few enough for the processor's cache."""


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

    def view(self, target: Target, position: Complex, heading: Complex) -> NDArray[np.float32]:
        """See SinkField.view."""
        del target, position
        seen = CONSTANT_VELOCITY * np.repeat(heading.conj()[:, None], len(QUERY_STEPS), axis=1)
        return np.concatenate([seen.real, seen.imag], axis=1).astype(np.float32)


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
        self._maps = _Maps()

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
        """At positions in ground, shape (n_world,) [m/s]: bilinear between the nodes of the map."""
        place = position - target.center
        x, y = (np.clip(part / SPACING + HALF, 0.0, N_NODE - 1.0) for part in (place.real, place.imag))
        i, j = (np.minimum(np.floor(at), N_NODE - 2) for at in (x, y))
        corners = (i + 1j * j)[:, None] + np.array([0, 1j, 1, 1 + 1j])
        to_sink = (target.sink - target.center)[:, None] - SPACING * (corners - HALF * (1 + 1j))
        squared = to_sink.real**2 + to_sink.imag**2
        a, b, c, d = (_strength(squared, target.way[:, None], target.phase[:, None]) * to_sink).T
        across_x, across_y = x - i, y - j
        low, high = a + across_y * (b - a), c + across_y * (d - c)
        return low + across_x * (high - low)

    def view(self, target: Target, position: Complex, heading: Complex) -> NDArray[np.float32]:
        """The field around bodies, in their own axes: forward components, then leftward ones.

        Args:
            target: of each world.
            position: of the body, shape (n_world,) [m].
            heading: direction it faces, of length 1, shape (n_world,).

        Returns:
            shape (n_world, 2 x 11 x 11) [m/s], from back to front, and there from right to left.
        """
        maps = self._maps.of(target)
        blocks = [slice(first, first + BLOCK) for first in range(0, len(maps), BLOCK)]
        place = position - target.center
        return np.concatenate([_view(maps[rows], place[rows], heading[rows]) for rows in blocks])

    def _next(self, target: Target, position: Complex, draw: NDArray[np.integer]) -> Target:
        """Set the target of a draw, shape (n_world,), for bodies at a position."""
        distance, turn, phase, dwell = target.draws[np.arange(len(target)), draw].T
        path = target.path + turn
        sink = target.sink + distance * np.exp(1j * path)
        way = np.abs(sink - position)
        return replace(target, sink=sink, center=position, way=way, phase=phase, dwell=dwell, path=path)


class _Maps:
    """The maps of the worlds that were asked for last: they change rarely, and their nodes are many."""

    def __init__(self) -> None:
        self._keys = np.zeros((0, 4), dtype=np.complex128)
        self._maps = np.zeros((0, N_NODE * N_NODE), dtype=np.complex64)
        self._new: dict[bytes, NDArray[np.complex64]] = {}
        """Of worlds that have just begun, until all are asked for"""

    def of(self, target: Target) -> NDArray[np.complex64]:
        """Velocities at the nodes of each world's map, shape (n_world, N_NODE * N_NODE) [m/s]."""
        keys = np.stack([target.sink, target.center, target.way, target.phase], axis=1)
        if len(keys) < len(self._keys):
            return np.stack([self._find(key) for key in keys])
        if len(keys) > len(self._keys):
            self._keys = np.full(keys.shape, np.nan, dtype=np.complex128)
            self._maps = np.zeros((len(keys), N_NODE * N_NODE), dtype=np.complex64)
        for world in np.flatnonzero((keys != self._keys).any(axis=1)).tolist():
            self._maps[world] = self._find(keys[world])
        self._keys = keys
        self._new.clear()
        return self._maps

    def _find(self, key: Complex) -> NDArray[np.complex64]:
        """The map of one of the worlds, or a new one."""
        known = np.flatnonzero((self._keys == key).all(axis=1))
        if len(known):
            return self._maps[known[0]]
        name = key.tobytes()
        if name not in self._new:
            self._new[name] = _map(*key)
        return self._new[name]


def _map(sink: complex, center: complex, way: complex, phase: complex) -> NDArray[np.complex64]:
    """Velocities at the nodes of one map, shape (N_NODE * N_NODE,) [m/s]."""
    x, y = (sink - center).real - NODES[:, None], (sink - center).imag - NODES
    strength = _strength(x * x + y * y, way.real, phase.real)
    velocity = np.empty((N_NODE, N_NODE), dtype=np.complex64)
    velocity.real, velocity.imag = strength * x, strength * y
    return velocity.ravel()


def _strength(squared: Array, way: Array | float, phase: Array | float) -> Array:
    """Target speed over the distance to the sink, from the distance's square [1/s]."""
    distance = np.maximum(np.sqrt(squared), SLOW_RADIUS)  # nearer than that, speed is proportional to distance
    swinging = MEAN_SPEED + SPEED_SWING * np.sin(phase + 2.0 * np.pi / way * distance)
    return np.where(distance > way + SLOW_RADIUS, FASTEST, swinging) / distance


def _view(maps: NDArray[np.complex64], place: Complex, heading: Complex) -> NDArray[np.float32]:
    """See SinkField.view; places are from the maps' centres.

    In float32, as observations are. So nodes are counted from the one before the body: distances to the map's corner
    would leave too few digits for those between nodes.
    """
    turn = heading.astype(np.complex64)[:, None]
    reach = turn * QUERY_STEPS
    i, across_x = _between_nodes(reach.real, place.real)
    j, across_y = _between_nodes(reach.imag, place.imag)
    first = (np.arange(len(maps)) * N_NODE * N_NODE)[:, None] + (i * N_NODE + j)
    a, b, c, d = (maps.reshape(-1).take(first + step) for step in (0, 1, N_NODE, N_NODE + 1))
    a += across_y * (b - a)
    c += across_y * (d - c)
    a += across_x * (c - a)
    a *= turn.conj()
    return np.concatenate([a.real, a.imag], axis=1)


def _between_nodes(reach: NDArray[np.float32], place: Array) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The node before each query along one axis, and how far from it towards the next the query lies, from 0 to 1.

    Args:
        reach: of the queries from the body [nodes].
        place: of the body from the map's centre [m].
    """
    at = place / SPACING + HALF
    own = np.clip(np.floor(at), 0, N_NODE - 2)
    low, high = -own[:, None].astype(np.float32), (N_NODE - 1 - own)[:, None].astype(np.float32)
    query = np.clip(reach + (at - own)[:, None].astype(np.float32), low, high)
    before = np.minimum(np.floor(query), high - 1)
    return (before + own[:, None].astype(np.float32)).astype(np.int64), query - before
