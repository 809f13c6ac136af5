"""Footsteps as Learn to Move 2019 counts them: from the touch-down of either foot to the next one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Batched
from soleus.task.base import CONTROL_STEP
from soleus.task.field import Complex


@dataclass(frozen=True)
class Footstep(Batched):
    """The footstep that each world is in."""

    contact: NDArray[np.bool_]
    """Whether the right and the left foot are on the ground, shape (n_world, 2)"""
    landed: NDArray[np.bool_]
    """Whether one of them has touched down in this control step, shape (n_world,)"""
    count: NDArray[np.integer]
    """Touch-downs since the start, shape (n_world,)"""
    duration: Array
    """Since the last footstep was paid for, shape (n_world,) [s]"""
    effort: Array
    """Integral of the sum of squared activations in that time, shape (n_world,) [s]"""
    deviation: Complex
    """Integral of the velocity minus the target velocity in that time, shape (n_world,) [m]"""
    paid: NDArray[np.bool_]
    """Whether the footstep is paid for in this control step, so that the next begins with the next one"""

    def with_payment(self, paid: NDArray[np.bool_]) -> Footstep:
        """The same footsteps, some of them paid for now."""
        return replace(self, paid=paid)


def no_footsteps(n_world: int, *, in_contact: bool) -> Footstep:
    """Before the first control step, the feet counting as on the ground or not."""
    never, nothing = np.zeros(n_world, dtype=bool), np.zeros(n_world)
    contact = np.full((n_world, 2), in_contact)
    count, deviation = np.zeros(n_world, dtype=np.int64), np.zeros(n_world, dtype=np.complex128)
    return Footstep(contact, never, count, nothing, nothing, deviation, never)


def land(footstep: Footstep, contact: NDArray[np.bool_], effort: Array, deviation: Complex) -> Footstep:
    """A control step further.

    Args:
        footstep: before it.
        contact: whether the right and the left foot are on the ground after it, shape (n_world, 2).
        effort: sum of squared activations, shape (n_world,) [1].
        deviation: velocity minus target velocity, shape (n_world,) [m/s].
    """
    goes_on = ~footstep.paid
    landed = np.any(contact & ~footstep.contact, axis=1)
    return Footstep(
        contact=contact,
        landed=landed,
        count=footstep.count + landed,
        duration=footstep.duration * goes_on + CONTROL_STEP,
        effort=footstep.effort * goes_on + effort * CONTROL_STEP,
        deviation=footstep.deviation * goes_on + deviation * CONTROL_STEP,
        paid=np.zeros_like(landed),
    )
