"""Feet on the ground and on obstacles: HuntCrossleyForce of Simbody 3.8, as OpenSim sets it up.

Hunt and Crossley (1975), J. Appl. Mech. 42(2), with Simbody's Stribeck friction. One habit of the code is felt by every
runner: `HuntCrossleyForceImpl::calcForce` goes through the contacts of a force in the order in which they were found
and RETURNS at the first one that pulls (a sphere that leaves the ground fast), so all later ones exert nothing. The
order is that of GeneralContactSubsystem's sweep: along the axis on which the centres are spread most, by lower end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from soleus.engine.fast.kinematics import Kinematics
from soleus.engine.fast.operations import Condition, Operations, Scalar
from soleus.engine.fast.skeleton import ON_GROUND, Skeleton, Transform
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
    zero,
)
from soleus.model.spec import GROUND, ContactHalfSpace, ContactSphere, HuntCrossleyForce, Model, ModelError

LEAST_TRANSITION = 1e-12
"""A slower transition of friction is none [m/s]"""
MOST_SORTED = 16
"""Geometries of a force that the sweep leaves in their order where they begin at the same place; beyond that std::sort
puts them in an order of its own"""
SLOWEST = 1e-150
"""Sliding slower than this is rest; its square is still a number [m/s]."""


class Material(NamedTuple):
    """What a force is made of; both geometries of a contact are of the same material."""

    stiffness: Scalar
    """Of the contact: Simbody keeps k^(2/3) of each side and combines them by k1 k2 / (k1 + k2)"""
    dissipation: Scalar
    """[s/m]"""
    static_friction: Scalar = 0.0
    dynamic_friction: Scalar = 0.0
    viscous_friction: Scalar = 0.0
    transition_velocity: Scalar = 0.1
    """[m/s]"""

    @classmethod
    def of(cls, force: HuntCrossleyForce) -> Material:
        return cls(
            contact_stiffness(force.stiffness),
            force.dissipation,
            force.static_friction,
            force.dynamic_friction,
            force.viscous_friction,
            force.transition_velocity,
        )


@dataclass(frozen=True)
class Sphere:
    """A contact sphere in a pose."""

    body: str
    """Of the model"""
    rigid_body: int
    """Of the skeleton"""
    radius: Scalar
    """[m]"""
    location: Vector
    """In the rigid body [m]"""
    center: Vector
    """From the kinematics' origin [m]"""


@dataclass(frozen=True)
class HalfSpace:
    """The solid half of space, fixed to the ground."""

    body: str
    """A body of the model that is fixed to the ground"""
    normal: Vector
    """Out of the solid"""
    place: Vector
    """A point of its surface, from the kinematics' origin [m]"""


@dataclass(frozen=True)
class _Group:
    """Geometries that touch each other."""

    material: Material
    half_spaces: Sequence[HalfSpace]
    spheres: Sequence[Sphere]


@dataclass(frozen=True)
class _Contact:
    """Two geometries that may touch; the force acts on `second`, and its negative on `first`."""

    bodies: tuple[str, str]
    """Of the first and the second"""
    first: int
    """Rigid body"""
    second: int
    normal: Vector
    """From the first to the second"""
    point: Vector
    """Where the force acts, from the kinematics' origin [m]"""
    depth: Scalar
    """Positive where they overlap [m]"""
    radius: Scalar
    """Effective radius of curvature [m]"""
    members: tuple[int, ...]
    """Places of its spheres in the list of spheres"""
    half_space: int = 0
    """Place of its half space in the list of these, where it has one"""


_Effect = tuple[_Contact, Spatial]
"""A contact, and the spatial force on its second body about the kinematics' origin [N m, N]"""


def contact_stiffness(stiffness: ArrayLike) -> Any:
    """Of a contact between two geometries of the stiffness that HuntCrossleyForce names."""
    return 0.5 * np.power(stiffness, 2.0 / 3.0)


def contact_forces(
    ops: Operations, model: Model, skeleton: Skeleton, kinematics: Kinematics
) -> list[dict[int, Spatial]]:
    """What the contact forces of the model do.

    Returns:
        For each force: for each rigid body, and ON_GROUND, the spatial force about the kinematics' origin [N m, N].
    """
    pushes = _hunt_crossley(ops, kinematics, _groups(model, skeleton, kinematics))
    return [_on_rigid_bodies(own) for own in pushes]


def contact_records(ops: Operations, model: Model, skeleton: Skeleton, kinematics: Kinematics) -> list[list[Vector]]:
    """What each contact force exerts on the bodies of its geometries (HuntCrossleyForce::getRecordValues).

    Returns:
        For each geometry of each force: the force [N], and the moment about the origin of its body [N m].
    """
    bodies = {shape.name: shape.body for shape in model.contact_geometry}
    pushes = _hunt_crossley(ops, kinematics, _groups(model, skeleton, kinematics))
    records = []
    for force, own in zip(model.contact_forces, pushes, strict=True):
        exerted = _on_bodies(own)
        for name in force.geometry:
            moment, linear = exerted.get(bodies[name], (zero(), zero()))
            place = skeleton.places[bodies[name]]
            origin = kinematics.frame(place.rigid_body).point(constant(place.transform.position))
            records.append([linear, subtract(moment, cross(origin, linear))])
    return records


def ground_reactions(ops: Operations, model: Model, skeleton: Skeleton, kinematics: Kinematics) -> list[Vector]:
    """What the ground itself, and no body that is fixed to it, exerts through each contact force [N]."""
    pushes = _hunt_crossley(ops, kinematics, _groups(model, skeleton, kinematics))
    nothing = zero(), zero()
    return [scale(-1.0, _on_bodies(own).get(GROUND, nothing)[1]) for own in pushes]


def ball_forces(
    ops: Operations, kinematics: Kinematics, material: Material, spheres: Sequence[Sphere]
) -> dict[int, Spatial]:
    """What a force between spheres alone does; see `contact_forces`."""
    return _on_rigid_bodies(_hunt_crossley(ops, kinematics, [_Group(material, [], spheres)])[0])


def place_sphere(skeleton: Skeleton, kinematics: Kinematics, sphere: ContactSphere) -> Sphere:
    """Put a sphere of the model where its body is."""
    place = skeleton.places[sphere.body]
    location = constant(place.transform.apply(sphere.location))
    center = kinematics.frame(place.rigid_body).point(location)
    return Sphere(sphere.body, place.rigid_body, sphere.radius, location, center)


def place_half_space(skeleton: Skeleton, kinematics: Kinematics, shape: ContactHalfSpace) -> HalfSpace:
    """A half space is solid on the +x side of its frame; only the ground carries one."""
    if skeleton.places[shape.body].rigid_body != ON_GROUND:
        raise ModelError(f"{shape.name} is fixed to {shape.body}; the fast engine has half spaces on the ground only")
    frame = skeleton.places[shape.body].transform @ Transform.of(shape.location, shape.orientation)
    place = subtract(constant(frame.position), kinematics.origin)
    return HalfSpace(shape.body, constant(-frame.rotation[:, 0]), place)


def _groups(model: Model, skeleton: Skeleton, kinematics: Kinematics) -> list[_Group]:
    """The geometries of each contact force, put where their bodies are."""
    shapes = {shape.name: shape for shape in model.contact_geometry}
    groups = []
    for force in model.contact_forces:
        own = [shapes[name] for name in force.geometry]
        planes = [place_half_space(skeleton, kinematics, shape) for shape in own if isinstance(shape, ContactHalfSpace)]
        spheres = [place_sphere(skeleton, kinematics, shape) for shape in own if isinstance(shape, ContactSphere)]
        _check_order(force, planes, spheres)
        groups.append(_Group(Material.of(force), planes, spheres))
    return groups


def _check_order(force: HuntCrossleyForce, planes: Sequence[HalfSpace], spheres: Sequence[Sphere]) -> None:
    """Refuse a force of which OpenSim may find the contacts in an order that nobody knows."""
    if len(force.geometry) > MOST_SORTED and (len(planes) > 1 or _always_tie(spheres)):
        raise ModelError(
            f"{force.name} has {len(force.geometry)} geometries, of which some begin at the same place, and OpenSim "
            f"puts more than {MOST_SORTED} in no certain order; split it into a force for each half space and each foot"
        )


def _always_tie(spheres: Sequence[Sphere]) -> bool:
    """Whether two spheres begin at the same place on an axis in every pose, as those of a planar foot do."""
    begins = [
        (axis, sphere.center[axis] - sphere.radius)
        for sphere in spheres
        for axis in range(3)
        if isinstance(sphere.center[axis], float) and isinstance(sphere.radius, float)
    ]
    return len(set(begins)) < len(begins)


def _on_rigid_bodies(pushes: Sequence[_Effect]) -> dict[int, Spatial]:
    result: dict[int, Spatial] = {}
    for contact, wrench in pushes:
        accumulate(result, contact.second, wrench)
        accumulate(result, contact.first, scale_spatial(-1.0, wrench))
    return result


def _on_bodies(pushes: Sequence[_Effect]) -> dict[str, Spatial]:
    """As `_on_rigid_bodies`, by the bodies of the model: those that are welded to each other are two."""
    result: dict[str, Spatial] = {}
    for contact, wrench in pushes:
        accumulate(result, contact.bodies[1], wrench)
        accumulate(result, contact.bodies[0], scale_spatial(-1.0, wrench))
    return result


def _hunt_crossley(ops: Operations, kinematics: Kinematics, groups: Sequence[_Group]) -> list[list[_Effect]]:
    """Every two geometries of a group touch each other: the pushes in each group."""
    contacts = [[*_with_half_spaces(x.half_spaces, x.spheres), *_between_spheres(ops, x.spheres)] for x in groups]
    items = [
        _arguments(kinematics, group.material, contact)
        for group, own in zip(groups, contacts, strict=True)
        for contact in own
    ]
    found = iter(ops.for_each(_push, items))
    return [_in_order(ops, group, own, found) for group, own in zip(groups, contacts, strict=True)]


def _in_order(ops: Operations, group: _Group, contacts: list[_Contact], found: Iterator[list[Scalar]]) -> list[_Effect]:
    """What one group's contacts do: `found` has the normal force and the direction of the force of each of them."""
    pushes = [(force, list(direction)) for force, *direction in (next(found) for _ in contacts)]
    lower_end = _lower_ends(ops, group.half_spaces, group.spheres) if len(contacts) > 1 else []
    touching = [contact.depth > 0.0 for contact in contacts]
    result = []
    for i, contact in enumerate(contacts):
        force, direction = pushes[i]
        acts = ops.logical_and(touching[i], force > 0.0)
        for j, other in enumerate(contacts):
            if j != i:
                pulls = ops.logical_and(touching[j], pushes[j][0] <= 0.0)
                returned = ops.logical_and(pulls, _comes_before(ops, other, contact, lower_end))
                acts = ops.logical_and(acts, ops.logical_not(returned))
        linear = scale(ops.where(acts, force, 0.0), direction)
        result.append((contact, (cross(contact.point, linear), linear)))
    return result


def _with_half_spaces(half_spaces: Sequence[HalfSpace], spheres: Sequence[Sphere]) -> list[_Contact]:
    """CollisionDetectionAlgorithm::HalfSpaceSphere."""
    contacts = []
    for place, half_space in enumerate(half_spaces):
        for index, sphere in enumerate(spheres):
            depth = sphere.radius - dot(subtract(sphere.center, half_space.place), half_space.normal)
            point = subtract(sphere.center, scale(sphere.radius - 0.5 * depth, half_space.normal))
            contacts.append(
                _Contact(
                    (half_space.body, sphere.body),
                    ON_GROUND,
                    sphere.rigid_body,
                    half_space.normal,
                    point,
                    depth,
                    sphere.radius,
                    (index,),
                    place,
                )
            )
    return contacts


def _between_spheres(ops: Operations, spheres: Sequence[Sphere]) -> list[_Contact]:
    """CollisionDetectionAlgorithm::SphereSphere, leaving out pairs that the model keeps apart."""
    contacts = []
    for (i, first), (j, second) in combinations(enumerate(spheres), 2):
        if first.body == second.body or _never_touch(first, second):
            continue
        across = subtract(second.center, first.center)
        reach = first.radius + second.radius
        squared = dot(across, across)
        inverse = ops.reciprocal_sqrt(squared)
        depth = reach - squared * inverse
        normal = scale(inverse, across)
        point = add(first.center, scale(first.radius - 0.5 * depth, normal))
        radius = first.radius * second.radius / reach
        bodies = first.body, second.body
        contacts.append(_Contact(bodies, first.rigid_body, second.rigid_body, normal, point, depth, radius, (i, j)))
    return contacts


def _never_touch(first: Sphere, second: Sphere) -> bool:
    """Whether the model already keeps two spheres from pushing each other.

    Welded bodies never move against each other, and in planar models the hips keep a distance. Where the centres of two
    spheres are always one, as at a joint, there is no direction in which to push.
    """
    welded = first.rigid_body == second.rigid_body
    across = subtract(second.location, first.location) if welded else subtract(second.center, first.center)
    fixed = [x for x in across if isinstance(x, float)]
    if len(fixed) == 3 and not any(fixed):
        return True
    reach = first.radius + second.radius
    return isinstance(reach, float) and float(np.linalg.norm(fixed)) >= reach


def _arguments(kinematics: Kinematics, material: Material, contact: _Contact) -> tuple[Scalar, ...]:
    """Of `_push`."""
    first, second = (kinematics.frame(body).velocity for body in (contact.first, contact.second))
    velocities = (x for part in (*first, *second) for x in part)
    curvature = contact.radius * material.stiffness
    friction = (
        material.dynamic_friction,
        2.0 * (material.static_friction - material.dynamic_friction),
        material.viscous_friction,
        1.0 / max(material.transition_velocity, LEAST_TRANSITION),
    )
    elastic = 4.0 / 3.0 * material.stiffness
    return (
        *contact.normal,
        *contact.point,
        contact.depth,
        *velocities,
        curvature,
        elastic,
        1.5 * material.dissipation,
        *friction,
    )


def _push(ops: Operations, *arguments: Scalar) -> list[Scalar]:
    """The normal force [N], and the whole force in units of it: the normal, and friction.

    Args:
        ops: operations.
        arguments: see `_arguments`.
    """
    x = list(arguments)
    normal, point, depth = x[0:3], x[3:6], x[6]
    velocity = subtract(_point_velocity(x[7:10], x[10:13], point), _point_velocity(x[13:16], x[16:19], point))
    curvature, elastic, dissipation, *friction = x[19:]
    overlap = ops.maximum(depth, 0.0)
    approach = dot(velocity, normal)
    # Negative where the dissipation of a fast separation would pull.
    force = elastic * overlap * ops.sqrt(curvature * overlap) * (1.0 + dissipation * approach)
    along = subtract(velocity, scale(approach, normal))
    return [force, *add(normal, _friction(ops, along, *friction))]


def _point_velocity(angular: Vector, linear: Vector, point: Vector) -> Vector:
    return add(linear, cross(angular, point))


def _friction(
    ops: Operations, sliding: Vector, dynamic: Scalar, excess: Scalar, viscous: Scalar, inverse_transition: Scalar
) -> Vector:
    """Force along the surface in units of the normal force.

    Args:
        ops: operations.
        sliding: velocity along the surface [m/s].
        dynamic: coefficient of friction.
        excess: twice what the coefficient at rest is larger by.
        viscous: [s/m]
        inverse_transition: of the transition velocity [s/m].
    """
    if all(isinstance(x, float) and x == 0.0 for x in (dynamic, excess, viscous)):
        return zero()
    squared = ops.maximum(dot(sliding, sliding), SLOWEST * SLOWEST)
    inverse = ops.reciprocal_sqrt(squared)
    speed = squared * inverse
    relative_speed = speed * inverse_transition
    stribeck = excess / (1.0 + relative_speed * relative_speed)
    coefficient = ops.minimum(relative_speed, 1.0) * (dynamic + stribeck) + viscous * speed
    return scale(coefficient * inverse, sliding)


def _lower_ends(ops: Operations, half_spaces: Sequence[HalfSpace], spheres: Sequence[Sphere]) -> list[Scalar]:
    """Where each sphere begins on the axis of the sweep: the one with the largest sum of absolute deviations."""
    places, centers = [shape.place for shape in half_spaces], [sphere.center for sphere in spheres]
    spread = []
    for axis in range(3):
        values = [place[axis] for place in (*places, *centers)]
        mean = sum(values[1:], values[0]) * (1.0 / len(values))
        deviations = [ops.maximum(value - mean, mean - value) for value in values]
        spread.append(sum(deviations[1:], deviations[0]))
    along_x = spread[0] > spread[1]
    along_z = spread[2] > ops.maximum(spread[0], spread[1])
    return [
        ops.where(along_z, center[2], ops.where(along_x, center[0], center[1])) - sphere.radius
        for sphere, center in zip(spheres, centers, strict=True)
    ]


def _comes_before(ops: Operations, a: _Contact, b: _Contact, lower_end: list[Scalar]) -> Condition:
    """Whether the sweep finds contact a earlier: by the earlier of its geometries, then by the later; of spheres that
    begin at the same place the one that the force names first.

    A half space has no end, so it comes before all spheres, and half spaces come in the order of their names.
    """
    if len(a.members) != len(b.members):
        return len(a.members) == 1
    if a.half_space != b.half_space:
        return a.half_space < b.half_space
    if len(a.members) == 1:
        (one,), (other,) = a.members, b.members
        return lower_end[one] <= lower_end[other] if one < other else lower_end[one] < lower_end[other]
    (a_first, a_second), (b_first, b_second) = (
        (ops.minimum(lower_end[i], lower_end[j]), ops.maximum(lower_end[i], lower_end[j]))
        for i, j in (a.members, b.members)
    )
    tie = ops.logical_and(a_first <= b_first, b_first <= a_first)
    return ops.logical_or(a_first < b_first, ops.logical_and(tie, a_second < b_second))
