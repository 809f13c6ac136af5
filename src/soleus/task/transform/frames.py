"""Observations of the past beside the present one, from which a network may work out velocities by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import final

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Layout, renamed
from soleus.task.transform.base import Step, Transform


@final
class Frames(Transform):
    """The present observation, then the one before, and so on; at first the first one again and again."""

    def __init__(self, observation: Layout, n_frame: int) -> None:
        """Args:
        observation: of one moment.
        n_frame: moments that are told, the present one included.
        """
        earlier = [field for i in range(1, n_frame) for field in renamed(observation.fields, partial(_ago, i))]
        self.layout = Layout((*observation.fields, *earlier))
        self.n_memory = len(earlier)

    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        told = np.tile(observation, (1, len(self.layout) // observation.shape[1]))
        return told, told[:, : self.n_memory]

    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        told = np.concatenate([step.observation, memory], axis=1)
        return told, told[:, : self.n_memory]


def frames(n_frame: int) -> Callable[[Layout, Layout], Frames]:
    """How the registry builds one that tells so many moments."""
    return lambda observation, action: Frames(observation, n_frame)


def _ago(i: int, name: str) -> str:
    return f"{name} ({i} ago)"
