"""Terms of the target in Learn to Move, from the five numbers that Bliznashki (2019) pooled the field into."""

from __future__ import annotations

from functools import lru_cache

from soleus.engine.base import Array
from soleus.task import terms
from soleus.task.base import CONTROL_STEP, Snapshot, Task
from soleus.task.bonus.base import Bonus, MissingError, Pelvis, Step, coordinates
from soleus.task.pooled_target import Pooled, Turn, pool, turn_as_published, turn_if_behind
from soleus.task.terms import arrival, nearness, turning
from soleus.task.walk2019 import Walk2019

TURNING = 0.025
"""Turn of a control step to the left that is wanted of who has to turn left [rad]: 2.5 rad/s."""


def target_distance(task: Task) -> Bonus:
    """max(0, tanh(1 / max(d, 0.1) - 0.5)), d the distance."""
    seen = _seen(task)
    return lambda step: CONTROL_STEP * nearness(seen(step).distance)


def target_goal(task: Task) -> Bonus:
    """5 while d < 0.3, d the distance."""
    seen = _seen(task)
    return lambda step: CONTROL_STEP * arrival(seen(step).distance)


def go_or_stop(task: Task) -> Bonus:
    """3 tanh v while d > 0.3, and 2 (1 - tanh(5 v)^2) else, v the velocity forward as the body faces."""
    seen, pelvis = _seen(task), Pelvis(task)
    return lambda step: CONTROL_STEP * terms.go_or_stop(seen(step).distance, pelvis.own_speed(step.after)[:, 0])


def yaw(task: Task) -> Bonus:
    """2 (1 - tanh(100 (y - y*))^2), y the turn to the left in a control step and y* 0.025, 0 or -0.025 rad."""
    return _yaw(task, turn_if_behind)


def yaw_published(task: Task) -> Bonus:
    """`yaw` with the published code's way to turn, which is hardly ever straight on."""
    return _yaw(task, turn_as_published)


def _yaw(task: Task, turn: Turn) -> Bonus:
    seen, pelvis = _seen(task), Pelvis(task)
    coordinates(task, "pelvis_rotation")

    def bonus(step: Step) -> Array:
        turned = pelvis.angles(step.after)[:, 2] - pelvis.angles(step.before)[:, 2]
        wanted = TURNING * (1.0 - turn(seen(step)))
        return CONTROL_STEP * turning(turned, wanted)

    return bonus


class _Seen:
    """The field around the bodies after a control step, pooled once for all terms that read it."""

    def __init__(self, task: Walk2019) -> None:
        self._task = task
        self._last: tuple[Snapshot, Pooled] | None = None

    def __call__(self, step: Step) -> Pooled:
        if self._last is None or self._last[0] is not step.after:
            self._last = step.after, pool(self._task.view(step.after))
        return self._last[1]


@lru_cache(maxsize=4)
def _seen(task: Task) -> _Seen:
    """The same one for all terms of a task's worlds."""
    if not isinstance(task, Walk2019):
        raise MissingError("a field of target velocities")
    return _Seen(task)
