"""Arm2DEnv and Arm2DVecEnv of osim-rl 3.0.11: reach a point with two joints."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import ArrayLike

from soleus.compat.osim_rl.base import OsimEnv
from soleus.task.arm import ArmConfig, draw_target
from soleus.task.base import Start
from soleus.task.description import Description

Observed = list[float] | Description
RULES = ArmConfig()


class Arm2DEnv(OsimEnv):
    """Bring the wrist to a target: the description or 16 numbers, 6 excitations; see `soleus.task.arm`.

    As in osim-rl targets come from Python's global generator, and the vector that `reset` returns tells the target of
    the episode before. The description has no joint and no body for the target. Only OpenSim simulates this body.
    """

    time_limit = RULES.time_limit
    target_x = 0.0
    """[m]"""
    target_y = 0.0

    def __init__(self, visualize: bool = True, integrator_accuracy: float = 5e-5, *, engine: str | None = None) -> None:
        super().__init__(visualize, integrator_accuracy, None, engine)
        self.set_rules(RULES)
        self.noutput = self.get_action_space_size()
        self.observation_space = Box(-np.inf, np.inf, (self.get_observation_space_size(),))

    def reset(self, random_target: bool = True, obs_as_dict: bool = True) -> Observed:
        """Start an episode.

        Args:
            random_target: draw a target; False: keep the last one.
            obs_as_dict: the description, not the vector.
        """
        told = self.target_x, self.target_y
        if random_target:
            self.generate_new_target()
        self.begin(None)
        return self.get_observation_dict() if obs_as_dict else [*told, *self.get_observation()[2:]]

    def step(self, action: ArrayLike, obs_as_dict: bool = True) -> tuple[Observed, float, bool, dict[str, str]]:
        """Hold 6 excitations for 10 ms."""
        reward, done, info = self.advance(action)
        return self.get_observation_dict() if obs_as_dict else self.get_observation(), reward, done, info

    def generate_new_target(self) -> None:
        """Draw a target for the next episode."""
        x, y = draw_target(random, RULES.target_area)
        self.target_x, self.target_y = float(x), float(y)

    def get_observation(self) -> list[float]:
        return list(self.now.observation)

    def reward(self) -> float:
        """Of the last step."""
        return self._reward

    def get_reward(self) -> float:
        return self.reward()

    def begin_state(self, start: Start) -> Start:
        """The target that was drawn."""
        return replace(start, memory=replace(start.memory, target=np.array([[self.target_x, self.target_y]])))


class Arm2DVecEnv(Arm2DEnv):
    """The same with vectors; what is not a number becomes 0."""

    def reset(self, random_target: bool = True, obs_as_dict: bool = False) -> Any:
        return super().reset(random_target, obs_as_dict=obs_as_dict)

    def step(self, action: ArrayLike, obs_as_dict: bool = False) -> tuple[Any, float, bool, dict[str, str]]:
        return super().step(np.nan_to_num(np.asarray(action, dtype=np.float64)), obs_as_dict=obs_as_dict)
