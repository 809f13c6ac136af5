"""Wrappers around any VectorEnv: centre actions and observations, and what makes a task easier to learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector import VectorActionWrapper, VectorEnv, VectorObservationWrapper, VectorWrapper
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
    """Pays what training pays for instead of the task's reward; `info["score"]` keeps the task's own.

    A simulator failure is not worth the hundreds that a task may charge for it: it ends the episode like a fall.
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
        paid = sum(info["paid_terms"].values(), np.zeros(self.num_envs))
        return observation, self._scale * paid, terminated, truncated, {**info, "score": reward}


class ScaledReward(VectorWrapper):
    """Pays the task's reward in another unit; `info["score"]` keeps the task's own."""

    def __init__(self, env: VectorEnv, scale: float) -> None:
        super().__init__(env)
        self._scale = scale

    def step(self, actions: Array) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Like `VectorEnv.step`."""
        observation, reward, terminated, truncated, info = self.env.step(actions)
        return observation, self._scale * reward, terminated, truncated, {**info, "score": reward}


class TellAction(VectorWrapper):
    """Adds the last action to what is observed: a stand-in for the activations, which a task may keep to itself."""

    def __init__(self, env: VectorEnv, start: float) -> None:
        """Args:
        start: told of every action before the first.
        """
        super().__init__(env)
        self._start = start
        self._last = np.full(self.action_space.shape or (), start, np.float32)
        n_observation = (env.single_observation_space.shape or (0,))[0] + self._last.shape[1]
        self.single_observation_space = Box(-np.inf, np.inf, (n_observation,), np.float32)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)

    @staticmethod
    def layout(observation: Layout, action: Layout) -> Layout:
        """The fields of what is told."""
        told = [
            replace(field, name=f"last {field.name}", mirror=field.mirror and f"last {field.mirror}")
            for field in action.fields
        ]
        return Layout((*observation.fields, *told))

    def reset(self, **arguments: Any) -> tuple[Any, dict[str, Any]]:
        """Like `VectorEnv.reset`."""
        mask = (arguments.get("options") or {}).get("reset_mask", np.ones(self.num_envs, dtype=bool))
        self._last[mask] = self._start
        observation, info = self.env.reset(**arguments)
        return self._told(observation), info

    def step(self, actions: Array) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Like `VectorEnv.step`."""
        observation, reward, terminated, truncated, info = self.env.step(actions)
        self._last = np.array(actions, np.float32)
        return self._told(observation), reward, terminated, truncated, info

    def _told(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.concatenate([observation, self._last], axis=1)


class CentrePelvis(VectorObservationWrapper):
    """Tells forward positions relative to the pelvis, so that a stride looks the same wherever it is made.

    A task that observes no forward position in ground looks the same already.
    """

    def __init__(self, env: VectorEnv, layout: Layout) -> None:
        super().__init__(env)
        self._forward = layout.forward_positions
        self._pelvis = layout.index("pelvis_tx") if len(self._forward) else self._forward

    def observations(self, observations: NDArray[np.float32]) -> NDArray[np.float32]:
        centred = observations.copy()
        centred[:, self._forward] -= observations[:, self._pelvis]
        return centred
