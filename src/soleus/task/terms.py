"""Reward terms: small pure functions of batched quantities; each returns shape (n_world,)."""

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
