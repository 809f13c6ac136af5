"""Terms of staying on one's feet."""

from __future__ import annotations

from soleus.engine.base import Array
from soleus.task.base import CONTROL_STEP, Task
from soleus.task.bonus.base import Bonus, Pelvis, Step, coordinates
from soleus.task.terms import crouch, toppling


def alive(task: Task) -> Bonus:
    """The time on one's feet."""
    del task
    return lambda step: CONTROL_STEP * ~step.fallen


def fall(task: Task) -> Bonus:
    """-1 for a fall, or a failure of the simulator."""
    del task
    return lambda step: -1.0 * step.fallen


def height(task: Task) -> Bonus:
    """-5 while the pelvis is at 0.7 m or below."""
    pelvis = Pelvis(task)
    return lambda step: CONTROL_STEP * crouch(pelvis.height(step.after))


def pitch(task: Task) -> Bonus:
    """-max(0, q q') with the pitch q: while it grows."""
    return _growing(task, "pelvis_tilt", 0)


def roll(task: Task) -> Bonus:
    """-max(0, q q') with the roll q: while it grows."""
    return _growing(task, "pelvis_list", 1)


def _growing(task: Task, coordinate: str, angle: int) -> Bonus:
    coordinates(task, coordinate)
    pelvis = Pelvis(task)

    def bonus(step: Step) -> Array:
        now = step.after
        return CONTROL_STEP * toppling(pelvis.angles(now)[:, angle], pelvis.turning(now)[:, angle])

    return bonus
