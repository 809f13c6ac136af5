"""What a control step brought, and what several of them under one action bring together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Outcome:
    """What is returned of a step besides the observation, each of shape (n_world,)."""

    reward: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    info: dict[str, Any]
    """With "reward_terms", "paid_terms" and "n_env_steps", which add up; everything else is told as it was last"""

    @property
    def ended(self) -> NDArray[np.bool_]:
        """Which episodes are over, shape (n_world,)."""
        return self.terminated | self.truncated

    def followed_by(self, later: Outcome) -> Outcome:
        """Both together; a world whose episode was over stays as it was then."""
        over = self.ended
        return Outcome(
            reward=self.reward + np.where(over, 0.0, later.reward),
            terminated=np.where(over, self.terminated, later.terminated),
            truncated=np.where(over, self.truncated, later.truncated),
            info={key: _together(key, self.info[key], value, over) for key, value in later.info.items()},
        )


def _together(key: str, earlier: Any, later: Any, over: NDArray[np.bool_]) -> Any:
    if key in ("reward_terms", "paid_terms"):
        return {name: earlier[name] + np.where(over, 0.0, term) for name, term in later.items()}
    if key == "n_env_steps":
        return earlier + np.where(over, 0, later)
    return np.where(over.reshape(-1, *[1] * (np.ndim(later) - 1)), earlier, later)
