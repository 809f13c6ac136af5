"""A VectorEnv that is observed through a transform."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector import VectorEnv, VectorWrapper
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.task.base import CONTROL_STEP
from soleus.task.option import reset_mask
from soleus.task.transform.base import Step, Transform, nothing_remembered


@final
class Transformed(VectorWrapper):
    """Tells what a transform makes of the observations, and remembers for it what it has to know of each world.

    An environment that does not tell "n_env_steps" in its info is taken to move by one control step.
    """

    def __init__(self, env: VectorEnv, transform: Transform) -> None:
        super().__init__(env)
        self._transform = transform
        self._memory = nothing_remembered(self.num_envs, transform)
        self._told = np.zeros((self.num_envs, len(transform.layout)), np.float32)
        self.single_observation_space = Box(-np.inf, np.inf, self._told.shape[1:], np.float32)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)

    def reset(self, **arguments: Any) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Like `VectorEnv.reset`; a world that is not reset is told what it was told last."""
        worlds = np.flatnonzero(
            reset_mask(arguments.get("options"), self.num_envs)
        )  # before Gymnasium takes the mask out of the options
        observation, info = self.env.reset(**arguments)
        self._told[worlds], self._memory[worlds] = self._transform.begin(observation[worlds], self._memory[worlds])
        return self._told.copy(), info

    def step(self, actions: Array) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Like `VectorEnv.step`."""
        observation, reward, terminated, truncated, info = self.env.step(actions)
        duration = CONTROL_STEP * info.get("n_env_steps", np.ones(self.num_envs))
        told, self._memory = self._transform.follow(self._memory, Step(observation, np.asarray(actions), duration))
        self._told = told.astype(np.float32)
        return self._told.copy(), reward, terminated, truncated, info
