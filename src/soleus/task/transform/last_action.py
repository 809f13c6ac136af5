"""The last action beside the observation: a stand-in for the activations, which a task may keep to itself."""

from __future__ import annotations

from typing import final

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Layout, renamed
from soleus.task.transform.base import REST, Step, Transform


@final
class LastAction(Transform):
    """Adds what the policy did last, in [-1, 1]: that of a muscle at rest before the first action."""

    def __init__(self, observation: Layout, action: Layout) -> None:
        self.layout = Layout((*observation.fields, *renamed(action.fields, "last {}".format)))
        self._n_action = len(action)

    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        rest = np.full((len(observation), self._n_action), 2.0 * REST - 1.0, np.float32)
        return np.concatenate([observation, rest], axis=1), left

    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        return np.concatenate([step.observation, step.action], axis=1, dtype=np.float32), memory
