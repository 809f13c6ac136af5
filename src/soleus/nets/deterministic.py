"""The trained policy that is sure of itself: a perceptron with tanh outputs, and noise only to explore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.form import Form
from soleus.nets.noise import Noise, NoNoise, noise_from
from soleus.nets.normalise import Scaling
from soleus.nets.policy import Policy
from soleus.nets.scaled_mlp import ScaledMlp
from soleus.nets.signature import UNKNOWN, Signature


@final
@dataclass(frozen=True)
class DeterministicPolicy(Policy):
    """Acts exactly as the learner's network would; complete in itself, so that it can travel to workers and files."""

    kind: ClassVar[str] = "deterministic"

    network: Form
    """From normalised observations to actions before tanh"""
    parameters: Mapping[str, NDArray[np.float32]]
    """The network's numbers"""
    scaling: Scaling
    """The normaliser as it stood when this policy was made; it does not learn"""
    noise: Noise = field(default_factory=NoNoise)
    """What it does to explore; its memory is of the worlds that this policy acts in"""

    def __post_init__(self) -> None:
        self.actor.check()

    @property
    def actor(self) -> ScaledMlp:
        """From raw observations to actions before tanh."""
        return ScaledMlp(self.network, self.parameters, self.scaling)

    @property
    def n_observation(self) -> int:
        """Length of an observation."""
        return self.network.sizes[0]

    @property
    def n_action(self) -> int:
        """Length of an action."""
        return self.network.sizes[-1]

    def begin(self, worlds: NDArray[np.integer]) -> None:
        self.noise.begin(worlds)

    def follow(self, before: Policy) -> None:
        if isinstance(before, DeterministicPolicy):
            self.noise.follow(before.noise)

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        if generator is None:
            return np.tanh(self.actor(observation))
        return self.noise.explore(self.actor, observation, generator)

    def save(self, path: Path, signature: Signature = UNKNOWN) -> None:
        """Write the policy, and what it was made for, to a file that `load_policy` reads."""
        self.actor.save(path, self.kind, {"noise": self.noise.description()}, self.n_action, signature)

    def content(self) -> tuple[dict[str, NDArray], dict[str, Any]]:
        """What a file holds of it: arrays, and what `from_file` needs besides."""
        return self.actor.content({"noise": self.noise.description()})

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> DeterministicPolicy:
        """The policy that `save` wrote, from what its file holds."""
        return cls(*ScaledMlp.from_file(arrays, description), noise_from(description["noise"]))
