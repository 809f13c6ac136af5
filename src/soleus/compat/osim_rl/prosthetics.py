"""ProstheticsEnv of osim-rl 2.1: NeurIPS 2018 "AI for Prosthetics"."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import ArrayLike, NDArray

from soleus.compat.osim_rl.base import OsimEnv
from soleus.compat.osim_rl.seeds import Seeds
from soleus.task.base import Start
from soleus.task.description import Description
from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.prosthetics2018_target import Target

Observed = list[float] | Description


class ProstheticsEnv(OsimEnv):
    """Walk at a target velocity: 160 numbers or the description, 19 excitations; see `soleus.task.prosthetics2018`.

    Without the prosthesis 169 numbers and 22 excitations. Difficulty 0 is round 1, anything above is round 2. As in
    osim-rl, constructor and `change_model` take 0 for a seed like any other, but `reset` takes it for none.
    """

    model = "3D"
    """3D, or 2D: the body moves in the sagittal plane only"""
    prosthetic = True
    time_limit = 300
    targets: NDArray[np.float64]
    """Target velocity by control step in round 2, shape (time_limit + 1, 3) [m/s]"""

    def __init__(
        self,
        visualize: bool = True,
        integrator_accuracy: float = 5e-5,
        difficulty: int = 0,
        seed: int | None = 0,
        report: str | None = None,
        *,
        engine: str | None = None,
    ) -> None:
        super().__init__(visualize, integrator_accuracy, seed, engine)
        self.report = report
        self.difficulty = difficulty
        self.load_model()

    def change_model(
        self, model: str = "3D", prosthetic: bool = True, difficulty: int = 0, seed: int | None = 0
    ) -> None:
        """Choose body, difficulty and the next episode's seed, from the next reset on."""
        if model not in ("2D", "3D"):
            raise ValueError(f"model is {model!r}; it is '2D' or '3D'")
        self.model, self.prosthetic = model, prosthetic
        self.set_difficulty(difficulty)
        self._seeds = Seeds(seed)

    def load_model(self, model_path: str | None = None) -> None:
        """Take the body that `model` and `prosthetic` say; the path does not matter."""
        self.set_difficulty(self.difficulty)

    def set_difficulty(self, difficulty: int) -> None:
        """Choose the round: 0 for the first, 1 for the second."""
        round_ = 2 if difficulty else 1
        rules = Prosthetics2018Config(round=round_, planar=self.model == "2D", prosthesis=bool(self.prosthetic))
        self.set_rules(rules)
        self.difficulty = difficulty
        self.time_limit = self.spec.timestep_limit = rules.n_step
        self.observation_space = Box(-np.inf, np.inf, (self.get_observation_space_size(),))

    def reset(self, project: bool = True, seed: int | None = None) -> Observed:
        """Start an episode.

        Args:
            project: the vector; False: the description, with the target velocity.
            seed: of the target velocities; None or 0 for the next episode.
        """
        self.begin(seed or None)  # it took 0 for none
        return self.get_observation() if project else self.get_state_desc()

    def step(self, action: ArrayLike, project: bool = True) -> tuple[Observed, float, bool, dict[str, str]]:
        """Hold the excitations for 10 ms."""
        reward, done, info = self.advance(action)
        return self.get_observation() if project else self.get_state_desc(), reward, done, info

    def generate_new_targets(self, poisson_lambda: int = 300) -> None:
        """Change `targets` of the episode that begins; here they stay as its seed drew them."""

    def begin_state(self, start: Start) -> Start:
        """The targets, in round 2."""
        if not self.difficulty:
            return start
        steps = np.arange(self.time_limit + 1)
        drawn = start.memory.target[np.zeros_like(steps)].at(steps)
        self.targets = np.insert(drawn, 1, 0.0, axis=1)
        self.generate_new_targets()
        target = Target(np.arange(1, len(self.targets))[None], self.targets[None, :, ::2])
        return replace(start, memory=replace(start.memory, target=target))

    def get_observation(self) -> list[float]:
        return list(self.now.observation)

    def reward(self) -> float:
        """Of the last step."""
        return self._reward

    def get_reward(self) -> float:
        return self.reward()
