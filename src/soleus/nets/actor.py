"""The trained policy that draws its actions: a perceptron with its head and its normaliser, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.distribution import Distribution
from soleus.nets.form import Form
from soleus.nets.head import GaussianHead, Head, head_from
from soleus.nets.noise import Colour, Gaussian, colour_from
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
    """From normalised observations to what the head makes distributions of"""
    parameters: Mapping[str, NDArray[np.float32]]
    """The numbers of the network and of the head"""
    scaling: Scaling
    """The normaliser as it stood when this policy was made; it does not learn"""
    head: Head
    """What the network's outputs mean"""
    colour: Colour = field(default_factory=Gaussian)
    """Of the noise that draws actions to explore; its memory is of the worlds that this policy acts in"""

    def __post_init__(self) -> None:
        others = {name: array for name, array in self.parameters.items() if name not in self.head.shapes()}
        self._scaled._replace(parameters=others).check()
        self.head.check(self.network)
        self.head.check_own(self.parameters)

    @property
    def n_observation(self) -> int:
        """Length of an observation."""
        return self.network.sizes[0]

    @property
    def n_action(self) -> int:
        """Length of an action."""
        return self.head.n_action

    def begin(self, worlds: NDArray[np.integer]) -> None:
        self.colour.begin(worlds)

    def follow(self, before: Policy) -> None:
        if isinstance(before, ActorPolicy):
            self.colour.follow(before.colour)

    def distribution(self, observation: NDArray[np.floating]) -> Distribution:
        """The distribution of actions for raw observations, shape (n_world, n_observation)."""
        return self.head.distribution(self.network, self.parameters, self._scaled(observation))

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        distribution = self.distribution(observation)
        if generator is None:
            return distribution.mode()
        return distribution.action(self.colour.draw((len(observation), self.n_action), generator))

    def save(self, path: Path, signature: Signature = UNKNOWN) -> None:
        """Write the policy, and what it was made for, to a file that `load_policy` reads."""
        self.save_as(path, self.kind, signature)

    def content(self) -> tuple[dict[str, NDArray], dict[str, Any]]:
        """What a file holds of it: arrays, and what `from_file` needs besides."""
        return self._scaled.content(self._settings)

    def save_as(
        self,
        path: Path,
        kind: str,
        signature: Signature,
        more: Mapping[str, Any] = MappingProxyType({}),
        arrays: Mapping[str, NDArray] = MappingProxyType({}),
    ) -> None:
        """Write the file of a policy that acts with this one.

        Args:
            path: where; an existing file is replaced.
            kind: the policy's name in the registry.
            signature: what it was made for.
            more: settings of that policy, as JSON can hold them.
            arrays: what else it needs, under names of their own.
        """
        self._scaled.save(path, kind, {**self._settings, **more}, self.n_action, signature, arrays)

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> ActorPolicy:
        """The policy that `save` wrote, from what its file holds."""
        scaled = ScaledMlp.from_file(arrays, description)
        if "head" in description:
            return cls(*scaled, head_from(description["head"]), colour_from(description["colour"]))
        # A file of version 1, when there was no other head and no other colour.
        return cls(*scaled, GaussianHead(scaled.network.sizes[-1] // 2, tuple(description["log_std_range"])))

    @property
    def _settings(self) -> dict[str, Any]:
        return {"head": self.head.description(), "colour": self.colour.description()}

    @property
    def _scaled(self) -> ScaledMlp:
        return ScaledMlp(self.network, self.parameters, self.scaling)
