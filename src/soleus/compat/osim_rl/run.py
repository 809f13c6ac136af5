"""RunEnv of osim-rl 1.x: NIPS 2017 "Learning to Run"."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import ArrayLike

from soleus.compat.osim_rl.base import OsimEnv
from soleus.task.run2017 import Run2017Config

ROUND_OF_OBSTACLES = {3: 1, 10: 2}
"""max_obstacles -> round of the challenge"""
ACCURACY = 1e-3
"""OpenSim's own, which osim-rl 1.x left as it was."""


class RunEnv(OsimEnv):
    """Run as far as you can in 10 s: 41 numbers, 18 excitations, metres gained; see `soleus.task.run2017`."""

    time_limit = 1000
    ninput, noutput = 41, 18
    STATE_PELVIS_X, STATE_PELVIS_Y = 1, 2
    MUSCLES_PSOAS_R, MUSCLES_PSOAS_L = 3, 11

    def __init__(self, visualize: bool = True, max_obstacles: int = 3, *, engine: str | None = None) -> None:
        if max_obstacles not in ROUND_OF_OBSTACLES:
            raise ValueError(
                f"max_obstacles is {max_obstacles}; the challenge had 3 in its first round, 10 in its last"
            )
        super().__init__(visualize, ACCURACY, None, engine)
        self.max_obstacles = max_obstacles
        self._difficulty = 2
        self.set_rules(self._rules(self._difficulty))
        self.observation_space = Box(-np.pi, np.pi, (self.get_observation_space_size(),))

    @property
    def istep(self) -> int:
        """Control steps since the reset."""
        return self.osim_model.istep

    @property
    def timestep_limit(self) -> float:
        """Control steps of an episode."""
        return self.spec.timestep_limit

    @timestep_limit.setter
    def timestep_limit(self, limit: float) -> None:
        self.spec.timestep_limit = limit

    @property
    def env_desc(self) -> dict[str, Any]:
        """The track: obstacles as (x, y, radius) [m], and the strength of each muscle [1]."""
        parameters = self.snapshot.parameters
        return {
            "obstacles": [tuple(ball) for ball in parameters.obstacle[0].tolist()],
            "muscles": parameters.strength[0].tolist(),
        }

    @property
    def current_state(self) -> list[float]:
        """The observation."""
        return self.get_observation()

    @property
    def last_state(self) -> list[float]:
        """The observation before the last step."""
        return (self._before or self.now).observation

    def reset(self, difficulty: int = 2, seed: int | None = None) -> list[float]:
        """Start an episode on a track.

        Args:
            difficulty: 0: flat; 1: obstacles; 2: obstacles and weakened hip muscles.
            seed: of the track; None for the next one.
        """
        if difficulty != self._difficulty:
            self.set_rules(self._rules(difficulty))  # which refuses what is none
            self._difficulty = difficulty
        self.begin(seed)
        return self.get_observation()

    def step(self, action: ArrayLike) -> tuple[list[float], float, bool, dict[str, str]]:
        """Hold 18 excitations for 10 ms."""
        return self._step(action)

    def _step(self, action: ArrayLike) -> tuple[list[float], float, bool, dict[str, str]]:
        """What scripts of osim-rl 1.x override, whose `step` was Gym's."""
        reward, done, info = self.advance(action)
        return self.get_observation(), reward, done, info

    def get_observation(self) -> list[float]:
        return list(self.now.observation)

    def compute_reward(self) -> float:
        """Of the last step."""
        return self._reward

    def get_reward(self) -> float:
        return self.compute_reward()

    def is_pelvis_too_low(self) -> bool:
        """Whether it has fallen."""
        return bool(self.task.fallen(self.snapshot)[0])

    def is_done(self) -> bool:
        """Whether it has fallen, or time is up."""
        return self.is_pelvis_too_low() or self.istep >= self.timestep_limit

    def _rules(self, difficulty: int) -> Run2017Config:
        # Round and difficulty are checked by the task, which says what is allowed.
        round_ = ROUND_OF_OBSTACLES[self.max_obstacles]
        return Run2017Config(round=round_, difficulty=difficulty)  # pyright: ignore[reportArgumentType]
