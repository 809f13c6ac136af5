"""Wrappers around any VectorEnv: centre actions, and what makes a task easier to learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector import VectorActionWrapper, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space

from soleus.engine.base import Array


class CentreAction(VectorActionWrapper):
    """Takes actions in [-1, 1] for the range of each excitation, all worlds at once."""

    def __init__(self, env: VectorEnv) -> None:
        super().__init__(env)
        space = env.single_action_space
        if not isinstance(space, Box) or not (np.isfinite(space.low) & np.isfinite(space.high)).all():
            raise ValueError(f"actions can be centred in a box with finite bounds, not in {space}")
        self._middle, self._reach = (space.high + space.low) / 2, (space.high - space.low) / 2
        self.single_action_space = Box(-1.0, 1.0, space.shape, np.float32)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def actions(self, actions: Array) -> Array:
        return self._middle + self._reach * actions


class TrainingReward(VectorWrapper):
    """Pays what training pays for instead of the task's reward; `info["score"]` keeps the task's own.

    `info["learnt_terms"]` is what is paid, by name. A simulator failure is not worth the hundreds that a task may
    charge for it: it ends the episode like a fall.
    """

    def __init__(self, env: VectorEnv, scale: float) -> None:
        """Args:
        env: its `info` holds "paid_terms".
        scale: factor on everything that is paid.
        """
        super().__init__(env)
        self._scale = scale

    def step(self, actions: Array) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Like `VectorEnv.step`."""
        observation, reward, terminated, truncated, info = self.env.step(actions)
        terms = {name: self._scale * term for name, term in info["paid_terms"].items()}
        paid = sum(terms.values(), np.zeros(self.num_envs))
        return observation, paid, terminated, truncated, {**info, "score": reward, "learnt_terms": terms}


class ScaledReward(VectorWrapper):
    """Pays the task's reward in another unit; `info["score"]` keeps the task's own."""

    def __init__(self, env: VectorEnv, scale: float) -> None:
        super().__init__(env)
        self._scale = scale

    def step(self, actions: Array) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Like `VectorEnv.step`."""
        observation, reward, terminated, truncated, info = self.env.step(actions)
        return observation, self._scale * reward, terminated, truncated, {**info, "score": reward}
