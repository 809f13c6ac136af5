"""The world between two control steps, as osim-rl told it."""

from __future__ import annotations

from functools import cached_property

from soleus.task.base import Snapshot, Task
from soleus.task.description import Description, describe


class Moment:
    """One world; what nobody asks for is not computed."""

    def __init__(self, task: Task, snapshot: Snapshot) -> None:
        """Args:
        task: whose world it is.
        snapshot: a single world, with its Dynamics.
        """
        self._task = task
        self.snapshot = snapshot

    @cached_property
    def observation(self) -> list[float]:
        """The task's vector."""
        return self._task.observe(self.snapshot)[0].tolist()

    @cached_property
    def description(self) -> Description:
        """Everything by name."""
        return {**describe(self._task.model, self.snapshot), **self._task.describe(self.snapshot, 0)}
