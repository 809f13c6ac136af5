"""From forces to accelerations: composite rigid bodies and a sparse factorisation of the mass matrix.

Featherstone, Rigid Body Dynamics Algorithms (2008): bias forces by recursive Newton-Euler (section 5.3), the mass
matrix by composite rigid bodies (6.2), its factors L^T D L without fill-in (6.5). OpenSim solves the same equations by
articulated bodies (SimbodyMatterSubsystem::calcAcceleration).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from soleus.engine.fast.kinematics import Frame, Kinematics
from soleus.engine.fast.operations import Operations, Scalar
from soleus.engine.fast.skeleton import ON_GROUND, Skeleton
from soleus.engine.fast.vector import (
    SMALLEST,
    UPPER,
    Spatial,
    Symmetric,
    Vector,
    add,
    add_spatial,
    constant,
    cross,
    cross_force,
    dot,
    power,
    scale,
    subtract,
    subtract_spatial,
    turn_by_symmetric,
    turn_symmetric,
)


@dataclass(frozen=True)
class _Inertia:
    """Spatial inertia about the kinematics' origin, in ground axes."""

    mass: Scalar
    moment: Vector
    """Mass times mass centre [kg m]"""
    rotational: Symmetric
    """[kg m^2]"""

    def __add__(self, other: _Inertia) -> _Inertia:
        return _Inertia(self.mass + other.mass, add(self.moment, other.moment), add(self.rotational, other.rotational))

    def apply(self, motion: Spatial) -> Spatial:
        """Momentum of a velocity, or force of an acceleration."""
        angular, linear = motion
        return (
            add(turn_by_symmetric(self.rotational, angular), cross(self.moment, linear)),
            subtract(scale(self.mass, linear), cross(self.moment, angular)),
        )


def accelerations(
    ops: Operations,
    skeleton: Skeleton,
    kinematics: Kinematics,
    body_force: Mapping[int, Spatial],
    coordinate_force: Sequence[Scalar],
) -> list[Scalar]:
    """Solve the equations of motion.

    Args:
        ops: operations.
        skeleton: rigid bodies.
        kinematics: where they are.
        body_force: spatial force on rigid bodies about the kinematics' origin [N m, N].
        coordinate_force: generalised force on each free coordinate [N m or N].

    Returns:
        Acceleration of each free coordinate [rad/s^2 or m/s^2].
    """
    own, needed = _bodies(ops, skeleton, kinematics)
    composite = _sum_to_root(skeleton, own, _Inertia.__add__)
    lacking = [
        subtract_spatial(force, body_force[index]) if index in body_force else force
        for index, force in enumerate(needed)
    ]
    needed = _sum_to_root(skeleton, lacking, add_spatial)
    order, parent = _coordinate_tree(skeleton)
    row = {coordinate: index for index, coordinate in enumerate(order)}
    mass_matrix: list[dict[int, Scalar]] = []
    right_side = []
    for index, coordinate in enumerate(order):
        body = skeleton.coordinate_body[coordinate]
        motion = kinematics.motion[coordinate]
        force = composite[body].apply(motion)
        path = [index, *_up(parent, index)]
        mass_matrix.append({other: power(kinematics.motion[order[other]], force) for other in path})
        right_side.append(coordinate_force[coordinate] - power(motion, needed[body]))
    solution = _solve(mass_matrix, parent, right_side)
    return [solution[row[coordinate]] for coordinate in range(len(order))]


def generalised_force(skeleton: Skeleton, kinematics: Kinematics, body_force: Mapping[int, Spatial]) -> list[Scalar]:
    """What spatial forces on rigid bodies do on each free coordinate [N m or N]."""
    bodies = range(len(skeleton.bodies))
    result = []
    for coordinate in range(len(skeleton.coordinate_body)):
        carrier = skeleton.coordinate_body[coordinate]
        carried = [body for body in bodies if body == carrier or carrier in skeleton.ancestors(body)]
        forces = [power(kinematics.motion[coordinate], body_force[body]) for body in carried if body in body_force]
        result.append(sum(forces[1:], forces[0]) if forces else 0.0)
    return result


def _cleaned(inertia: list[float]) -> list[float]:
    """Without what rotations by right angles leave of products of inertia; a body may be a milligram."""
    least = SMALLEST * max(map(abs, inertia))
    return [0.0 if abs(x) <= least else x for x in inertia]


def _bodies(ops: Operations, skeleton: Skeleton, kinematics: Kinematics) -> tuple[list[_Inertia], list[Spatial]]:
    """Of each rigid body its inertia, and the force it needs to move without any coordinate accelerating."""
    items = [
        (
            *(x for row in frame.rotation for x in row),
            *frame.position,
            *(x for part in (*frame.velocity, *frame.bias) for x in part),
            body.mass,
            *constant(body.mass_center),
            *_cleaned([float(body.inertia[i, j]) for i, j in UPPER]),
        )
        for body, frame in zip(skeleton.bodies, kinematics.frames, strict=True)
    ]
    found = ops.for_each(_body, items)
    return (
        [_Inertia(body.mass, row[0:3], row[3:9]) for body, row in zip(skeleton.bodies, found, strict=True)],
        [(row[9:12], row[12:15]) for row in found],
    )


def _body(ops: Operations, *arguments: Scalar) -> list[Scalar]:
    """Of one body: see `_bodies` for the arguments.

    Returns:
        Mass times mass centre [kg m], rotational inertia about the origin [kg m^2], needed moment and force [N m, N].
    """
    del ops
    x = list(arguments)
    frame = Frame([x[0:3], x[3:6], x[6:9]], x[9:12], velocity=(x[12:15], x[15:18]), bias=(x[18:21], x[21:24]))
    mass, mass_center, inertia = x[24], x[25:28], x[28:34]
    center = frame.point(mass_center)
    moment = scale(mass, center)
    squared = dot(center, moment)
    steiner = [(squared if i == j else 0.0) - center[i] * moment[j] for i, j in UPPER]
    own = _Inertia(mass, moment, add(turn_symmetric(frame.rotation, inertia), steiner))
    momentum = own.apply(frame.velocity)
    needed = add_spatial(own.apply(frame.bias), cross_force(frame.velocity, momentum))
    return [*own.moment, *own.rotational, *needed[0], *needed[1]]


def _sum_to_root(skeleton: Skeleton, values: Sequence, plus) -> list:  # noqa: ANN001
    """Add to each body what all bodies carried by it have."""
    result = list(values)
    for index in reversed(range(len(result))):
        parent = skeleton.bodies[index].parent
        if parent != ON_GROUND:
            result[parent] = plus(result[parent], result[index])
    return result


def _coordinate_tree(skeleton: Skeleton) -> tuple[list[int], list[int | None]]:
    """Coordinates in the order of their joints, and for each the place of the one before it towards the ground."""
    order: list[int] = []
    parent: list[int | None] = []
    last: dict[int, int | None] = {ON_GROUND: None}
    for index, body in enumerate(skeleton.bodies):
        before = last[body.parent]
        for coordinate in sorted({step.coordinate for step in body.steps if step.coordinate is not None}):
            parent.append(before)
            before = len(order)
            order.append(coordinate)
        last[index] = before
    return order, parent


def _up(parent: Sequence[int | None], index: int) -> list[int]:
    """The coordinates between this one and the ground, nearest first."""
    above = parent[index]
    return [] if above is None else [above, *_up(parent, above)]


def _solve(matrix: list[dict[int, Scalar]], parent: Sequence[int | None], right_side: Sequence[Scalar]) -> list[Scalar]:
    """Factor the matrix as L^T D L in place of its lower half, then solve."""
    n = len(matrix)
    inverse: list[Scalar] = [None] * n
    for k in reversed(range(n)):
        inverse[k] = 1.0 / matrix[k][k]
        for i in _up(parent, k):
            factor = matrix[k][i] * inverse[k]
            for j in (i, *_up(parent, i)):
                matrix[i][j] = matrix[i][j] - factor * matrix[k][j]
            matrix[k][i] = factor
    x = list(right_side)
    for k in reversed(range(n)):
        for i in _up(parent, k):
            x[i] = x[i] - matrix[k][i] * x[k]
    x = [value * inverse[k] for k, value in enumerate(x)]
    for k in range(n):
        for i in _up(parent, k):
            x[k] = x[k] - matrix[k][i] * x[i]
    return x
