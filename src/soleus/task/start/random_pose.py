"""Bliznashki's random poses, which fade into the start that is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import final

import numpy as np

from soleus.task.base import Start, Task
from soleus.task.start.base import check_walker
from soleus.task.walk2019_start import draw_poses


@final
class Fade:
    """How much is left of something that fades while worlds are reset."""

    def __init__(self, first: float, last: float, n_world: int, n_reset: float = 0.0) -> None:
        """Args:
        first: resets of a world after which it begins to fade.
        last: resets after which nothing is left; 0 never fades.
        n_world: worlds that are reset.
        n_reset: resets that each world has behind it, on average.
        """
        self._first, self._last = first, last
        self._n_world = n_world
        self._n_reset = n_reset

    @property
    def left(self) -> float:
        """From 1 to 0."""
        if not self._last:
            return 1.0
        return float(1.0 - np.clip((self._n_reset - self._first) / (self._last - self._first), 0.0, 1.0))

    def count(self, n_begun: int) -> None:
        """So many worlds have been reset."""
        self._n_reset += n_begun / self._n_world


@final
class RandomPose:
    """Puts episodes into a pose and a motion that are drawn (see `soleus.task.walk2019_start`), or on the way from
    there to the task's own start, muscles in balance.

    Bliznashki (2019) shrank the whole pose to zero, which is where Learn to Move begins; here it becomes the start of
    any task, so that the last of them is the one that is judged. Bodies in the plane take what they can of a pose.
    """

    def __init__(self, task: Task, fade: Fade) -> None:
        """Args:
        task: whose body it is.
        fade: how much of a pose is left.
        """
        check_walker(task, "random")
        self._model = task.model
        self._fade = fade

    def __call__(self, start: Start, seeds: Sequence[int]) -> Start:
        """Starts of the task's own -> random ones, a row for each seed."""
        left = self._fade.left
        if not left:
            return start
        own, drawn = start.state, draw_poses("random", self._model, seeds)
        q, u = left * drawn.q + (1.0 - left) * own.q, left * drawn.u + (1.0 - left) * own.u
        state = replace(own, q=q, u=u)
        return replace(start, state=state, equilibrate=np.ones(len(seeds), dtype=bool))
