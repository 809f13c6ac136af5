"""Wrappers around any VectorEnv: centre actions, and what makes a task easier to learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector import VectorActionWrapper, VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.task.layout import Layout


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
    """Pays what helps to learn on top of the task's reward; `info["score"]` keeps the task's own.

    A simulator failure is not worth the hundreds that a task may charge for it: it ends the episode like a fall.
    """

    def __init__(
        self, env: VectorEnv, layout: Layout, alive: float, foot_swing: float, knee_hyperextension: float, scale: float
    ) -> None:
        """Args:
        env: its `info` holds "reward_terms" and "n_env_steps".
        layout: fields of the observation, with the knee angles and the feet's forward positions in ground.
        alive: paid for each control step of an action that does not end in a fall.
        foot_swing: paid for each metre that the faster foot goes forward during such an action (the idea of the
            RunFastest reward of the Firework team, 2018): a first step is rewarded before it is a stride.
        knee_hyperextension: cost of each control step of an action for each radian that a knee is bent the wrong way at
            its end.
        scale: factor on everything that is paid.
        """
        super().__init__(env)
        self._feet = _columns(layout, "foot_swing", foot_swing, "talus_l x", "talus_r x")
        self._knees = _columns(layout, "knee_hyperextension", knee_hyperextension, "knee_angle_l", "knee_angle_r")
        self._alive = alive
        self._foot_swing = foot_swing
        self._knee_hyperextension = knee_hyperextension
        self._scale = scale
        self._before = np.zeros((self.num_envs, len(self._feet)))

    def reset(self, **arguments: Any) -> tuple[Any, dict[str, Any]]:
        """Like `VectorEnv.reset`."""
        observation, info = self.env.reset(**arguments)
        self._before = observation[:, self._feet]
        return observation, info

    def step(self, actions: Array) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Like `VectorEnv.step`."""
        observation, reward, terminated, truncated, info = self.env.step(actions)
        after = observation[:, self._feet]
        swing = np.max(after - self._before, axis=1) if self._foot_swing else 0.0
        self._before = after
        earned = np.sum(list(info["reward_terms"].values()), axis=0)
        hyperextension = np.sum(np.maximum(observation[:, self._knees], 0.0), axis=1)
        each_step = self._alive - self._knee_hyperextension * hyperextension
        bonus = each_step * info["n_env_steps"] + self._foot_swing * swing
        paid = self._scale * (earned + np.where(terminated, 0.0, bonus))
        return observation, paid, terminated, truncated, {**info, "score": reward}


class ScaledReward(VectorWrapper):
    """Pays the task's reward in another unit; `info["score"]` keeps the task's own."""

    def __init__(self, env: VectorEnv, scale: float) -> None:
        super().__init__(env)
        self._scale = scale

    def step(self, actions: Array) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Like `VectorEnv.step`."""
        observation, reward, terminated, truncated, info = self.env.step(actions)
        return observation, self._scale * reward, terminated, truncated, {**info, "score": reward}


def _columns(layout: Layout, term: str, weight: float, *names: str) -> NDArray[np.intp]:
    """Places of what a term of the training reward reads; none where it weighs nothing."""
    missing = [name for name in names if weight and name not in layout.names]
    if missing:
        raise ValueError(f"training {term} reads {', '.join(missing)}, which this task does not observe; set it to 0")
    return layout.index(*names) if weight else layout.index()
