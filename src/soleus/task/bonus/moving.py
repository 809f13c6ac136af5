"""Terms of getting on: speed, steps, and the velocity that a task asks for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from soleus.engine.base import Array
from soleus.task.base import CONTROL_STEP, Snapshot, Task
from soleus.task.bonus.base import Bonus, MissingError, Pelvis, Step, bodies
from soleus.task.prosthetics2018 import Prosthetics2018
from soleus.task.terms import drift
from soleus.task.walk2019 import Walk2019
from soleus.task.walk2019_observation import body_weight

FEET = ("talus_l", ("talus_r", "pros_foot_r"))
SHINS = ("tibia_l", ("tibia_r", "pros_tibia_r"))
CONTACTS = (("foot_l",), ("foot_r", "pros_foot_r"))
BOTH_FEET_FACTOR, BOTH_FEET_MOST = 5.0, 0.5


def velocity(task: Task) -> Bonus:
    """The metres that the pelvis goes forward, by its velocity."""
    pelvis = Pelvis(task)
    return lambda step: CONTROL_STEP * pelvis.speed(step.after)[:, 0]


def speed(task: Task, wanted: float) -> Bonus:
    """-((v - wanted)^2 + w^2), v the velocity forward and w to the side, in ground."""
    pelvis = Pelvis(task)

    def bonus(step: Step) -> Array:
        own = pelvis.speed(step.after)
        return -CONTROL_STEP * ((own[:, 0] - wanted) ** 2 + own[:, 2] ** 2)

    return bonus


def target_velocity(task: Task) -> Bonus:
    """-|v* - v|, over the ground, v* the task's target velocity."""
    off = _off_target(task)
    return lambda step: -CONTROL_STEP * np.sqrt(off(step.after))


def target_velocity_squared(task: Task) -> Bonus:
    """-|v* - v|^2, over the ground, v* the task's target velocity."""
    off = _off_target(task)
    return lambda step: -CONTROL_STEP * off(step.after)


def sideways_speed(task: Task) -> Bonus:
    """-2 tanh(2 w)^2, w the velocity to the side as the body faces."""
    pelvis = Pelvis(task)
    return lambda step: CONTROL_STEP * drift(pelvis.own_speed(step.after)[:, 1])


def vertical_speed(task: Task) -> Bonus:
    """-tanh(v)^2, v the velocity upward."""
    pelvis = Pelvis(task)
    return lambda step: -CONTROL_STEP * np.tanh(pelvis.speed(step.after)[:, 1]) ** 2


def foot_swing(task: Task) -> Bonus:
    """The metres that the faster foot goes forward, in a control step that ends in no fall."""
    gained = _faster(task, *FEET)
    return lambda step: gained(step) * ~step.fallen


def shin_swing(task: Task) -> Bonus:
    """The metres that the faster shin goes forward."""
    return _faster(task, *SHINS)


def both_feet_down(task: Task) -> Bonus:
    """-min(0.5, 5 r l), r and l the ground's force upward on either foot, in body weights."""
    names = [force.name for force in task.model.contact_forces]
    feet = np.array([names.index(name) for choices in CONTACTS for name in choices if name in names], dtype=np.intp)
    if len(feet) < len(CONTACTS):
        raise MissingError("the contacts of two feet")
    weight = body_weight(task.model)

    def bonus(step: Step) -> Array:
        push = step.after.measurement.ground_reaction[:, feet, 1] / weight
        return -CONTROL_STEP * np.minimum(BOTH_FEET_MOST, BOTH_FEET_FACTOR * push[:, 0] * push[:, 1])

    return bonus


def footstep(task: Task) -> Bonus:
    """1 for each touch-down of a foot, as the task counts them."""
    if not isinstance(task, Walk2019):
        raise MissingError("counted footsteps")
    return lambda step: 1.0 * step.after.memory.footstep.landed


def _faster(task: Task, *names: str | tuple[str, ...]) -> Bonus:
    """Metres that the faster of some bodies goes forward."""
    places = bodies(task, *names)

    def bonus(step: Step) -> Array:
        was, now = (snapshot.measurement.body_position[:, places, 0] for snapshot in (step.before, step.after))
        return np.max(now - was, axis=1)

    return bonus


def _off_target(task: Task) -> Callable[[Snapshot], Array]:
    """Squared difference of velocity and target velocity, shape (n_world,) [m^2/s^2]."""
    pelvis, wanted = Pelvis(task), _target_velocity(task)

    def off(snapshot: Snapshot) -> Array:
        return np.sum((pelvis.speed(snapshot)[:, ::2] - wanted(snapshot)) ** 2, axis=1)

    return off


def _target_velocity(task: Task) -> Callable[[Snapshot], Array]:
    """Where to, in ground: x and z, shape (n_world, 2) [m/s]."""
    if isinstance(task, Prosthetics2018):
        return lambda snapshot: snapshot.memory.velocity
    if not isinstance(task, Walk2019):
        raise MissingError("a target velocity")
    pelvis = Pelvis(task)

    def wanted(snapshot: Snapshot) -> Array:
        place = pelvis.place(snapshot)
        seen = task.target_velocity(snapshot.memory, place[:, 0] - 1j * place[:, 2])
        return np.stack([seen.real, -seen.imag], axis=1)

    return wanted
