"""Feet on the ground and on obstacles: HuntCrossleyForce of Simbody 3.8, as OpenSim sets it up.

Hunt and Crossley (1975), J. Appl. Mech. 42(2), with Simbody's Stribeck friction. One habit of the code is felt by every
runner: `HuntCrossleyForceImpl::calcForce` goes through the contacts of a force in the order in which they were found
and RETURNS at the first one that pulls (a sphere that leaves the ground fast), so all later ones exert nothing. The
order is that of GeneralContactSubsystem's sweep: along the axis on which the centres are spread most, by lower end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from soleus.engine.fast.kinematics import Kinematics
from soleus.engine.fast.operations import Condition, Operations, Scalar
from soleus.engine.fast.skeleton import ON_GROUND, Skeleton, Transform
from soleus.engine.fast.vector import (
    Spatial,
    Vector,
    add,
    constant,
    cross,
    dot,
    scale,
    subtract,
    total,
)
from soleus.model.spec import ContactHalfSpace, ContactSphere, HuntCrossleyForce, Model

SLOWEST = 1e-150
"""Sliding slower than this is rest; its square is still a number [m/s]."""


@dataclass(frozen=True)
class Material:
    """What a force is made of; both geometries of a contact are of the same material."""

    stiffness: Scalar
    """Of the contact: Simbody keeps k^(2/3) of each side and combines them by k1 k2 / (k1 + k2)"""
    dissipation: float
    """[s/m]"""
    static_friction: float = 0.0
    dynamic_friction: float = 0.0
    viscous_friction: float = 0.0
    transition_velocity: float = 0.1
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

    rigid_body: int
    radius: Scalar
    """[m]"""
    center: Vector
    """From the kinematics' origin [m]"""


@dataclass(frozen=True)
class HalfSpace:
    """The solid half of space, fixed to the ground."""

    normal: Vector
    """Out of the solid"""
    place: Vector
    """A point of its surface, from the kinematics' origin [m]"""


@dataclass(frozen=True)
class _Contact:
    """Two geometries that may touch; the force acts on `second`, and its negative on `first`."""

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


def contact_stiffness(stiffness: ArrayLike) -> Any:
    """Of a contact between two geometries of the stiffness that HuntCrossleyForce names."""
    return 0.5 * np.power(stiffness, 2.0 / 3.0)


def contact_force(
    ops: Operations,
    model: Model,
    skeleton: Skeleton,
    kinematics: Kinematics,
    force: HuntCrossleyForce,
) -> dict[int, Spatial]:
    """What a contact force of the model does.

    Returns:
        For each rigid body, and ON_GROUND, the spatial force about the kinematics' origin [N m, N].
    """
    shapes = {shape.name: shape for shape in model.contact_geometry}
    own = [shapes[name] for name in force.geometry]
    half_spaces = [
        place_half_space(skeleton, kinematics, shape) for shape in own if isinstance(shape, ContactHalfSpace)
    ]
    spheres = [place_sphere(skeleton, kinematics, shape) for shape in own if isinstance(shape, ContactSphere)]
    return hunt_crossley(ops, kinematics, Material.of(force), half_spaces, spheres)


def place_sphere(skeleton: Skeleton, kinematics: Kinematics, sphere: ContactSphere) -> Sphere:
    """Put a sphere of the model where its body is."""
    place = skeleton.places[sphere.body]
    location = constant(place.transform.apply(sphere.location))
    return Sphere(place.rigid_body, sphere.radius, kinematics.frame(place.rigid_body).point(location))


def place_half_space(skeleton: Skeleton, kinematics: Kinematics, shape: ContactHalfSpace) -> HalfSpace:
    """A half space is solid on the +x side of its frame; only the ground carries one."""
    frame = skeleton.places[shape.body].transform @ Transform.of(shape.location, shape.orientation)
    place = subtract(constant(frame.position), kinematics.origin)
    return HalfSpace(constant(-frame.rotation[:, 0]), place)


def hunt_crossley(
    ops: Operations,
    kinematics: Kinematics,
    material: Material,
    half_spaces: Sequence[HalfSpace],
    spheres: Sequence[Sphere],
) -> dict[int, Spatial]:
    """Every two of the geometries touch each other; see `contact_force`."""
    contacts = [*_with_half_spaces(half_spaces, spheres), *_between_spheres(ops, spheres)]
    lower_end = _lower_ends(ops, half_spaces, spheres) if len(contacts) > 1 else []
    touching = [contact.depth > 0.0 for contact in contacts]
    normal_force = [_normal_force(ops, kinematics, material, contact) for contact in contacts]
    result: dict[int, Spatial] = {}
    for i, contact in enumerate(contacts):
        pushes = ops.logical_and(touching[i], normal_force[i] > 0.0)
        for j, other in enumerate(contacts):
            if j != i:
                pulls = ops.logical_and(touching[j], normal_force[j] <= 0.0)
                returned = ops.logical_and(pulls, _comes_before(ops, other, contact, lower_end))
                pushes = ops.logical_and(pushes, ops.logical_not(returned))
        friction = _friction(ops, kinematics, material, contact)
        linear = [
            ops.where(pushes, normal_force[i] * (n + f), 0.0) for n, f in zip(contact.normal, friction, strict=True)
        ]
        wrench = cross(contact.point, linear), linear
        _accumulate(result, contact.second, wrench)
        _accumulate(result, contact.first, (scale(-1.0, wrench[0]), scale(-1.0, wrench[1])))
    return result


def _with_half_spaces(half_spaces: Sequence[HalfSpace], spheres: Sequence[Sphere]) -> list[_Contact]:
    """CollisionDetectionAlgorithm::HalfSpaceSphere."""
    contacts = []
    for half_space in half_spaces:
        for index, sphere in enumerate(spheres):
            depth = sphere.radius - dot(subtract(sphere.center, half_space.place), half_space.normal)
            point = subtract(sphere.center, scale(sphere.radius - 0.5 * depth, half_space.normal))
            contacts.append(
                _Contact(ON_GROUND, sphere.rigid_body, half_space.normal, point, depth, sphere.radius, (index,))
            )
    return contacts


def _between_spheres(ops: Operations, spheres: Sequence[Sphere]) -> list[_Contact]:
    """CollisionDetectionAlgorithm::SphereSphere, leaving out pairs that the model keeps apart."""
    contacts = []
    for (i, first), (j, second) in combinations(enumerate(spheres), 2):
        across = subtract(second.center, first.center)
        reach = first.radius + second.radius
        if first.rigid_body == second.rigid_body or _never_closer(across, reach):
            continue
        squared = dot(across, across)
        inverse = ops.reciprocal_sqrt(squared)
        depth = reach - squared * inverse
        normal = scale(inverse, across)
        point = add(first.center, scale(first.radius - 0.5 * depth, normal))
        radius = first.radius * second.radius / reach
        contacts.append(_Contact(first.rigid_body, second.rigid_body, normal, point, depth, radius, (i, j)))
    return contacts


def _never_closer(across: Vector, reach: Scalar) -> bool:
    """Whether a distance that never changes already keeps two spheres apart, as the hips do in planar models."""
    return isinstance(reach, float) and any(isinstance(x, float) and abs(x) >= reach for x in across)


def _normal_force(ops: Operations, kinematics: Kinematics, material: Material, contact: _Contact) -> Scalar:
    """Elastic and dissipative; negative where the dissipation of a fast separation would pull [N]."""
    depth = ops.maximum(contact.depth, 0.0)
    curvature = contact.radius * material.stiffness
    elastic = (4.0 / 3.0 * material.stiffness) * depth * ops.sqrt(curvature * depth)
    approach = dot(_relative_velocity(kinematics, contact), contact.normal)
    return elastic * (1.0 + 1.5 * material.dissipation * approach)


def _friction(ops: Operations, kinematics: Kinematics, material: Material, contact: _Contact) -> Vector:
    """Force along the surface, in units of the normal force."""
    static, dynamic, viscous = material.static_friction, material.dynamic_friction, material.viscous_friction
    if static == dynamic == viscous == 0.0:
        return [0.0, 0.0, 0.0]
    velocity = _relative_velocity(kinematics, contact)
    sliding = subtract(velocity, scale(dot(velocity, contact.normal), contact.normal))
    squared = ops.maximum(dot(sliding, sliding), SLOWEST * SLOWEST)
    inverse = ops.reciprocal_sqrt(squared)
    speed = squared * inverse
    relative_speed = speed * (1.0 / material.transition_velocity)
    coefficient = ops.minimum(relative_speed, 1.0)
    if static == dynamic:
        coefficient = coefficient * dynamic
    else:
        coefficient = coefficient * (dynamic + 2.0 * (static - dynamic) / (1.0 + relative_speed * relative_speed))
    return scale((coefficient + viscous * speed) * inverse, sliding)


def _relative_velocity(kinematics: Kinematics, contact: _Contact) -> Vector:
    """Of the first body's matter against the second's, at the contact [m/s]."""
    first = kinematics.frame(contact.first).point_velocity(contact.point)
    second = kinematics.frame(contact.second).point_velocity(contact.point)
    return subtract(first, second)


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
    """Whether the sweep finds contact a earlier: by the earlier of its geometries, then by the later.

    A half space has no end, so it comes before all spheres.
    """
    if len(a.members) != len(b.members):
        return len(a.members) == 1
    if len(a.members) == 1:
        return lower_end[a.members[0]] < lower_end[b.members[0]]
    (a_first, a_second), (b_first, b_second) = (
        (ops.minimum(lower_end[i], lower_end[j]), ops.maximum(lower_end[i], lower_end[j]))
        for i, j in (a.members, b.members)
    )
    tie = ops.logical_and(a_first <= b_first, b_first <= a_first)
    return ops.logical_or(a_first < b_first, ops.logical_and(tie, a_second < b_second))


def _accumulate(forces: dict[int, Spatial], body: int, wrench: Spatial) -> None:
    so_far = forces.get(body)
    forces[body] = wrench if so_far is None else (total([so_far[0], wrench[0]]), total([so_far[1], wrench[1]]))
