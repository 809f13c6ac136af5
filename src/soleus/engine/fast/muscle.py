"""Elastic-tendon muscle: Thelen2003Muscle of OpenSim 4.6, after Thelen (2003), J. Biomech. Eng. 125(1), 70-77.

Symbols: a activation, l fibre length, n = l / optimal length, phi pennation, F a force in units of the maximum
isometric force. The equations that OpenSim adds to the paper: activation is clamped where it is used but its rate is
not; a fibre cannot shorten below the length at which it is pennated by the maximum angle; the force-velocity curve
goes on in straight lines below F = 0 and above 95 % of the greatest lengthening force.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, sin
from typing import NamedTuple

from soleus.engine.fast.operations import Operations, Scalar
from soleus.model.spec import Thelen2003Muscle

TOE_EXPONENT = 3.0
"""Shape of the tendon's toe region (k_toe)."""
TOE_FORCE = 0.33
"""Where the toe region ends, in units of the isometric force (F_toe)."""
LINE_FORCE = 0.67
"""What the line behind it adds until the strain at the isometric force."""
NO_PENNATION = 2e-14
"""SimTK::SignificantReal: where the greatest pennation angle is no more, the shortest fibre is a hundredth [rad]."""
UNPENNATED = 2.3e-16
"""OpenSim takes smaller pennation angles for none [rad]."""
SHORTEST = 1e-15
"""In place of the zero to which OpenSim lets an unpennated fibre shrink, so that it keeps a direction [m]."""


class MuscleConstants(NamedTuple):
    """What distinguishes one muscle from another, so that one piece of code serves all."""

    isometric_force: Scalar
    """[N]"""
    minimum_activation: Scalar
    activation_time: Scalar
    """[s]"""
    inverse_deactivation_time: Scalar
    """[1/s]"""
    greatest_speed: Scalar
    """Of the unloaded fibre [m/s]"""
    optimal_length: Scalar
    """[m]"""
    inverse_optimal_length: Scalar
    """[1/m]"""
    width: Scalar
    """Across the pennated fibres, which they keep at any length [m]"""
    squared_width: Scalar
    least_length: Scalar
    """Of the fibre [m]"""
    inverse_slack_length: Scalar
    """Of the tendon [1/m]"""
    toe_strain: Scalar
    """Of the tendon, where its toe region ends"""
    toe_rate: Scalar
    toe_scale: Scalar
    tendon_slope: Scalar
    """Behind the toe region, per strain"""
    active_rate: Scalar
    """1 / KshapeActive"""
    passive_rate: Scalar
    """KshapePassive / FmaxMuscleStrain"""
    passive_scale: Scalar
    inverse_af: Scalar
    """1 / Af"""
    slope_below: Scalar
    """Of the force-velocity curve below zero force, 1 + 1 / Af"""
    greatest_force: Scalar
    """Flen: of the lengthening fibre, over the force at rest"""
    steepness: Scalar
    """Of the lengthening part of the force-velocity curve, (2 + 2 / Af) / (Flen - 1)"""
    threshold: Scalar
    """Force over the force at rest where that curve becomes a line"""
    threshold_value: Scalar
    threshold_slope: Scalar


class MuscleRates(NamedTuple):
    """What a muscle does in a state."""

    activation: Scalar
    """da/dt [1/s]"""
    fiber_length: Scalar
    """dl/dt [m/s]"""
    tendon_force: Scalar
    """[N]"""
    fiber_force: Scalar
    """Active and passive, along the fibre [N]; OpenSim tells 0 for a fibre that its least length stops"""


@dataclass(frozen=True)
class _Fiber:
    """Geometry of a pennated fibre: MuscleFixedWidthPennationModel."""

    stretch: Scalar
    """Length over optimal length, less 1; the length not below the least"""
    along_tendon: Scalar
    """Its part along the tendon [m]"""
    inverse_cosine: Scalar
    """Of the pennation angle"""


def muscle_constants(muscle: Thelen2003Muscle) -> MuscleConstants:
    """The numbers of a muscle, as the equations use them."""
    e3 = exp(TOE_EXPONENT)
    toe_strain = 99.0 * muscle.max_tendon_strain * e3 / (166.0 * e3 - 67.0)
    af, greatest = muscle.force_velocity_shape, muscle.max_lengthening_force
    steepness = (2.0 + 2.0 / af) / (greatest - 1.0)
    threshold = muscle.extrapolation_threshold * greatest
    at_threshold = steepness * (greatest - threshold)
    width = 0.0 if least_fiber_length(muscle) == 0.0 else muscle.optimal_fiber_length * sin(muscle.pennation_angle)
    return MuscleConstants(
        isometric_force=muscle.max_isometric_force,
        minimum_activation=muscle.minimum_activation,
        activation_time=muscle.activation_time_constant,
        inverse_deactivation_time=1.0 / muscle.deactivation_time_constant,
        greatest_speed=muscle.max_contraction_velocity * muscle.optimal_fiber_length,
        optimal_length=muscle.optimal_fiber_length,
        inverse_optimal_length=1.0 / muscle.optimal_fiber_length,
        width=width,
        squared_width=width * width,
        least_length=max(least_fiber_length(muscle), SHORTEST),
        inverse_slack_length=1.0 / muscle.tendon_slack_length,
        toe_strain=toe_strain,
        toe_rate=TOE_EXPONENT / toe_strain,
        toe_scale=TOE_FORCE / (e3 - 1.0),
        tendon_slope=LINE_FORCE / (muscle.max_tendon_strain - toe_strain),
        active_rate=1.0 / muscle.active_shape,
        passive_rate=muscle.passive_shape / muscle.max_muscle_strain,
        passive_scale=1.0 / (exp(muscle.passive_shape) - 1.0),
        inverse_af=1.0 / af,
        slope_below=1.0 + 1.0 / af,
        greatest_force=greatest,
        steepness=steepness,
        threshold=threshold,
        threshold_value=(threshold - 1.0) / at_threshold,
        threshold_slope=1.0 / at_threshold + (threshold - 1.0) * steepness / at_threshold**2,
    )


def least_fiber_length(muscle: Thelen2003Muscle) -> float:
    """MuscleFixedWidthPennationModel::getMinimumFiberLength [m]; zero for an unpennated fibre."""
    if muscle.maximum_pennation_angle <= NO_PENNATION:
        return 0.01 * muscle.optimal_fiber_length
    if muscle.pennation_angle < UNPENNATED:
        return 0.0
    return muscle.optimal_fiber_length * sin(muscle.pennation_angle) / sin(muscle.maximum_pennation_angle)


def muscle_rates(
    ops: Operations,
    length: Scalar,
    activation: Scalar,
    fiber_length: Scalar,
    excitation: Scalar,
    strength: Scalar,
    *constants: Scalar,
) -> MuscleRates:
    """Thelen2003Muscle::computeStateVariableDerivatives.

    Args:
        ops: operations.
        length: of the path [m].
        activation: as it is in the state, also outside its bounds.
        fiber_length: as it is in the state [m].
        excitation: [1], not clamped.
        strength: factor on the isometric force.
        constants: the fields of MuscleConstants.
    """
    muscle = MuscleConstants(*constants)
    a = clamped_activation(ops, muscle, activation)
    fiber = _fiber(ops, muscle, fiber_length)
    tendon_force = _tendon_curve(ops, muscle, length - fiber.along_tendon)
    passive_force = _passive_curve(ops, muscle, fiber.stretch)
    at_rest = a * _active_length_curve(ops, muscle, fiber.stretch)
    fiber_force = tendon_force * fiber.inverse_cosine
    speed = (0.25 + 0.75 * a) * _velocity_curve(ops, muscle, (fiber_force - passive_force) / at_rest)
    stopped = ops.logical_and(fiber_length <= muscle.least_length, speed <= 0.0)
    isometric = strength * muscle.isometric_force
    return MuscleRates(
        activation=activation_rate(ops, muscle, a, excitation),
        fiber_length=ops.where(stopped, 0.0, speed * muscle.greatest_speed),
        tendon_force=tendon_force * isometric,
        fiber_force=ops.where(stopped, 0.0, fiber_force * isometric),
    )


def clamped_activation(ops: Operations, muscle: MuscleConstants, activation: Scalar) -> Scalar:
    """What the activation of a state counts for."""
    return ops.minimum(ops.maximum(activation, muscle.minimum_activation), 1.0)


def activation_rate(ops: Operations, muscle: MuscleConstants, a: Scalar, excitation: Scalar) -> Scalar:
    """MuscleFirstOrderActivationDynamicModel::calcDerivative; `a` is the clamped activation."""
    pace = 0.5 + 1.5 * a
    rising = 1.0 / (pace * muscle.activation_time)
    falling = pace * muscle.inverse_deactivation_time
    return (excitation - a) * ops.where(excitation > a, rising, falling)


def _fiber(ops: Operations, muscle: MuscleConstants, fiber_length: Scalar) -> _Fiber:
    length = ops.maximum(fiber_length, muscle.least_length)
    squared = length * length - muscle.squared_width
    inverse = ops.reciprocal_sqrt(squared)
    return _Fiber(length * muscle.inverse_optimal_length - 1.0, squared * inverse, length * inverse)


def _tendon_curve(ops: Operations, muscle: MuscleConstants, tendon_length: Scalar) -> Scalar:
    """Thelen2003Muscle::calcfse: zero when slack, exponential in the toe region, then a line."""
    strain = tendon_length * muscle.inverse_slack_length - 1.0
    stretched = ops.minimum(ops.maximum(strain, 0.0), muscle.toe_strain)
    toe = muscle.toe_scale * (ops.exp(stretched * muscle.toe_rate) - 1.0)
    line = muscle.tendon_slope * (strain - muscle.toe_strain) + TOE_FORCE
    return ops.where(strain > muscle.toe_strain, line, toe)


def _active_length_curve(ops: Operations, muscle: MuscleConstants, stretch: Scalar) -> Scalar:
    """Thelen2003Muscle::calcfal, a bell around the optimal length."""
    return ops.exp(stretch * stretch * (0.0 - muscle.active_rate))


def _passive_curve(ops: Operations, muscle: MuscleConstants, stretch: Scalar) -> Scalar:
    """Thelen2003Muscle::calcfpe, only beyond the optimal length."""
    return (ops.exp(ops.maximum(stretch, 0.0) * muscle.passive_rate) - 1.0) * muscle.passive_scale


def _velocity_curve(ops: Operations, muscle: MuscleConstants, x: Scalar) -> Scalar:
    """Thelen2003Muscle::calcdlceN as a function of one ratio.

    With x = F / (a f_al) the paper's eq. 6-7 read velocity = (0.25 + 0.75 a) G(x); OpenSim's lines below x = 0 and
    above the threshold are tangents of G.

    Args:
        ops: operations.
        muscle: its constants.
        x: force over what the fibre would hold at rest.
    """
    low, high = x <= 0.0, x >= muscle.threshold
    shortening = 1.0 + x * muscle.inverse_af
    lengthening = muscle.steepness * (muscle.greatest_force - x)
    divisor = ops.where(x <= 1.0, shortening, lengthening)
    curve = (x - 1.0) / ops.where(ops.logical_or(low, high), 1.0, divisor)
    below = x * muscle.slope_below - 1.0
    above = muscle.threshold_value + muscle.threshold_slope * (x - muscle.threshold)
    return ops.where(low, below, ops.where(high, above, curve))
