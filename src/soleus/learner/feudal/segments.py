"""Transitions of a manager: from one goal to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from soleus.learner.returns import goes_on, joined
from soleus.sampler.batch import Batch


class Segments:
    """Joins the decisions of each goal into one transition, from one batch into the next: unfinished goals wait."""

    def __init__(self, every: int) -> None:
        """Args:
        every: decisions for which a goal is held, counted from an episode's beginning.
        """
        self._every = every
        self._waiting: Batch | None = None

    def receive(self, batch: Batch) -> Batch:
        """The goals that are over, each with where it began, the sum of its rewards and where it led.

        A goal ends after `every` decisions, or with the episode. One whose decisions stop for another reason, such as a
        worker that died, is left out: nobody knows where it led.

        Args:
            batch: transitions with the goal of each in their note, world after world, each in time order; a world is
                met first at the beginning of an episode.
        """
        batch = joined(self._waiting, batch)
        assert batch.note is not None  # a feudal policy acts
        on = goes_on(batch)
        row = np.arange(len(batch))
        begins_run = np.append(True, ~on[:-1])
        in_run = row - np.maximum.accumulate(np.where(begins_run, row, 0))
        first = np.flatnonzero(in_run % self._every == 0)
        last = np.append(first[1:], len(batch)) - 1
        ended = (batch.terminated | batch.truncated)[last]
        over = ended | (last - first + 1 == self._every)
        waits = ~over & np.append(batch.world[last[:-1]] != batch.world[last[:-1] + 1], True)
        summed = np.add.reduceat(batch.reward.astype(np.float64), first)
        self._waiting = batch[np.isin(np.searchsorted(first, row, side="right") - 1, np.flatnonzero(waits))]
        begun, led = batch[first], batch[last]
        segments = replace(
            led, observation=begun.observation, action=begun.note, reward=summed.astype(np.float32), note=None
        )
        return segments[over]

    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays; none when no goal waits."""
        return {} if self._waiting is None else self._waiting.columns()

    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""
        self._waiting = Batch.of_columns(state) if state else None
