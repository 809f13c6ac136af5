"""What the accelerations of the coordinates mean for the bodies, and what the ground does to them: Simbody's
acceleration stage as OpenSim's PhysicalFrame and Model report it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soleus.engine.fast.contact import contact_records
from soleus.engine.fast.kinematics import Frame, Kinematics
from soleus.engine.fast.operations import Operations, Scalar
from soleus.engine.fast.skeleton import ON_GROUND, Skeleton
from soleus.engine.fast.vector import (
    Spatial,
    Vector,
    accumulate,
    add,
    constant,
    cross,
    scale,
    scale_spatial,
    zero,
)
from soleus.model.spec import Model


@dataclass(frozen=True)
class Accelerations:
    """How a state is accelerated, in the units of engine.base.Dynamics."""

    acceleration: list[Scalar]
    body_acceleration: list[Vector]
    body_angular_acceleration: list[Vector]
    mass_center_acceleration: Vector
    contact_record: list[list[Vector]]


def body_accelerations(
    ops: Operations, model: Model, skeleton: Skeleton, kinematics: Kinematics, acceleration: Sequence[Scalar]
) -> Accelerations:
    """What follows from the accelerations of the free coordinates [rad/s^2 or m/s^2]."""
    rigid = _rigid_accelerations(model, skeleton, kinematics, acceleration)
    linear, angular = [], []
    for name in model.body_names:
        place = skeleton.places[name]
        frame, spatial = _motion(kinematics, rigid, place.rigid_body)
        linear.append(_point_acceleration(frame, spatial, frame.point(constant(place.transform.position))))
        angular.append(spatial[0])
    return Accelerations(
        acceleration=list(acceleration),
        body_acceleration=linear,
        body_angular_acceleration=angular,
        mass_center_acceleration=_mass_center(skeleton, kinematics, rigid),
        contact_record=contact_records(ops, model, skeleton, kinematics),
    )


def _rigid_accelerations(
    model: Model, skeleton: Skeleton, kinematics: Kinematics, acceleration: Sequence[Scalar]
) -> list[Spatial]:
    """Of each rigid body about the kinematics' origin; its bias lacks gravity, which is given back."""
    gravity = (zero(), constant(model.gravity))
    result = []
    for index, frame in enumerate(kinematics.frames):
        spatial: dict[int, Spatial] = {index: frame.bias}
        accumulate(spatial, index, gravity)
        carriers = {index, *skeleton.ancestors(index)}
        for coordinate, carrier in skeleton.coordinate_body.items():
            if carrier in carriers:
                accumulate(spatial, index, scale_spatial(acceleration[coordinate], kinematics.motion[coordinate]))
        result.append(spatial[index])
    return result


def _motion(kinematics: Kinematics, rigid: list[Spatial], body: int) -> tuple[Frame, Spatial]:
    """The frame of a rigid body or the ground, and its spatial acceleration."""
    return kinematics.frame(body), (zero(), zero()) if body == ON_GROUND else rigid[body]


def _point_acceleration(frame: Frame, spatial: Spatial, position: Vector) -> Vector:
    """Of the body's matter at a position (Featherstone 2008, eq. 2.48) [m/s^2]."""
    turning = cross(frame.velocity[0], frame.point_velocity(position))
    return add(add(spatial[1], cross(spatial[0], position)), turning)


def _mass_center(skeleton: Skeleton, kinematics: Kinematics, rigid: list[Spatial]) -> Vector:
    mass, result = skeleton.mass, zero()
    for body, frame, spatial in zip(skeleton.bodies, kinematics.frames, rigid, strict=True):
        center = frame.point(constant(body.mass_center))
        result = add(result, scale(body.mass / mass, _point_acceleration(frame, spatial, center)))
    return result
