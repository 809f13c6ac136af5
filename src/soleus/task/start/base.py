"""What a kind of start for learning is: it puts episodes into other states than the one in which a task is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from soleus.task.base import Start, Task

Change = Callable[[Start, Sequence[int]], Start]
"""The task's own starts of some episodes and their seeds -> where these begin instead; course and clock are kept"""
CHOICE_STREAM, OWN_STREAM = 1, 3
"""Streams of random numbers of an episode's seed: for the kind of start and a stride, and for the choice of a state."""


def check_walker(task: Task, kind: str) -> None:
    """ValueError for a body without pelvis and legs.

    Args:
        task: whose body it is.
        kind: of start that needs them.
    """
    needed = {"pelvis_tx", "pelvis_ty", "pelvis_tilt", "hip_flexion_r", "knee_angle_l", "ankle_angle_r"}
    missing = sorted(needed - set(task.model.coordinate_names))
    if missing:
        raise ValueError(f"training starts {kind} needs a body that walks; {task.name} has no {missing[0]}")
