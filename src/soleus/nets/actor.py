"""The trained policy: a tanh-Gaussian perceptron with its normaliser, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.distribution import TanhGaussian
from soleus.nets.form import Form
from soleus.nets.normalise import Scaling
from soleus.nets.policy import Policy
from soleus.nets.scaled_mlp import ScaledMlp
from soleus.nets.signature import UNKNOWN, Signature


@final
@dataclass(frozen=True)
class ActorPolicy(Policy):
    """Acts exactly as the learner's network would; complete in itself, so that it can travel to workers and files."""

    kind: ClassVar[str] = "actor"

    network: Form
    """From normalised observations to means and log-deviations, twice as many outputs as actions"""
    parameters: Mapping[str, NDArray[np.float32]]
    """The network's numbers"""
    scaling: Scaling
    """The normaliser as it stood when this policy was made; it does not learn"""
    log_std_range: tuple[float, float]
    """Bounds of the logarithm of the exploration noise's deviation, before tanh"""

    def __post_init__(self) -> None:
        self._scaled.check()
        if self.network.sizes[-1] % 2:
            raise ValueError(
                f"{self.network.sizes[-1]} outputs are odd: an actor has a mean and a deviation for each action"
            )

    @property
    def n_observation(self) -> int:
        """Length of an observation."""
        return self.network.sizes[0]

    @property
    def n_action(self) -> int:
        """Length of an action."""
        return self.network.sizes[-1] // 2

    def distribution(self, observation: NDArray[np.floating]) -> TanhGaussian:
        """The distribution of actions for raw observations, shape (n_world, n_observation)."""
        return TanhGaussian.from_output(self._scaled(observation), self.log_std_range)

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        distribution = self.distribution(observation)
        if generator is None:
            return distribution.mode()
        return distribution.action(generator.standard_normal(distribution.mean.shape, dtype=np.float32))

    def save(self, path: Path, signature: Signature = UNKNOWN) -> None:
        """Write the policy, and what it was made for, to a file that `load_policy` reads."""
        self._scaled.save(path, self.kind, {"log_std_range": self.log_std_range}, self.n_action, signature)

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> ActorPolicy:
        """The policy that `save` wrote, from what its file holds."""
        return cls(*ScaledMlp.from_file(arrays, description), tuple(description["log_std_range"]))

    @property
    def _scaled(self) -> ScaledMlp:
        return ScaledMlp(self.network, self.parameters, self.scaling)
