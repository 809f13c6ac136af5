"""Muscle paths: GeometryPath with PathPoint, ConditionalPathPoint and MovingPathPoint.

Three habits of OpenSim decide the details. A conditional point counts within its range and 1e-5 around it, and the
length jumps where it switches. A moving point's place is a function of the coordinate clamped to its range, but its
velocity and the work done on it use the slope at the coordinate as it is. That work counts only if the neighbouring
point lies on another body, welded bodies being different ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from soleus.engine.fast.kinematics import Kinematics
from soleus.engine.fast.operations import Condition, Operations, Scalar
from soleus.engine.fast.skeleton import Skeleton
from soleus.engine.fast.spline import differentiate
from soleus.engine.fast.vector import (
    Spatial,
    Vector,
    add,
    add_spatial,
    constant,
    cross,
    dot,
    scale,
    subtract,
    subtract_spatial,
    turn,
    zero,
)
from soleus.model.function import evaluate
from soleus.model.spec import (
    AnyPathPoint,
    ConditionalPathPoint,
    Coordinate,
    Function,
    Model,
    MovingPathPoint,
    Thelen2003Muscle,
)

RANGE_SLACK = 1e-5
"""ConditionalPathPoint::isActive allows the coordinate this far outside the range [rad or m]."""


@dataclass(frozen=True)
class _Point:
    """A path point in a pose."""

    body: str
    rigid_body: int
    location: Vector
    """In the rigid body's frame [m]"""
    position: Vector
    """From the kinematics' origin [m]"""
    velocity: Vector
    """[m/s]"""
    active: Condition = True
    coordinate: int | None = None
    """That moves the point in its body"""
    slope: Vector | None = None
    """How far a unit of that coordinate moves it, in ground axes"""


@dataclass(frozen=True)
class Segment:
    """A straight piece of a path that can pull bodies together."""

    start: _Point
    end: _Point
    active: Condition
    along: Vector
    """From start to end [m]"""
    inverse_length: Scalar
    """[1/m]"""


@dataclass(frozen=True)
class Path:
    """A muscle's path in a pose."""

    length: Scalar
    """[m]"""
    lengthening_speed: Scalar
    """[m/s]"""
    segments: list[Segment]


class PathForces:
    """Sums what tensions along paths do: spatial forces between rigid bodies, generalised forces on coordinates."""

    def __init__(self) -> None:
        self._between: dict[tuple[int, int], Spatial] = {}
        self.on_coordinate: dict[int, list[Scalar]] = {}

    def pull(self, ops: Operations, path: Path, tension: Scalar) -> None:
        """Apply a tension [N] along a path (GeometryPath::addInEquivalentForces)."""
        for segment in path.segments:
            start, end = segment.start, segment.end
            force = scale(_if(ops, segment.active, tension * segment.inverse_length), segment.along)
            if start.rigid_body != end.rigid_body:
                self._add_between(start.rigid_body, end.rigid_body, (cross(start.position, force), force))
            if start.body != end.body:
                self._add_work(start, force)
                self._add_work(end, scale(-1.0, force))

    def on_body(self) -> dict[int, Spatial]:
        """The spatial force on each rigid body about the kinematics' origin [N m, N]."""
        result: dict[int, Spatial] = {}
        for (first, second), wrench in self._between.items():
            result[first] = add_spatial(result.get(first, (zero(), zero())), wrench)
            result[second] = subtract_spatial(result.get(second, (zero(), zero())), wrench)
        return result

    def _add_between(self, start: int, end: int, wrench: Spatial) -> None:
        """A force and its reaction act along one line, so one spatial force, with two signs, is both."""
        if (end, start) in self._between:
            self._between[end, start] = subtract_spatial(self._between[end, start], wrench)
        else:
            self._between[start, end] = add_spatial(self._between.get((start, end), (zero(), zero())), wrench)

    def _add_work(self, point: _Point, force: Vector) -> None:
        if point.slope is not None and point.coordinate is not None:
            self.on_coordinate.setdefault(point.coordinate, []).append(dot(point.slope, force))


def calculate_path(
    ops: Operations,
    model: Model,
    skeleton: Skeleton,
    kinematics: Kinematics,
    muscle: Thelen2003Muscle,
    q: Sequence[Scalar],
    u: Sequence[Scalar],
) -> Path:
    """Length, lengthening speed and direction of pull of a muscle's path."""
    free = {name: index for index, name in enumerate(model.coordinate_names)}
    points = [_place_point(ops, model, skeleton, kinematics, point, free, q, u) for point in muscle.path]
    length, speed = 0.0, 0.0
    segments = []
    for start, end, active in _connections(ops, points):
        if start.rigid_body == end.rigid_body and start.slope is None and end.slope is None:
            rigid = float(np.linalg.norm(np.subtract(start.location, end.location)))
            length = length + ops.where(active, rigid, 0.0) if active is not True else length + rigid
            continue
        along = subtract(end.position, start.position)
        squared = dot(along, along)
        inverse = ops.reciprocal_sqrt(squared)
        own_speed = dot(along, subtract(end.velocity, start.velocity)) * inverse
        length = length + _if(ops, active, squared * inverse)
        speed = speed + _if(ops, active, own_speed)
        segments.append(Segment(start, end, active, along, inverse))
    return Path(length, speed, segments)


def _place_point(
    ops: Operations,
    model: Model,
    skeleton: Skeleton,
    kinematics: Kinematics,
    point: AnyPathPoint,
    free: dict[str, int],
    q: Sequence[Scalar],
    u: Sequence[Scalar],
) -> _Point:
    place = skeleton.places[point.body]
    frame = kinematics.frame(place.rigid_body)
    if isinstance(point, MovingPathPoint):
        driver = next(item for item in model.coordinates if item.name == point.coordinate)
        index = free.get(driver.name)
        moved = [
            _along_axis(ops, function, driver, None if index is None else q[index])
            for function in (point.x, point.y, point.z)
        ]
        turned = [[float(x) for x in row] for row in place.transform.rotation]
        location = add(turn(turned, [value for value, _ in moved]), constant(place.transform.position))
        slope = None if index is None else turn(frame.rotation, turn(turned, [slope for _, slope in moved]))
    else:
        location, slope, index = constant(place.transform.apply(point.location)), None, None
    position = frame.point(location)
    velocity = frame.point_velocity(position)
    if slope is not None and index is not None:
        velocity = add(velocity, scale(u[index], slope))
    placed = _Point(point.body, place.rigid_body, location, position, velocity, coordinate=index, slope=slope)
    if isinstance(point, ConditionalPathPoint):
        placed = replace(placed, active=_is_active(ops, model, point, free, q))
    return placed


def _along_axis(ops: Operations, function: Function, driver: Coordinate, q: Scalar) -> tuple[Scalar, Scalar]:
    """Place along one axis at the clamped coordinate, slope at the coordinate as it is; `q` is None if it is locked."""
    at_minimum, at_maximum = float(evaluate(function, driver.minimum)), float(evaluate(function, driver.maximum))
    if q is None:
        return float(evaluate(function, min(max(driver.default, driver.minimum), driver.maximum))), 0.0
    value, slope, _ = differentiate(ops, function, q)
    clamped = ops.where(q < driver.minimum, at_minimum, ops.where(q > driver.maximum, at_maximum, value))
    return clamped, slope


def _is_active(
    ops: Operations, model: Model, point: ConditionalPathPoint, free: dict[str, int], q: Sequence[Scalar]
) -> Condition:
    least, most = point.minimum - RANGE_SLACK, point.maximum + RANGE_SLACK
    if point.coordinate not in free:
        locked_at = next(item.default for item in model.coordinates if item.name == point.coordinate)
        return least <= locked_at <= most
    value = q[free[point.coordinate]]
    return ops.logical_and(value >= least, value <= most)


def _connections(ops: Operations, points: list[_Point]) -> Iterator[tuple[_Point, _Point, Condition]]:
    """Every pair of points that can follow each other, and when they do: both active, and none between them."""
    for i, start in enumerate(points[:-1]):
        free_so_far = start.active
        for end in points[i + 1 :]:
            active = _both(ops, free_so_far, end.active)
            if active is not False:
                yield start, end, active
            if end.active is True:
                break
            free_so_far = _both(ops, free_so_far, False if end.active is True else ops.logical_not(end.active))


def _both(ops: Operations, a: Condition, b: Condition) -> Condition:
    if a is True or b is False:
        return b
    if b is True or a is False:
        return a
    return ops.logical_and(a, b)


def _if(ops: Operations, active: Condition, value: Scalar) -> Scalar:
    return value if active is True else ops.where(active, value, 0.0)
