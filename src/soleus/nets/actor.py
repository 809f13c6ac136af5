"""The trained policy: a tanh-Gaussian perceptron with its normaliser, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.distribution import TanhGaussian
from soleus.nets.file import write_policy
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import Scaling
from soleus.nets.policy import Policy
from soleus.nets.signature import UNKNOWN, Signature


@final
@dataclass(frozen=True)
class ActorPolicy(Policy):
    """Acts exactly as the learner's network would; complete in itself, so that it can travel to workers and files."""

    kind: ClassVar[str] = "actor"

    network: Mlp
    """From normalised observations to means and log-deviations, twice as many outputs as actions"""
    parameters: Mapping[str, NDArray[np.float32]]
    """The network's numbers"""
    scaling: Scaling
    """The normaliser as it stood when this policy was made; it does not learn"""
    log_std_range: tuple[float, float]
    """Bounds of the logarithm of the exploration noise's deviation, before tanh"""

    def __post_init__(self) -> None:
        self.network.check(self.parameters)
        if self.network.sizes[-1] % 2:
            raise ValueError(
                f"{self.network.sizes[-1]} outputs are odd: an actor has a mean and a deviation for each action"
            )
        for part in ("offset", "factor"):
            shape = np.shape(getattr(self.scaling, part))
            if shape != (self.n_observation,):
                raise ValueError(f"the scaling's {part} has shape {shape}, the network needs ({self.n_observation},)")

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
        if observation.ndim != 2 or observation.shape[1] != self.n_observation:
            raise ValueError(f"observations of shape {observation.shape}, expected (n_world, {self.n_observation})")
        normalised = self.scaling(observation.astype(np.float32))
        return TanhGaussian.from_output(self.network(self.parameters, normalised), self.log_std_range)

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        distribution = self.distribution(observation)
        if generator is None:
            return distribution.mode()
        return distribution.action(generator.standard_normal(distribution.mean.shape, dtype=np.float32))

    def save(self, path: Path, signature: Signature = UNKNOWN) -> None:
        """Write the policy, and what it was made for, to a file that `load_policy` reads."""
        for names, n in ((signature.observation_names, self.n_observation), (signature.action_names, self.n_action)):
            if names and len(names) != n:
                raise ValueError(f"{len(names)} names {names} for {n} quantities: name all of them or none")
        arrays = {f"network.{name}": array for name, array in self.parameters.items()}
        arrays |= {f"scaling.{name}": np.asarray(value) for name, value in self.scaling._asdict().items()}
        description = {
            "network": asdict(self.network),
            "log_std_range": self.log_std_range,
        }
        write_policy(path, self.kind, arrays, description, signature)

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> ActorPolicy:
        """The policy that `save` wrote, from what its file holds."""
        form = description["network"]
        return cls(
            Mlp(tuple(form["sizes"]), form["activation"], form["layer_norm"]),
            {name.removeprefix("network."): array for name, array in arrays.items() if name.startswith("network.")},
            Scaling(*(arrays[f"scaling.{name}"] for name in Scaling._fields)),
            tuple(description["log_std_range"]),
        )
