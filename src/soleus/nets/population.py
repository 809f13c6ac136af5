"""Many policies at once: each world is acted in by parameters of its own. It is what evolution strategies try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import Scaling
from soleus.nets.policy import Policy


def n_parameter(form: Mlp) -> int:
    """How many numbers a network has."""
    return sum(prod(shape) for shape in form.shapes().values())


def flat(form: Mlp, parameters: Mapping[str, Array]) -> NDArray[np.floating]:
    """The numbers of a network one after the other, in the order of its `shapes`; parameters may come in any."""
    return np.concatenate([np.ravel(parameters[name]) for name in form.shapes()])


def unflat(form: Mlp, vectors: NDArray[np.floating]) -> dict[str, NDArray[np.floating]]:
    """What `flat` flattened, as views; leading axes of the vectors, shape (..., n_parameter), stay in front."""
    parameters, first = {}, 0
    for name, shape in form.shapes().items():
        last = first + prod(shape)
        parameters[name] = vectors[..., first:last].reshape(*vectors.shape[:-1], *shape)
        first = last
    return parameters


@final
@dataclass(frozen=True)
class PopulationPolicy(Policy):
    """Acts in each world as the deterministic policy of its parameters would; made to be tried, so no file holds it."""

    network: Mlp
    """From normalised observations to actions before tanh; the same form for all members"""
    members: NDArray[np.float32]
    """The numbers that act in each world, shape (n_world, n_parameter); a member may have several worlds"""
    scaling: Scaling
    """The normaliser as it stood when this policy was made"""

    def __post_init__(self) -> None:
        expected = n_parameter(self.network)
        if self.members.ndim != 2 or self.members.shape[1] != expected:
            raise ValueError(
                f"members have shape {self.members.shape}, networks of sizes {self.network.sizes} need "
                f"(n_world, {expected})"
            )

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        expected = (len(self.members), self.network.sizes[0])
        if observation.shape != expected:
            raise ValueError(f"observations of shape {observation.shape}, this population acts in worlds of {expected}")
        # A batch of one row for each member, so that all networks are multiplied in one call.
        rows = self.scaling(observation.astype(np.float32))[:, None]
        stacked = unflat(self.network, self.members)
        parameters = {name: array if array.ndim == 3 else array[:, None] for name, array in stacked.items()}
        return np.tanh(self.network(parameters, rows)[:, 0])
