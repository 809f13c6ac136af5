"""A perceptron with its numbers and its normaliser: what every trained policy is made of, as it lies in files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from soleus.nets.file import write_policy
from soleus.nets.form import Form, form_from
from soleus.nets.normalise import Scaling
from soleus.nets.signature import Signature


class ScaledMlp(NamedTuple):
    """Raw observations -> outputs."""

    network: Form
    """Its form"""
    parameters: Mapping[str, NDArray[np.float32]]
    """Its numbers"""
    scaling: Scaling
    """What is done to observations first"""

    @property
    def n_observation(self) -> int:
        """Length of an observation."""
        return self.network.sizes[0]

    def check(self) -> None:
        """Refuse numbers and a scaling that are not this network's."""
        self.network.check(self.parameters)
        for part in ("offset", "factor"):
            shape = np.shape(getattr(self.scaling, part))
            if shape != (self.n_observation,):
                raise ValueError(f"the scaling's {part} has shape {shape}, the network needs ({self.n_observation},)")

    def __call__(self, observation: NDArray[np.floating]) -> NDArray[np.float32]:
        """Outputs for raw observations, shape (n_world, n_observation)."""
        if observation.ndim != 2 or observation.shape[1] != self.n_observation:
            raise ValueError(f"observations of shape {observation.shape}, expected (n_world, {self.n_observation})")
        return self.network(self.parameters, self.scaling(observation.astype(np.float32)))

    def save(
        self,
        path: Path,
        kind: str,
        settings: Mapping[str, Any],
        n_action: int,
        signature: Signature,
        more: Mapping[str, NDArray] = MappingProxyType({}),
    ) -> None:
        """Write the file of a policy that acts with this network.

        Args:
            path: where; an existing file is replaced.
            kind: the policy's name in the registry.
            settings: of the policy, as JSON can hold them.
            n_action: length of an action.
            signature: what the policy was made for.
            more: arrays that the policy needs besides, under names of their own.
        """
        signature.check(self.n_observation, n_action)
        arrays, description = self.content(settings)
        write_policy(path, kind, {**arrays, **more}, description, signature)

    def content(self, settings: Mapping[str, Any]) -> tuple[dict[str, NDArray], dict[str, Any]]:
        """What a file holds of a policy with these settings: arrays, and what `from_file` needs besides."""
        arrays = {f"network.{name}": array for name, array in self.parameters.items()}
        arrays |= {f"scaling.{name}": np.asarray(value) for name, value in self.scaling._asdict().items()}
        return arrays, {"network": self.network.description(), **settings}

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> ScaledMlp:
        """The network that `save` wrote, from what its file holds."""
        return cls(
            form_from(description["network"]),
            {name.removeprefix("network."): array for name, array in arrays.items() if name.startswith("network.")},
            Scaling(*(arrays[f"scaling.{name}"] for name in Scaling._fields)),
        )
