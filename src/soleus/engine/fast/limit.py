"""Forces that depend on one coordinate: CoordinateLimitForce and SpringGeneralizedForce."""

from __future__ import annotations

from math import pi
from typing import NamedTuple

from soleus.engine.fast.operations import Operations, Scalar
from soleus.model.spec import Coordinate, CoordinateLimitForce, SpringGeneralizedForce

DEGREE = pi / 180.0


class LimitConstants(NamedTuple):
    """A CoordinateLimitForce in SI units."""

    upper: float
    """[rad or m]"""
    lower: float
    lower_start: float
    """Where the lower one begins to fade in"""
    inverse_transition: float
    """[1/rad or 1/m]"""
    upper_stiffness: float
    """[N m/rad or N/m]"""
    lower_stiffness: float
    damping: float
    """[N m s/rad or N s/m]"""


def limit_constants(force: CoordinateLimitForce, coordinate: Coordinate) -> LimitConstants:
    """The numbers of a limit force; OpenSim has those of rotations in degrees."""
    unit = DEGREE if coordinate.motion == "rotational" else 1.0
    upper, lower, transition = (unit * x for x in (force.upper_limit, force.lower_limit, force.transition))
    strengths = (force.upper_stiffness, force.lower_stiffness, force.damping)
    return LimitConstants(upper, lower, lower - transition, 1.0 / transition, *(x / unit for x in strengths))


def limit_force(ops: Operations, q: Scalar, u: Scalar, *constants: Scalar) -> list[Scalar]:
    """CoordinateLimitForce::calcLimitForce: stiffness and damping fade in over the transition.

    Args:
        ops: operations.
        q: the coordinate [rad or m].
        u: its speed.
        constants: the fields of LimitConstants.

    Returns:
        The generalised force alone [N m or N].
    """
    limit = LimitConstants(*constants)
    above = _step(ops, (q - limit.upper) * limit.inverse_transition)
    below = 1.0 - _step(ops, (q - limit.lower_start) * limit.inverse_transition)
    up = limit.upper_stiffness * above * (limit.upper - q)
    down = limit.lower_stiffness * below * (limit.lower - q)
    return [up + down - limit.damping * (above + below) * u]


def spring_force(force: SpringGeneralizedForce, q: Scalar, u: Scalar) -> Scalar:
    """SpringGeneralizedForce::computeForce [N m or N]."""
    return -force.stiffness * (q - force.rest_length) - force.viscosity * u


def _step(ops: Operations, x: Scalar) -> Scalar:
    """SimTK::stepUp: from 0 at 0 to 1 at 1 with two continuous derivatives."""
    t = ops.minimum(ops.maximum(x, 0.0), 1.0)
    return t * t * t * (10.0 + t * (6.0 * t - 15.0))
