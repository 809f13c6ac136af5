"""Forces that depend on one coordinate: CoordinateLimitForce and SpringGeneralizedForce."""

from __future__ import annotations

from math import pi

from soleus.engine.fast.operations import Operations, Scalar
from soleus.model.spec import Coordinate, CoordinateLimitForce, SpringGeneralizedForce

DEGREE = pi / 180.0


def limit_force(ops: Operations, force: CoordinateLimitForce, coordinate: Coordinate, q: Scalar, u: Scalar) -> Scalar:
    """CoordinateLimitForce::calcLimitForce [N m or N]: stiffness and damping fade in over the transition."""
    unit = DEGREE if coordinate.motion == "rotational" else 1.0
    upper, lower, transition = (unit * x for x in (force.upper_limit, force.lower_limit, force.transition))
    above = _step(ops, (q - upper) * (1.0 / transition))
    below = 1.0 - _step(ops, (q - (lower - transition)) * (1.0 / transition))
    up = (force.upper_stiffness / unit) * above * (upper - q)
    down = (force.lower_stiffness / unit) * below * (lower - q)
    return up + down - (force.damping / unit) * (above + below) * u


def spring_force(force: SpringGeneralizedForce, q: Scalar, u: Scalar) -> Scalar:
    """SpringGeneralizedForce::computeForce [N m or N]."""
    return -force.stiffness * (q - force.rest_length) - force.viscosity * u


def _step(ops: Operations, x: Scalar) -> Scalar:
    """SimTK::stepUp: from 0 at 0 to 1 at 1 with two continuous derivatives."""
    t = ops.minimum(ops.maximum(x, 0.0), 1.0)
    return t * t * t * (10.0 + t * (6.0 * t - 15.0))
