"""Gymnasium's ways of resetting worlds that have ended without being asked, around a VectorEnv that waits to be asked.

`info` of a step tells in `_key` which worlds have a `key`, as Gymnasium's own vector environments do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.task.option import reset_mask

Step = tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]


class NextStepReset(VectorWrapper):
    """The step after an episode's end resets the world: its action counts for nothing, its reward is 0."""

    def __init__(self, env: VectorEnv) -> None:
        super().__init__(env)
        self.metadata = {**env.metadata, "autoreset_mode": AutoresetMode.NEXT_STEP}
        self._ended = np.zeros(self.num_envs, dtype=bool)

    def reset(self, **arguments: Any) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Like `VectorEnv.reset`."""
        observation, info = self.env.reset(**arguments)
        self._ended = self._ended & ~reset_mask(arguments.get("options"), self.num_envs)
        return observation, _marked(info, np.ones(self.num_envs, dtype=bool))

    def step(self, actions: Array) -> Step:
        """Like `VectorEnv.step`."""
        begins = self._ended
        observation, reward, terminated, truncated, info = self.env.step(actions)
        info = _marked(info, ~begins)
        if begins.any():
            observation, begun = self.env.reset(options={"reset_mask": begins})
            info |= _marked(begun, np.ones(self.num_envs, dtype=bool))
            reward, terminated, truncated = np.where(begins, 0.0, reward), terminated & ~begins, truncated & ~begins
        self._ended = terminated | truncated
        return observation, reward, terminated, truncated, info


class SameStepReset(VectorWrapper):
    """An episode's last step resets the world and tells the next episode's first observation.

    The last observation and info of the episode are in `info["final_obs"]` and `info["final_info"]`.
    """

    def __init__(self, env: VectorEnv) -> None:
        super().__init__(env)
        self.metadata = {**env.metadata, "autoreset_mode": AutoresetMode.SAME_STEP}

    def reset(self, **arguments: Any) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Like `VectorEnv.reset`."""
        observation, info = self.env.reset(**arguments)
        return observation, _marked(info, np.ones(self.num_envs, dtype=bool))

    def step(self, actions: Array) -> Step:
        """Like `VectorEnv.step`."""
        observation, reward, terminated, truncated, last = self.env.step(actions)
        ended = terminated | truncated
        info = _marked(last, ~ended)
        if ended.any():
            final = np.full(self.num_envs, None, dtype=object)
            for world in np.flatnonzero(ended):
                final[world] = observation[world]
            observation, begun = self.env.reset(options={"reset_mask": ended})
            info |= _marked(begun, np.ones(self.num_envs, dtype=bool))
            info |= _marked({"final_obs": final, "final_info": last}, ended)
        return observation, reward, terminated, truncated, info


def autoreset(env: VectorEnv, mode: AutoresetMode | str) -> VectorEnv:
    """An environment that resets its worlds in one of Gymnasium's modes, from one that waits to be asked.

    Args:
        env: what waits.
        mode: as a member, its name or its value: AutoresetMode.NEXT_STEP, "NEXT_STEP" or "NextStep".
    """
    match AutoresetMode.__members__.get(str(mode)) or AutoresetMode(mode):
        case AutoresetMode.NEXT_STEP:
            return NextStepReset(env)
        case AutoresetMode.SAME_STEP:
            return SameStepReset(env)
        case AutoresetMode.DISABLED:
            return env


def _marked(info: dict[str, Any], worlds: NDArray[np.bool_]) -> dict[str, Any]:
    """An info with, beside each key, which worlds have it."""
    marked = {key: _marked(value, worlds) if isinstance(value, dict) else value for key, value in info.items()}
    return marked | {f"_{key}": worlds for key in info}
