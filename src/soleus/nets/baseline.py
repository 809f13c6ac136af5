"""Policies that have learnt nothing: what a trained one has to beat, and what explores before there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.file import write_policy
from soleus.nets.policy import Policy
from soleus.nets.signature import UNKNOWN, Signature


@final
@dataclass(frozen=True)
class UniformPolicy(Policy):
    """Draws every action evenly from [-1, 1]; its deterministic action is the middle, 0."""

    kind: ClassVar[str] = "uniform"

    n_action: int
    """Length of an action"""

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        shape = (len(observation), self.n_action)
        if generator is None:
            return np.zeros(shape, np.float32)
        return generator.uniform(-1, 1, shape).astype(np.float32)

    def save(self, path: Path, signature: Signature = UNKNOWN) -> None:
        """Write the policy, and what it was made for, to a file that `load_policy` reads."""
        write_policy(path, self.kind, *self.content(), signature)

    def content(self) -> tuple[dict[str, NDArray], dict[str, Any]]:
        """What a file holds of it: no arrays, and what `from_file` needs."""
        return {}, {"n_action": self.n_action}

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> UniformPolicy:
        """The policy that `save` wrote, from what its file holds."""
        return cls(int(description["n_action"]))


@final
@dataclass(frozen=True)
class ConstantPolicy(Policy):
    """Gives the same action whatever it observes: a constant excitation."""

    kind: ClassVar[str] = "constant"

    action: tuple[float, ...]
    """In [-1, 1], one number for each action dimension"""

    def __post_init__(self) -> None:
        if not self.action or not all(-1 <= value <= 1 for value in self.action):
            raise ValueError(f"constant action {self.action}: give one number in [-1, 1] for each action dimension")

    @property
    def n_action(self) -> int:
        """Length of an action."""
        return len(self.action)

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        return np.tile(np.array(self.action, np.float32), (len(observation), 1))

    def save(self, path: Path, signature: Signature = UNKNOWN) -> None:
        """Write the policy, and what it was made for, to a file that `load_policy` reads."""
        write_policy(path, self.kind, {}, {"action": self.action}, signature)

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> ConstantPolicy:
        """The policy that `save` wrote, from what its file holds."""
        return cls(tuple(float(value) for value in description["action"]))
