"""Starts in states that worlds have been in and gone on well from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import final

import numpy as np

from soleus.engine.base import Array, State
from soleus.task.base import Snapshot, Start, Task
from soleus.task.start.base import OWN_STREAM, check_walker

SIDEWAYS = ("pelvis_tx", "pelvis_tz")
"""Coordinates that say where on the ground a body is."""


@final
class OwnStates:
    """Remembers good states of the worlds it watches, and puts episodes into them.

    A state is good if its body moved and was still up some time later. Where it was on the ground is forgotten: the
    body begins where the task's own start has it, on the course and by the clock of the new episode, so that obstacles
    and targets are as far away as they should be. The last ones are kept, and none is remembered beyond the process.
    """

    def __init__(self, task: Task, after_s: float, speed: float, n_kept: int) -> None:
        """Args:
        task: whose worlds they are.
        after_s: time for which a body has to stay up after a state [s].
        speed: over the ground that its pelvis has at least, in the state [m/s].
        n_kept: states kept.
        """
        check_walker(task, "own")
        self._task = task
        self._after_s = after_s
        self._speed = speed
        self._n_kept = n_kept
        self._pelvis = task.model.body_names.index("pelvis")
        names = task.model.coordinate_names
        self._place = np.array([names.index(name) for name in SIDEWAYS if name in names])
        self._waiting: State | None = None
        self._since = np.zeros(0)
        self._time = np.zeros(0)
        self._kept: State | None = None
        self._next = 0

    @property
    def kept(self) -> State | None:
        """The good states, in no order; None before the first."""
        return self._kept

    def watch(self, snapshot: Snapshot) -> None:
        """Look at the worlds after a control step."""
        state = snapshot.state
        if self._waiting is None:
            nothing = np.full(len(state), np.nan)
            self._waiting, self._since, self._time = state, nothing, nothing
        velocity = snapshot.measurement.body_velocity[:, self._pelvis]
        moves = np.hypot(velocity[:, 0], velocity[:, 2]) >= self._speed
        # Time stands still in a world that has failed, and goes back in one that begins anew.
        well = ~self._task.fallen(snapshot) & ~(state.time <= self._time)
        lasted = well & (state.time - self._since >= self._after_s)
        if lasted.any():
            self._keep(self._waiting[lasted])
        waits = well & ~lasted & ~np.isnan(self._since)
        begins = np.flatnonzero(~waits & well & moves)
        if len(begins):
            self._waiting = self._waiting.with_rows(begins, state[begins])
        self._since = np.where(waits, self._since, np.nan)
        self._since[begins] = state.time[begins]
        self._time = state.time

    def __call__(self, start: Start, seeds: Sequence[int]) -> Start:
        """Starts of the task's own -> good states, a row for each seed; as they are while there are none."""
        if self._kept is None:
            return start
        n = len(self._kept)
        chosen = self._kept[np.array([np.random.default_rng([seed, OWN_STREAM]).integers(n) for seed in seeds])]
        q: Array = chosen.q.copy()
        q[:, self._place] = start.state.q[:, self._place]
        state = replace(chosen, time=start.state.time, q=q)
        return replace(start, state=state, equilibrate=np.zeros(len(seeds), dtype=bool))

    def _keep(self, good: State) -> None:
        """Add states in place of the oldest."""
        good = good[-self._n_kept :]
        if self._kept is None:
            self._kept, good = good[:1], good[1:]
        n_free = self._n_kept - len(self._kept)
        added, rest = good[:n_free], good[n_free:]
        if len(added):
            self._kept = _joined(self._kept, added)
        if len(rest):
            places = (self._next + np.arange(len(rest))) % self._n_kept
            self._kept = self._kept.with_rows(places, rest)
            self._next = int((self._next + len(rest)) % self._n_kept)


def _joined(one: State, other: State) -> State:
    return State(**{name: np.concatenate([values, getattr(other, name)]) for name, values in vars(one).items()})
