"""L2RunEnv of osim-rl 2.x: the body of Learning to Run without obstacles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import ArrayLike

from soleus.compat.osim_rl.base import OsimEnv
from soleus.task.base import Start
from soleus.task.description import Description
from soleus.task.run2017 import Run2017Config

FALL_HEIGHT = 0.6
"""A pelvis below this ends the episode [m]."""
JOINTS = ("hip_l", "hip_r", "knee_l", "knee_r", "ankle_l", "ankle_r")
BODIES = ("head", "pelvis", "torso", "toes_l", "toes_r", "talus_l", "talus_r")


class L2RunEnv(OsimEnv):
    """Run on a flat track: metres gained, and nothing else; muscles start in balance.

    The vector has 43 numbers, as in osim-rl, where the space said 41, and excitations are not clipped.
    """

    time_limit = 1000

    def __init__(self, visualize: bool = True, integrator_accuracy: float = 5e-5, *, engine: str | None = None) -> None:
        super().__init__(visualize, integrator_accuracy, None, engine)
        self.set_rules(Run2017Config(difficulty=0, clip_excitation=False))
        self.observation_space = Box(-np.inf, np.inf, (self.get_observation_space_size(),))

    def reset(self, project: bool = True) -> list[float] | Description:
        """Start an episode; `project=False` returns the description instead of the vector."""
        self.begin(None)
        return self.get_observation() if project else self.get_state_desc()

    def step(
        self, action: ArrayLike, project: bool = True
    ) -> tuple[list[float] | Description, float, bool, dict[str, str]]:
        """Hold 18 excitations for 10 ms."""
        reward, done, info = self.advance(action)
        return self.get_observation() if project else self.get_state_desc(), reward, done, info

    def get_observation(self) -> list[float]:
        """Pelvis, joints, bodies and mass centre, and five zeros where RunEnv had psoas and obstacle."""
        told = self.get_state_desc()
        joints = [[*told["joint_pos"][joint], *told["joint_vel"][joint]] for joint in JOINTS]
        bodies = [told["body_pos"][body][:2] for body in BODIES]
        return [
            *told["joint_pos"]["ground_pelvis"],
            *told["joint_vel"]["ground_pelvis"],
            *(number for part in (*joints, *bodies) for number in part),
            *told["misc"]["mass_center_pos"],
            *told["misc"]["mass_center_vel"],
            *(0.0,) * 5,
        ]

    def get_observation_space_size(self) -> int:
        return 43

    def reward(self) -> float:
        """Metres gained in the last step."""
        if self._before is None:
            return 0.0
        return float(self.task.distance(self.snapshot)[0] - self.task.distance(self._before.snapshot)[0])

    def get_reward(self) -> float:
        return self.reward()

    def is_done(self) -> bool:
        pelvis = self.task.model.body_names.index("pelvis")
        return bool(self.snapshot.measurement.body_position[0, pelvis, 1] < FALL_HEIGHT)

    def begin_state(self, start: Start) -> Start:
        """Fibres in balance with their tendons."""
        return replace(start, equilibrate=np.ones_like(start.equilibrate))
