"""Muscle paths: GeometryPath with PathPoint, ConditionalPathPoint and MovingPathPoint.

Three habits of OpenSim decide the details. A conditional point counts within its range and 1e-5 around it, and the
length jumps where it switches. A moving point's place is a function of the coordinate clamped to its range, but its
velocity and the work done on it use the slope at the coordinate as it is. That work counts only if the neighbouring
point lies on another body, welded bodies being different ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from soleus.engine.fast.kinematics import Kinematics
from soleus.engine.fast.operations import Condition, Operations, Scalar
from soleus.engine.fast.skeleton import Skeleton
from soleus.engine.fast.spline import differentiate
from soleus.engine.fast.vector import (
    Spatial,
    Vector,
    accumulate,
    add,
    constant,
    cross,
    dot,
    scale,
    scale_spatial,
    subtract,
    subtract_spatial,
    turn,
)
from soleus.model.function import evaluate
from soleus.model.spec import (
    AnyPathPoint,
    ConditionalPathPoint,
    Coordinate,
    Function,
    Model,
    ModelError,
    MovingPathPoint,
)


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


def calculate_paths(
    ops: Operations,
    model: Model,
    skeleton: Skeleton,
    kinematics: Kinematics,
    q: Sequence[Scalar],
    u: Sequence[Scalar],
) -> list[Path]:
    """Length, lengthening speed and pieces of every muscle's path.

    Raises:
        ModelError: a muscle wraps over a surface.
    """
    _refuse_wraps(model)
    free = {name: index for index, name in enumerate(model.coordinate_names)}
    connections = []
    for muscle in model.muscles:
        points = [_place_point(ops, model, skeleton, kinematics, point, free, q, u) for point in muscle.path]
        connections.append(list(_connections(ops, points)))
        _refuse_points_in_one_place(muscle.name, connections[-1])
    items = [(*start.position, *end.position) for own in connections for start, end, _ in own if _stretches(start, end)]
    measured = iter(ops.for_each(_measure, items))
    return [_path(ops, own, measured) for own in connections]


def _refuse_wraps(model: Model) -> None:
    wraps = [(muscle.name, wrap.wrap_object) for muscle in model.muscles for wrap in muscle.wraps]
    if wraps:
        named = ", ".join(f"muscle {muscle!r} wraps over {surface!r}" for muscle, surface in wraps)
        raise ModelError(f'{named}; use engine="opensim"')


def _refuse_points_in_one_place(muscle: str, connections: list[tuple[_Point, _Point, Condition]]) -> None:
    """OpenSim divides by the distance of two points in a row, and has no number where it is always 0."""
    for start, end, _ in connections:
        across = subtract(end.position, start.position)
        if start.body != end.body and all(isinstance(x, float) and x == 0.0 for x in across):
            raise ModelError(
                f"two path points of muscle {muscle!r} in a row, on {start.body} and {end.body}, are always in one "
                "place; remove one of them"
            )


def path_forces(
    ops: Operations, paths: Sequence[Path], tension: Sequence[Scalar]
) -> tuple[dict[int, Spatial], dict[int, list[Scalar]]]:
    """What tensions [N] along paths do (GeometryPath::addInEquivalentForces).

    Returns:
        The spatial force on each rigid body about the kinematics' origin [N m, N]; and the generalised forces that
        moving points add to the coordinates that move them.
    """
    pulled = [(segment, pull) for path, pull in zip(paths, tension, strict=True) for segment in path.segments]
    items = [
        (_if(ops, segment.active, pull), segment.inverse_length, *segment.start.position, *segment.end.position)
        for segment, pull in pulled
    ]
    between: dict[tuple[int, int], Spatial] = {}
    driven: dict[int, list[Scalar]] = {}
    for (segment, _), row in zip(pulled, ops.for_each(_pull, items), strict=True):
        _add_between(between, segment.start.rigid_body, segment.end.rigid_body, (row[0:3], row[3:6]))
        if segment.start.body != segment.end.body:
            _add_work(driven, segment.start, row[3:6])
            _add_work(driven, segment.end, scale(-1.0, row[3:6]))
    on_body: dict[int, Spatial] = {}
    for (first, second), wrench in between.items():
        accumulate(on_body, first, wrench)
        accumulate(on_body, second, scale_spatial(-1.0, wrench))
    return on_body, driven


def _measure(ops: Operations, *ends: Scalar) -> list[Scalar]:
    """1 / length and length between two points."""
    along = subtract(list(ends[3:6]), list(ends[0:3]))
    squared = dot(along, along)
    inverse = ops.reciprocal_sqrt(squared)
    return [inverse, squared * inverse]


def _pull(ops: Operations, tension: Scalar, inverse_length: Scalar, *ends: Scalar) -> list[Scalar]:
    """Spatial force on the start of a segment; the end feels its negative, for both act along one line."""
    del ops
    start, end = list(ends[0:3]), list(ends[3:6])
    force = scale(tension * inverse_length, subtract(end, start))
    return [*cross(start, force), *force]


def _add_between(between: dict[tuple[int, int], Spatial], start: int, end: int, wrench: Spatial) -> None:
    """Sum forces and reactions by the two bodies that they act between."""
    if start == end:
        return
    if (end, start) in between:
        between[end, start] = subtract_spatial(between[end, start], wrench)
    else:
        accumulate(between, (start, end), wrench)


def _add_work(driven: dict[int, list[Scalar]], point: _Point, force: Vector) -> None:
    if point.slope is not None and point.coordinate is not None:
        driven.setdefault(point.coordinate, []).append(dot(point.slope, force))


def _stretches(start: _Point, end: _Point) -> bool:
    """Whether the distance of two points can change."""
    return start.rigid_body != end.rigid_body or start.slope is not None or end.slope is not None


def _path(
    ops: Operations, connections: list[tuple[_Point, _Point, Condition]], measured: Iterator[list[Scalar]]
) -> Path:
    """Sum up the pieces of one path; `measured` has 1 / length and length of those that stretch."""
    length, speed = 0.0, 0.0
    segments = []
    for start, end, active in connections:
        if not _stretches(start, end):
            rigid = float(np.linalg.norm(np.subtract(start.location, end.location)))
            length = length + _if(ops, active, rigid)
            continue
        inverse, own_length = next(measured)
        approach = dot(subtract(end.position, start.position), subtract(end.velocity, start.velocity))
        length = length + _if(ops, active, own_length)
        speed = speed + _if(ops, active, approach * inverse)
        segments.append(Segment(start, end, active, inverse))
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
    if q is None:
        return float(evaluate(function, min(max(driver.default, driver.minimum), driver.maximum))), 0.0
    clamped, slope, _ = differentiate(ops, function, q)
    if isfinite(driver.maximum):
        clamped = ops.where(q > driver.maximum, float(evaluate(function, driver.maximum)), clamped)
    if isfinite(driver.minimum):
        clamped = ops.where(q < driver.minimum, float(evaluate(function, driver.minimum)), clamped)
    return clamped, slope


def _is_active(
    ops: Operations, model: Model, point: ConditionalPathPoint, free: dict[str, int], q: Sequence[Scalar]
) -> Condition:
    least, most = point.counts
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
