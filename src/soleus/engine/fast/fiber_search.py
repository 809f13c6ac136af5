"""The search for the fibre length that balances a tendon: Thelen2003Muscle::initMuscleState of OpenSim 4.6.

OpenSim stops where a tolerance is met, so its answer depends on the way there, and this file takes the same way: from a
tendon stretched by 1 %, Newton's method on the fibre length with a line search, and after each step a new guess at the
fibre's share in the motion. Expressions are written differently, so answers agree with OpenSim's to rounding.

A lane is one muscle of one world. `advance_search` tries one fibre length in every lane, without loop or branch, and is
called until no lane is searching. Forces are in units of the maximum isometric force.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from soleus.engine.fast.muscle import SHORTEST, MuscleConstants
from soleus.engine.fast.operations import Condition, Operations, Scalar

MAX_STEPS = 20
"""Newton steps on the fibre length before OpenSim gives up."""
SQRT_EPSILON = 2.0**-26
"""SimTK::SqrtEps: the line search cuts a step to no smaller fraction, and where a step vanishes OpenSim goes this far
[m] the other way."""
NEGLIGIBLE = (2.0**-52) ** 0.875
"""SimTK::SignificantReal: of a step [m], of a stiffness [N/m], of a tenth of the tolerance [N]."""
VELOCITY_STEPS = 12
"""Newton steps on the force-velocity curve. OpenSim allows 100; with any sensible shape of the curve 11 are enough."""


class Equilibrium(IntEnum):
    """What became of a lane."""

    FOUND = 0
    """Fibre and tendon pull equally."""
    AT_LEAST_LENGTH = 1
    """No balance, and the fibre ended at its least length: OpenSim warns, takes that and goes on."""
    NOT_FOUND = 2
    """No fibre length was found: OpenSim throws."""
    SEARCHING = 3


class Lane(NamedTuple):
    """What is given for each lane."""

    activation: Scalar
    """Clamped [1]"""
    length: Scalar
    """Of muscle and tendon [m]"""
    lengthening_speed: Scalar
    """[m/s]"""
    tolerance: Scalar
    """Of the difference of the forces [1]"""
    velocity_tolerance: Scalar
    """Of a value of the force-velocity curve [1]; OpenSim uses the force's tolerance in N for it"""
    least_stiffness: Scalar
    """Less is none [1/m]"""
    seconds_per_metre: Scalar
    """From a fibre velocity to a value of the force-velocity curve at this activation [s/m]"""
    inverse_slope: Scalar
    """Of the shortening part of that curve at force zero, 1 / (1 + 1 / Af)"""
    muscle: MuscleConstants

    @classmethod
    def from_rows(cls, rows: Sequence[Scalar]) -> Lane:
        """From N_GIVEN scalars, those of the muscle last."""
        n_own = len(cls._fields) - 1
        return cls(*rows[:n_own], muscle=MuscleConstants(*rows[n_own:]))


N_GIVEN = len(Lane._fields) - 1 + len(MuscleConstants._fields)


class Search(NamedTuple):
    """Where each lane's search stands."""

    fiber_length: Scalar
    """The one to try next, or the answer [m]"""
    multiplier: Scalar
    """Force-velocity multiplier that goes with it"""
    from_length: Scalar
    """Where the present Newton step starts [m]"""
    from_error: Scalar
    """Force of the fibre less that of the tendon, there"""
    newton_step: Scalar
    """[m]"""
    fraction: Scalar
    """Of the Newton step that is tried"""
    n_steps: Scalar
    """Newton steps taken; -2 while the first multiplier is guessed and -1 while the first error is computed"""
    outcome: Scalar
    """An Equilibrium"""

    @classmethod
    def from_start(cls, fiber_length: Scalar) -> Search:
        """A search that begins with a fibre length [m]."""
        return cls(fiber_length, 1.0, fiber_length, 0.0, 0.0, 1.0, -2.0, float(Equilibrium.SEARCHING))


class _Fiber(NamedTuple):
    """A fibre length that is tried, and what follows from it."""

    length: Scalar
    """[m]"""
    inverse_length: Scalar
    """[1/m]"""
    sine: Scalar
    """Of the pennation angle"""
    cosine: Scalar
    inverse_cosine: Scalar
    stretch: Scalar
    """Length over optimal length, less 1"""
    active: Scalar
    """calcfal"""
    passive: Scalar
    """calcfpe"""
    strain: Scalar
    """Of the tendon"""
    toe: Scalar
    """Exponential in the tendon's toe region"""
    tendon: Scalar
    """calcfse"""


def advance_search(ops: Operations, lane: Lane, search: Search) -> Search:
    """Try one fibre length in each lane; for lanes that are not searching the answer means nothing."""
    guessing, starting = search.n_steps < -1.5, search.n_steps < -0.5
    fiber = _fiber(ops, lane, search.fiber_length)
    force = lane.activation * search.multiplier * fiber.active + fiber.passive
    error = force * fiber.cosine - fiber.tendon
    along, tendon = _stiffnesses(ops, lane, fiber, search.multiplier, ops.where(guessing, 0.0, force))
    newton_step = _newton_step(ops, fiber, error, along, tendon)
    multiplier, has_multiplier = _next_multiplier(ops, lane, fiber, along * fiber.cosine, tendon)

    n_steps = search.n_steps + 1.0
    outcome = ops.where(guessing, float(Equilibrium.SEARCHING), _outcome(ops, lane, fiber, error, n_steps))
    outcome = ops.where(has_multiplier, outcome, float(Equilibrium.NOT_FOUND))
    stays = ops.logical_or(guessing, outcome < Equilibrium.SEARCHING - 0.5)
    keeps_multiplier = ops.logical_and(starting, ops.logical_not(guessing))
    taken = Search(
        fiber_length=ops.where(stays, fiber.length, _length_after(ops, lane, fiber.length, newton_step)),
        multiplier=ops.where(keeps_multiplier, search.multiplier, multiplier),
        from_length=fiber.length,
        from_error=error,
        newton_step=newton_step,
        fraction=1.0,
        n_steps=n_steps,
        outcome=outcome,
    )
    half = 0.5 * search.fraction
    next_length = _length_after(ops, lane, search.from_length, half * search.newton_step)
    halved = search._replace(fiber_length=next_length, fraction=half)
    accepted = ops.logical_or(starting, _ends_line_search(ops, lane, search, error))
    return Search(*(ops.where(accepted, yes, no) for yes, no in zip(taken, halved, strict=True)))


def _outcome(ops: Operations, lane: Lane, fiber: _Fiber, error: Scalar, n_steps: Scalar) -> Scalar:
    """What OpenSim makes of a length with which a Newton step ended."""
    size = _absolute(ops, error)
    over = ops.logical_or(ops.logical_not(size > lane.tolerance), n_steps > MAX_STEPS - 0.5)
    least, none = float(Equilibrium.AT_LEAST_LENGTH), float(Equilibrium.NOT_FOUND)
    unbalanced = ops.where(fiber.length <= lane.muscle.least_length, least, none)
    ended = ops.where(size < lane.tolerance, float(Equilibrium.FOUND), unbalanced)
    return ops.where(over, ended, float(Equilibrium.SEARCHING))


def _fiber(ops: Operations, lane: Lane, length: Scalar) -> _Fiber:
    """The position level of OpenSim's calculation."""
    muscle = lane.muscle
    inverse_length = 1.0 / ops.maximum(length, SHORTEST)
    sine = muscle.width * inverse_length
    cosine_squared = 1.0 - sine * sine
    inverse_cosine = ops.reciprocal_sqrt(cosine_squared)
    cosine = cosine_squared * inverse_cosine
    stretch = length * muscle.inverse_optimal_length - 1.0
    strain = (lane.length - length * cosine) * muscle.inverse_slack_length - 1.0
    toe = ops.exp(muscle.toe_rate * ops.minimum(ops.maximum(strain, 0.0), muscle.toe_strain))
    line = muscle.tendon_slope * ops.maximum(strain - muscle.toe_strain, 0.0)
    return _Fiber(
        length=length,
        inverse_length=inverse_length,
        sine=sine,
        cosine=cosine,
        inverse_cosine=inverse_cosine,
        stretch=stretch,
        active=ops.exp(stretch * stretch * (0.0 - muscle.active_rate)),
        passive=muscle.passive_scale * (ops.exp(muscle.passive_rate * ops.maximum(stretch, 0.0)) - 1.0),
        strain=strain,
        toe=toe,
        tendon=muscle.toe_scale * (toe - 1.0) + line,
    )


def _stiffnesses(
    ops: Operations, lane: Lane, fiber: _Fiber, multiplier: Scalar, force: Scalar
) -> tuple[Scalar, Scalar]:
    """Of the fibre, d(force along the tendon) / d(fibre length), and of the tendon [1/m].

    calcDFmATDlce and calcDFseDtl; the slope of the toe region's end is that of the line behind it.
    """
    muscle = lane.muscle
    active_slope = -2.0 * muscle.active_rate * fiber.stretch * fiber.active
    passive_slope = ops.where(fiber.stretch > 0.0, muscle.passive_rate * (fiber.passive + muscle.passive_scale), 0.0)
    slope = (lane.activation * multiplier * active_slope + passive_slope) * muscle.inverse_optimal_length
    turning = force * fiber.sine * fiber.sine * fiber.inverse_cosine * fiber.inverse_length
    toe_slope = muscle.toe_scale * muscle.toe_rate * muscle.inverse_slack_length * fiber.toe
    return slope * fiber.cosine + turning, ops.where(fiber.strain > 0.0, toe_slope, 0.0)


def _newton_step(ops: Operations, fiber: _Fiber, error: Scalar, along: Scalar, tendon: Scalar) -> Scalar:
    """To where the error would be zero were it linear [m]; zero where OpenSim's is not a number, at length zero."""
    step = 0.0 - error / (along + tendon * fiber.inverse_cosine)
    return ops.where(fiber.length > 0.0, step, 0.0)


def _next_multiplier(
    ops: Operations, lane: Lane, fiber: _Fiber, along: Scalar, tendon: Scalar
) -> tuple[Scalar, Condition]:
    """Force-velocity multiplier if fibre and tendon share the motion by their stiffness, and whether there is one."""
    total = along + tendon
    stiff = _absolute(ops, total) > lane.least_stiffness
    of_tendon = ops.where(stiff, along / ops.where(stiff, total, 1.0), 1.0)
    velocity = (lane.lengthening_speed - of_tendon * lane.lengthening_speed) * fiber.cosine * lane.seconds_per_metre
    inverse, converged = _invert_velocity_curve(ops, lane, velocity)
    return ops.maximum(inverse, 0.0), converged


def _invert_velocity_curve(ops: Operations, lane: Lane, velocity: Scalar) -> tuple[Scalar, Condition]:
    """calcfvInv: the x with G(x) = velocity, G being the curve in `muscle.py`, by Newton's method from x = 1.

    Like OpenSim it takes one more step from the first x that is good enough. On both hyperbolas G = (x - 1) / d and
    G' = top / d^2, so a step needs no division; on the lines it starts from where they touch.
    """
    muscle = lane.muscle
    x: Scalar = 1.0
    done: Condition = False
    for _ in range(VELOCITY_STEPS):
        touching = ops.minimum(ops.maximum(x, 0.0), muscle.threshold)
        lengthening = touching > 1.0
        until_greatest = muscle.greatest_force - touching
        d = ops.where(lengthening, muscle.steepness * until_greatest, 1.0 + muscle.inverse_af * touching)
        d_over_top = d * ops.where(lengthening, 0.5 * lane.inverse_slope, lane.inverse_slope)
        better = touching - (touching - 1.0 - velocity * d) * d_over_top
        exact = _absolute(ops, better - x) < lane.velocity_tolerance * (d * d_over_top)
        x = ops.where(done, x, better)
        done = ops.logical_or(done, exact)
    return x, done


def _ends_line_search(ops: Operations, lane: Lane, search: Search, error: Scalar) -> Condition:
    """Whether the present fraction of the Newton step is taken."""
    better = ops.logical_not(_absolute(ops, error) >= _absolute(ops, search.from_error))
    vanished = ops.logical_not(_absolute(ops, search.fraction * search.newton_step) > NEGLIGIBLE)
    smallest = search.fraction <= SQRT_EPSILON
    # At the least length every fraction of a shortening step ends there again; OpenSim tries them all.
    stuck = ops.logical_and(
        search.from_length <= lane.muscle.least_length, search.newton_step < -NEGLIGIBLE / SQRT_EPSILON
    )
    return ops.logical_or(ops.logical_or(better, vanished), ops.logical_or(smallest, stuck))


def _length_after(ops: Operations, lane: Lane, length: Scalar, step: Scalar) -> Scalar:
    """The fibre length after a step; after a vanished one a little the other way [m]."""
    other_way = ops.where(step > 0.0, -SQRT_EPSILON, ops.where(step < 0.0, SQRT_EPSILON, 0.0))
    walked = ops.where(_absolute(ops, step) > NEGLIGIBLE, step, other_way)
    return ops.maximum(length + walked, lane.muscle.least_length)


def _absolute(ops: Operations, x: Scalar) -> Scalar:
    return ops.maximum(x, 0.0 - x)
