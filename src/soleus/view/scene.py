"""What there is to see in a world: its geometry in ground axes, ready to be drawn. Nothing here knows a camera."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from soleus.engine.base import Array, Measurement, Parameters, State
from soleus.model.function import evaluate
from soleus.model.spec import (
    GROUND,
    AnyPathPoint,
    Body,
    ConditionalPathPoint,
    ContactSphere,
    Joint,
    Model,
    MovingPathPoint,
    Thelen2003Muscle,
)
from soleus.view.shape import SHAPES, Kind, foot_shape, limb_shape

SPECIFIC_TENSION = 6e5
"""Isometric force of a muscle over its cross-section [N/m^2]"""


@dataclass(frozen=True)
class Solid:
    """A bone, a piece of flesh or a shoe: the union of hulls of balls."""

    kind: Kind
    limb: int
    parts: tuple[Array, ...]
    """Centres and radii of the balls of each hull, shape (n_ball, 4) [m]"""


@dataclass(frozen=True)
class MusclePath:
    """A muscle from origin to insertion."""

    name: str
    limb: int
    points: Array
    """The points that count in this pose, shape (n_point, 3) [m]"""
    activation: float
    volume: float
    """Of its belly, after its strength and fibre length [m^3]"""


@dataclass(frozen=True)
class Scene:
    """One world at one instant."""

    time: float
    """[s]"""
    center: Array
    """Origin of the first body (the pelvis), shape (3,) [m]"""
    limb_root: Array
    """Where each limb begins, shape (n_limb, 3) [m]; a limb is a chain of bodies that does not branch"""
    solids: tuple[Solid, ...]
    muscles: tuple[MusclePath, ...]
    contact_spheres: Array
    """Centres and radii, shape (n_sphere, 4) [m]"""
    obstacles: Array
    """Centres and radii of the balls on the ground, shape (n_obstacle, 4) [m]"""


@dataclass(frozen=True)
class _Pose:
    """Where everything of a model is in one world."""

    model: Model
    position: dict[str, Array]
    rotation: dict[str, Array]
    coordinate: dict[str, float]
    limb: dict[str, int]
    joint: dict[str, Joint]
    """The joint that carries each body"""

    def place(self, body: str, location: Array | tuple[float, ...]) -> Array:
        """A location in a body's frame, in ground, shape (3,) [m]."""
        return self.position[body] + self.rotation[body] @ np.asarray(location)

    def joint_center(self, body: str) -> Array:
        """Centre of the joint that carries a body, in ground, shape (3,) [m]."""
        return self.place(body, self.joint[body].child_location)


def look(model: Model, state: State, measurement: Measurement, parameters: Parameters, world: int = 0) -> Scene:
    """Gather what is to be seen in one world."""
    pose = _pose(model, state, measurement, world)
    # Backwards, so that the first body of each limb has the last word.
    roots = {limb: pose.joint_center(body) for body, limb in reversed(pose.limb.items())}
    return Scene(
        time=float(state.time[world]),
        center=measurement.body_position[world, 0],
        limb_root=np.array([roots[limb] for limb in sorted(roots)]),
        solids=tuple(_solids(pose)),
        muscles=tuple(
            _muscle(pose, muscle, float(activation), float(strength))
            for muscle, activation, strength in zip(
                model.muscles, state.activation[world], parameters.strength[world], strict=True
            )
        ),
        contact_spheres=_spheres(pose, [item for item in model.contact_geometry if isinstance(item, ContactSphere)]),
        obstacles=np.insert(parameters.obstacle[world], 2, 0.0, axis=1),
    )


def path_points(model: Model, muscle: Thelen2003Muscle, coordinate: Mapping[str, float]) -> list[tuple[str, Array]]:
    """Body and location in its frame [m] of each path point that counts at the given coordinates [rad or m]."""
    return [(point.body, _location(model, point, coordinate)) for point in muscle.path if _counts(point, coordinate)]


def _counts(point: AnyPathPoint, coordinate: Mapping[str, float]) -> bool:
    if not isinstance(point, ConditionalPathPoint):
        return True
    least, most = point.counts
    return least <= coordinate[point.coordinate] <= most


def _location(model: Model, point: AnyPathPoint, coordinate: Mapping[str, float]) -> Array:
    """A moving point stops at the ends of its coordinate's range, as in OpenSim's MovingPathPoint."""
    if not isinstance(point, MovingPathPoint):
        return np.array(point.location)
    driver = next(item for item in model.coordinates if item.name == point.coordinate)
    value = min(max(coordinate[driver.name], driver.minimum), driver.maximum)
    return np.array([float(evaluate(function, value)) for function in (point.x, point.y, point.z)])


def _pose(model: Model, state: State, measurement: Measurement, world: int) -> _Pose:
    coordinate = {item.name: item.default for item in model.coordinates}
    coordinate.update(zip(model.coordinate_names, map(float, state.q[world]), strict=True))
    position = dict(zip(model.body_names, measurement.body_position[world], strict=True))
    rotation = dict(zip(model.body_names, measurement.body_rotation[world], strict=True))
    return _Pose(
        model,
        {GROUND: np.zeros(3), **position},
        {GROUND: np.eye(3), **rotation},
        coordinate,
        _limbs(model),
        {joint.child: joint for joint in model.joints},
    )


def _limbs(model: Model) -> dict[str, int]:
    """The limb of each body, parents first: a new limb begins wherever the chain branches."""
    parents = [joint.parent for joint in model.joints]
    limb: dict[str, int] = {}
    for joint in model.joints:
        begins = joint.parent == GROUND or parents.count(joint.parent) > 1
        limb[joint.child] = len(set(limb.values())) if begins else limb[joint.parent]
    return limb


def _muscle(pose: _Pose, muscle: Thelen2003Muscle, activation: float, strength: float) -> MusclePath:
    points = path_points(pose.model, muscle, pose.coordinate)
    area = strength * muscle.max_isometric_force / SPECIFIC_TENSION
    return MusclePath(
        name=muscle.name,
        limb=max(pose.limb.get(body, 0) for body, _ in points),
        points=np.array([pose.place(body, location) for body, location in points]),
        activation=activation,
        volume=area * muscle.optimal_fiber_length,
    )


def _spheres(pose: _Pose, spheres: list[ContactSphere]) -> Array:
    """Centres and radii in ground, shape (n_sphere, 4) [m]."""
    return np.array([(*pose.place(item.body, item.location), item.radius) for item in spheres]).reshape(-1, 4)


def _solids(pose: _Pose) -> Iterator[Solid]:
    in_shoe: set[str] = set()
    for solid, bodies in _shoes(pose):
        in_shoe.update(bodies)
        yield solid
    for body in pose.model.bodies:
        if body.name in in_shoe or (body.mass == 0.0 and body.name not in SHAPES):
            continue
        for kind, parts in (SHAPES.get(body.name) or _limb_shape(pose, body)).items():
            yield Solid(kind, pose.limb[body.name], tuple(_placed(pose, body.name, np.array(part)) for part in parts))


def _limb_shape(pose: _Pose, body: Body) -> dict:
    """Shape of a body without one of its own: from its joint to the next, or through its mass centre."""
    start = np.array(pose.joint[body.name].child_location)
    ends = [pose.joint_center(joint.child) for joint in pose.model.joints if joint.parent == body.name]
    if ends:
        end = pose.rotation[body.name].T @ (ends[0] - pose.position[body.name])
    else:
        end = 2.0 * np.array(body.mass_center) - start
    return limb_shape(start, end, body.mass) if np.linalg.norm(end - start) > 0.01 else {}


def _placed(pose: _Pose, body: str, balls: Array) -> Array:
    center = balls[:, :3] @ pose.rotation[body].T + pose.position[body]
    return np.concatenate([center, balls[:, 3:]], axis=1)


def _shoes(pose: _Pose) -> Iterator[tuple[Solid, set[str]]]:
    """A shoe for each contact force that has spheres, and the bodies that it hides."""
    geometry = {item.name: item for item in pose.model.contact_geometry}
    for force in pose.model.contact_forces:
        touching = [geometry[name] for name in force.geometry]
        spheres = [item for item in touching if isinstance(item, ContactSphere) and item.body != GROUND]
        if len(spheres) < 2:
            continue
        hidden = {body for item in spheres for body in _up_to_free_joint(pose, item.body)}
        top = next(body.name for body in pose.model.bodies if body.name in hidden)
        down = -pose.rotation[top][:, 1]
        parts = foot_shape(pose.joint_center(top), _spheres(pose, spheres), down)
        yield Solid("shoe", pose.limb[top], tuple(np.array(part) for part in parts)), hidden


def _up_to_free_joint(pose: _Pose, body: str) -> Iterator[str]:
    """The body and its ancestors up to the first joint that moves."""
    yield body
    joint = pose.joint[body]
    if all(coordinate.locked for coordinate in joint.coordinates) and joint.parent != GROUND:
        yield from _up_to_free_joint(pose, joint.parent)
