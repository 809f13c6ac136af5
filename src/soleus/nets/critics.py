"""A learner's critics in NumPy, for a policy that asks them what an action is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.form import Form, form_from
from soleus.nets.normalise import Scaling


@final
@dataclass(frozen=True)
class Critics:
    """Several networks of one form; the lowest of what they say counts, as when they learn."""

    network: Form
    """From normalised observations and actions to a value, or to a histogram of values"""
    parameters: tuple[Mapping[str, NDArray[np.float32]], ...]
    """The numbers of each"""
    scaling: Scaling
    """The normaliser as it stood when these critics were copied"""
    limit: float | None = None
    """Of the values that a histogram's bins stand for, either way; None for critics that say a value"""
    weight: tuple[float, ...] = (1.0,)
    """Of each value that a critic says, which add up; not for histograms"""

    def __call__(self, observation: NDArray[np.floating], action: NDArray[np.floating]) -> NDArray[np.float32]:
        """The value of actions, shape (..., n_action), in raw observations, shape (..., n_observation)."""
        inputs = np.concatenate([self.scaling(observation.astype(np.float32)), action], axis=-1)
        return np.min([self._value(self.network(parameters, inputs)) for parameters in self.parameters], axis=0)

    def check(self) -> None:
        """Refuse numbers that are not this network's."""
        for parameters in self.parameters:
            self.network.check(parameters)

    def arrays(self) -> dict[str, NDArray]:
        """Its numbers by names of their own; the scaling is the policy's."""
        return {f"critic{i}.{name}": array for i, each in enumerate(self.parameters) for name, array in each.items()}

    def description(self) -> dict[str, Any]:
        """What `critics_from` builds it again from, beside the arrays, as JSON can hold it."""
        network = self.network.description()
        return {"network": network, "n": len(self.parameters), "limit": self.limit, "weight": list(self.weight)}

    def _value(self, output: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.limit is None:
            return output @ np.array(self.weight, np.float32)
        share = np.exp(output - output.max(axis=-1, keepdims=True))
        centres = np.linspace(-self.limit, self.limit, output.shape[-1], dtype=np.float32)
        return share @ centres / share.sum(axis=-1)


def critics_from(description: Mapping[str, Any], arrays: Mapping[str, NDArray], scaling: Scaling) -> Critics:
    """The critics that a description and a policy file's arrays are of."""
    parameters = tuple(
        {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
        for start in (f"critic{i}." for i in range(description["n"]))
    )
    return Critics(
        form_from(description["network"]), parameters, scaling, description["limit"], tuple(description["weight"])
    )
