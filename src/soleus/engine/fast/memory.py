"""The arrays of all worlds, and the Job that points to them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.engine.fast.layout import BALL_ROWS, Job, Layout
from soleus.engine.fast.stepper import LONGEST_STEP


class Memory:
    """State, parameters and results of worlds, world first, in float64. The arrays stay where they are."""

    def __init__(self, layout: Layout, n_world: int, n_measured: int, n_dynamics: int) -> None:
        n_state, n_muscle = layout.n_state, layout.n_muscle
        self.state, self.result, self.rate = np.zeros((3, n_world, n_state))
        self.excitation, self.strength = np.zeros((2, n_world, n_muscle))
        self.ball = np.zeros((n_world, layout.n_ball, BALL_ROWS))
        """Those within reach first"""
        self.n_ball: NDArray[np.int64] = np.zeros(n_world, dtype=np.int64)
        self.step = np.full(n_world, LONGEST_STEP)
        self.outcome, self.n_evaluation = np.zeros((2, n_world), dtype=np.int64)
        self.output = np.zeros((n_world, n_measured))
        self.dynamics = np.zeros((n_world, n_dynamics))
        self._order = np.zeros(n_world, dtype=np.int64)
        self._counter = np.zeros(1, dtype=np.int64)
        self.job = Job(
            counter=self._counter.ctypes.data,
            order=self._order.ctypes.data,
            state=self.state.ctypes.data,
            result=self.result.ctypes.data,
            excitation=self.excitation.ctypes.data,
            strength=self.strength.ctypes.data,
            ball=self.ball.ctypes.data,
            n_ball=self.n_ball.ctypes.data,
            step=self.step.ctypes.data,
            rate=self.rate.ctypes.data,
            outcome=self.outcome.ctypes.data,
            n_evaluation=self.n_evaluation.ctypes.data,
            output=self.output.ctypes.data,
            dynamics=self.dynamics.ctypes.data,
        )

    def queue(self, worlds: NDArray[np.integer]) -> None:
        """Say which worlds the next function works on, in which order."""
        self._counter[0] = 0
        self._order[: len(worlds)] = worlds
        self.job.count = len(worlds)

    def take_results(self, rows: slice | NDArray[np.integer]) -> None:
        """Make the results of a step the states of these worlds."""
        self.state[rows] = self.result[rows]


def split(rows: Array, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Array]:
    """Columns of an array by name, in the shape that each has in a world; views."""
    found, first = {}, 0
    for name, shape in shapes.items():
        last = first + math.prod(shape)
        found[name] = rows[:, first:last].reshape(len(rows), *shape)
        first = last
    return found
