"""Starts of several kinds, each for its share of the episodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import final

import numpy as np

from soleus.task.base import Snapshot, Start, Task
from soleus.task.start.base import CHOICE_STREAM, Change
from soleus.task.start.config import StartConfig
from soleus.task.start.own import OwnStates
from soleus.task.start.random_pose import Fade, RandomPose
from soleus.task.start.stride import StrideStart


@final
class MixedStart:
    """Draws for each episode, from its seed, of which kind its start is.

    The same seed gives the same start, whatever its neighbours, but for what is learnt on the way: random poses fade
    with the number of resets, and good states are those that the worlds have been in.
    """

    def __init__(self, task: Task, config: StartConfig, n_world: int, n_reset: float = 0.0) -> None:
        """Args:
        task: whose episodes begin; ValueError if its body cannot begin so.
        config: the shares.
        n_world: worlds that are reset.
        n_reset: resets that each world has behind it, on average: more than 0 in a run that goes on.
        """
        self._task = task
        self._fade = Fade(config.fade_from, config.fade_to, n_world, n_reset)
        self._own = OwnStates(task, config.own_after_s, config.own_speed, config.own_kept) if config.own else None
        self._kinds: list[tuple[float, Change]] = []
        if config.stride:
            self._kinds.append((config.stride, StrideStart(task)))
        if config.random:
            self._kinds.append((config.random, RandomPose(task, self._fade)))
        if self._own is not None:
            self._kinds.append((config.own, self._own))

    @property
    def watch(self) -> Callable[[Snapshot], None]:
        """What has to look at the worlds after each control step."""
        return _ignore if self._own is None else self._own.watch

    def __call__(self, seeds: Sequence[int]) -> Start:
        """Starts of episodes, a row for each seed."""
        start = self._task.start(seeds)
        if self._kinds:
            drawn = np.array([np.random.default_rng([seed, CHOICE_STREAM]).random() for seed in seeds])
            start = self._mixed(start, np.asarray(seeds, dtype=np.int64), drawn)
        self._fade.count(len(seeds))
        return start

    def _mixed(self, start: Start, seeds: np.ndarray, drawn: np.ndarray) -> Start:
        """The starts with each kind in its rows.

        Args:
            start: the task's own.
            seeds: of the episodes, shape (n,).
            drawn: from 0 to 1, which decides on the kind, shape (n,).
        """
        state, equilibrate, first = start.state, start.equilibrate.copy(), 0.0
        for share, change in self._kinds:
            rows = np.flatnonzero((drawn >= first) & (drawn < first + share))
            first += share
            if len(rows):
                own = Start(start.state[rows], start.parameters[rows], start.equilibrate[rows], start.memory[rows])
                changed = change(own, seeds[rows].tolist())
                state = state.with_rows(rows, changed.state)
                equilibrate[rows] = changed.equilibrate
        return replace(start, state=state, equilibrate=equilibrate)


def _ignore(snapshot: Snapshot) -> None:
    del snapshot
