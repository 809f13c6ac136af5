"""The Head interface: what the outputs of a stochastic actor's last layer mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, final

from soleus.nets.array import Array
from soleus.nets.distribution import Distribution, TanhGaussian, bounded
from soleus.nets.form import Form
from soleus.nets.lattice import TanhLattice
from soleus.nets.mlp import Parameters


class Head(ABC):
    """Outputs -> distribution of actions.

    The first n_action outputs are the means before tanh: a fresh actor is set up by their biases, and what is exported
    to other programs needs no more.
    """

    kind: ClassVar[str]
    """Its name in settings and files"""
    n_action: int
    """Length of an action"""

    @abstractmethod
    def n_output(self, n_latent: int) -> int:
        """Outputs that the network needs, for a last hidden layer of so many units."""

    @abstractmethod
    def distribution(self, network: Form, parameters: Parameters, output: Array) -> Distribution:
        """What to draw actions from.

        Args:
            network: the actor's form.
            parameters: its numbers.
            output: what it gave, shape (..., n_output).
        """

    @abstractmethod
    def description(self) -> dict[str, Any]:
        """What `head_from` builds it again from, as JSON can hold it."""

    def check(self, network: Form) -> None:
        """Refuse a network with other outputs."""
        needed = self.n_output(network.sizes[-2])
        if network.sizes[-1] != needed:
            raise ValueError(
                f"a network of sizes {network.sizes} has {network.sizes[-1]} outputs; a {self.kind} actor of "
                f"{self.n_action} actions needs {needed}"
            )


@final
@dataclass(frozen=True)
class GaussianHead(Head):
    """A mean and a deviation for each action."""

    kind: ClassVar[str] = "gaussian"

    n_action: int
    log_std_range: tuple[float, float]
    """Bounds of the logarithm of the deviation before tanh"""

    def n_output(self, n_latent: int) -> int:
        del n_latent
        return 2 * self.n_action

    def distribution(self, network: Form, parameters: Parameters, output: Array) -> TanhGaussian:
        del network, parameters
        return TanhGaussian.from_output(output, self.log_std_range)

    def description(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


@final
@dataclass(frozen=True)
class LatticeHead(Head):
    """A mean and a deviation for each action, and a deviation for each unit of the last hidden layer."""

    kind: ClassVar[str] = "lattice"

    n_action: int
    log_std_range: tuple[float, float]
    """Bounds of the logarithms of all deviations before tanh, of actions and of latents"""

    def n_output(self, n_latent: int) -> int:
        return 2 * self.n_action + n_latent

    def distribution(self, network: Form, parameters: Parameters, output: Array) -> TanhLattice:
        std = output.__array_namespace__().exp(bounded(output[..., self.n_action :], self.log_std_range))
        return TanhLattice(
            mean=output[..., : self.n_action],
            action_std=std[..., : self.n_action],
            latent_std=std[..., self.n_action :],
            weight=parameters[network.output_weight][:, : self.n_action],
        )

    def description(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


HEADS: dict[str, Callable[[int, tuple[float, float]], Head]] = {head.kind: head for head in (GaussianHead, LatticeHead)}
"""The heads that settings and files can name: length of an action, bounds of log-deviations -> head"""


def head_from(description: Mapping[str, Any]) -> Head:
    """The head that a description is of; ValueError for an unknown kind."""
    kind = description["kind"]
    if kind not in HEADS:
        raise ValueError(f"unknown head {kind!r}; known are {', '.join(HEADS)}")
    return HEADS[kind](description["n_action"], tuple(description["log_std_range"]))
