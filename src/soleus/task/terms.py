"""Reward terms: small pure functions of batched quantities; each returns their shape, (n_world,) for worlds.

They work on the arrays of any library, so that what a model predicts can be paid as what has happened is.
"""

from __future__ import annotations

from soleus.engine.base import Array


def distance_gained(before: Array, after: Array) -> Array:
    """Metres gained in a step, from forward positions before and after it."""
    return after - before


def ligament_strain(limit_force: Array, coefficient: float = 1e-7) -> Array:
    """-coefficient times the norm of the joint limit torques [N m].

    Learning to Run called it the sum of the ligament forces divided by 10,000,000; the code took the norm.
    """
    xp = limit_force.__array_namespace__()
    return -coefficient * xp.sqrt(xp.sum(limit_force**2, axis=1))


NEAR = 0.3
"""Distance, as `soleus.task.pooled_target` tells it, below which a target is reached [m/s]."""
LOW = 0.7
"""A pelvis at this height or below is low [m]."""


def nearness(distance: Array) -> Array:
    """max(0, tanh(1 / max(d, 0.1) - 0.5)), as Bliznashki (2019) paid for being near a target."""
    xp = distance.__array_namespace__()
    return xp.maximum(0.0, xp.tanh(1.0 / xp.maximum(distance, 0.1) - 0.5))


def arrival(distance: Array) -> Array:
    """5 at a target, as Bliznashki (2019) paid."""
    return 5.0 * (distance < NEAR)


def go_or_stop(distance: Array, forward: Array) -> Array:
    """3 tanh v on the way to a target and 2 (1 - tanh(5 v)^2) there, as Bliznashki (2019) paid.

    Args:
        distance: as `soleus.task.pooled_target` tells it [m/s].
        forward: velocity v, as the body faces [m/s].
    """
    xp = distance.__array_namespace__()
    return xp.where(distance > NEAR, 3.0 * xp.tanh(forward), 2.0 * (1.0 - xp.tanh(5.0 * forward) ** 2))


def toppling(angle: Array, rate: Array) -> Array:
    """-max(0, q q'): a lean that grows, as Bliznashki (2019) charged for it [rad^2/s]."""
    return -angle.__array_namespace__().maximum(angle * rate, 0.0)


def drift(sideways: Array) -> Array:
    """-2 tanh(2 w)^2, as Bliznashki (2019) charged for moving to the side at w [m/s]."""
    return -2.0 * sideways.__array_namespace__().tanh(2.0 * sideways) ** 2


def crouch(height: Array) -> Array:
    """-5 with a pelvis at LOW or below, as Bliznashki (2019) charged."""
    return -5.0 * (height <= LOW)


def turning(turned: Array, wanted: Array) -> Array:
    """2 (1 - tanh(100 (y - y*))^2), as Bliznashki (2019) paid for a turn y in a control step where y* was wanted.

    Args:
        turned: to the left [rad].
        wanted: the same.
    """
    return 2.0 * (1.0 - turned.__array_namespace__().tanh(100.0 * (turned - wanted)) ** 2)
