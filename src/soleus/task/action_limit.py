"""Gymnasium's `TimeLimit` for many worlds: a limit in actions, of which no rule and no reward knows."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv, VectorWrapper
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.task.autoreset import Step
from soleus.task.option import reset_mask


class ActionLimit(VectorWrapper):
    """Truncates the episode of a world after so many actions, however long each is held."""

    def __init__(self, env: VectorEnv, max_episode_steps: int) -> None:
        """Args:
        env: waits to be asked for resets.
        max_episode_steps: actions of an episode, at least 1.
        """
        if not isinstance(max_episode_steps, int | np.integer) or max_episode_steps < 1:
            raise ValueError(
                f"max_episode_steps is {max_episode_steps!r}; it is a whole number of actions, 1 at least, or -1 for "
                "no limit but the task's own"
            )
        super().__init__(env)
        self._max_episode_steps = max_episode_steps
        self._n_action = np.zeros(self.num_envs, dtype=np.int64)

    def reset(self, **arguments: Any) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Like `VectorEnv.reset`."""
        told = self.env.reset(**arguments)
        self._n_action[reset_mask(arguments.get("options"), self.num_envs)] = 0
        return told

    def step(self, actions: Array) -> Step:
        """Like `VectorEnv.step`."""
        observation, reward, terminated, truncated, info = self.env.step(actions)
        self._n_action += 1
        return observation, reward, terminated, truncated | (self._n_action >= self._max_episode_steps), info
