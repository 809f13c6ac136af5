"""What makes a task easier to learn, as the config of a run has it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from soleus.learner.check import check_positive
from soleus.task.bonus import RewardConfig
from soleus.task.start import StartConfig


@dataclass(frozen=True)
class TrainingConfig:
    """What makes a task easier to learn. Policies are judged without any of it."""

    reward: RewardConfig = field(default_factory=RewardConfig)
    """What is paid, by name; scores stay the task's own."""
    speed: float = 1.25
    """Forward speed that --training.reward.speed asks for [m/s]."""
    starts: StartConfig = field(default_factory=StartConfig)
    """Where episodes begin."""
    reward_scale: float = 1.0
    """Factor on all rewards that the learner sees."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.speed):
            raise ValueError(f"training speed is {self.speed}; it must be a finite number")
        check_positive(self, "reward_scale")


OLD_TRAINING = {
    "alive": ("reward", "alive"),
    "foot_swing": ("reward", "foot_swing"),
    "knee_hyperextension": ("reward", "knee_hyperextension"),
    "stride_starts": ("starts", "stride"),
}
"""Fields of older files, and where they are now."""


def training_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """The training section of a file by its present names."""
    moved = dict(data)
    for old, (group, name) in OLD_TRAINING.items():
        if old in moved:
            moved[group] = {**moved.get(group, {}), name: moved.pop(old)}
    return moved
