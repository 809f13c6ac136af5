"""The Head interface: what the outputs of a stochastic actor's last layer mean."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array
from soleus.nets.bernoulli import Bernoulli
from soleus.nets.block_flow import BlockFlow
from soleus.nets.distribution import Distribution, TanhGaussian, bounded
from soleus.nets.flow import DENSITIES, FlowDensity, TanhFlow
from soleus.nets.form import Form
from soleus.nets.lattice import TanhLattice
from soleus.nets.mlp import Mlp, Parameters


class Head(ABC):
    """Outputs -> distribution of actions.

    The first n_action outputs are actions before tanh: a fresh actor is set up by their biases, and what is exported
    to other programs needs no others. A head may have numbers of its own, which lie among the actor's and are learnt
    with them.
    """

    kind: ClassVar[str]
    """Its name in settings and files"""
    by_action: ClassVar[bool]
    """Whether each action is drawn by itself: then outputs of which a mirror is known make a distribution of which one
    is"""
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

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each of its own parameters by name; most heads have none."""
        return {}

    def initial(self, generator: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        """Draw its own parameters; most heads have none."""
        del generator
        return {}

    def check(self, network: Form) -> None:
        """Refuse a network with other outputs, and one with two sides where actions are not drawn by themselves."""
        if not self.by_action and not isinstance(network, Mlp):
            raise ValueError(
                f"a {self.kind} actor has no mirror image, as its actions hang on each other: take "
                "another form of symmetry, or another distribution"
            )
        needed = self.n_output(network.sizes[-2])
        if network.sizes[-1] != needed:
            raise ValueError(
                f"a network of sizes {network.sizes} has {network.sizes[-1]} outputs; a {self.kind} actor of "
                f"{self.n_action} actions needs {needed}"
            )

    def check_own(self, parameters: Parameters) -> None:
        """Refuse an actor's parameters without this head's own, naming the first that does not fit."""
        for name, shape in self.shapes().items():
            given = parameters[name].shape if name in parameters else "nothing"
            if given != shape:
                raise ValueError(f"{name} has shape {given}, a {self.kind} actor of these settings needs {shape}")


@final
@dataclass(frozen=True)
class GaussianHead(Head):
    """A mean and a deviation for each action."""

    kind: ClassVar[str] = "gaussian"
    by_action: ClassVar[bool] = True

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
    by_action: ClassVar[bool] = False

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


@final
@dataclass(frozen=True)
class FlowHead(Head):
    """A mean and a deviation for each action, and a flow that bends what is drawn, the same whatever is observed."""

    kind: ClassVar[str] = "flow"
    by_action: ClassVar[bool] = False

    n_action: int
    log_std_range: tuple[float, float]
    """Bounds of the logarithm of the deviation before the flow"""
    units: int = 3
    """Units of each hidden layer of the flow for each action"""
    layers: int = 3
    """Hidden layers of the flow"""
    density: FlowDensity = "exact"
    """What log-densities are made of: name of one of DENSITIES"""

    @cached_property
    def flow(self) -> BlockFlow:
        """The flow's form."""
        return BlockFlow(self.n_action, self.units, self.layers)

    def n_output(self, n_latent: int) -> int:
        del n_latent
        return 2 * self.n_action

    def distribution(self, network: Form, parameters: Parameters, output: Array) -> TanhFlow:
        del network
        mean, log_std = output[..., : self.n_action], bounded(output[..., self.n_action :], self.log_std_range)
        return TanhFlow(mean, log_std, self.flow, parameters, DENSITIES[self.density])

    def shapes(self) -> dict[str, tuple[int, ...]]:
        return self.flow.shapes()

    def initial(self, generator: np.random.Generator) -> dict[str, NDArray[np.float32]]:
        return self.flow.initial(generator)

    def description(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


@final
@dataclass(frozen=True)
class BernoulliHead(Head):
    """For each action half the log-odds of 1 against -1."""

    kind: ClassVar[str] = "bernoulli"
    by_action: ClassVar[bool] = True

    n_action: int

    def n_output(self, n_latent: int) -> int:
        del n_latent
        return self.n_action

    def distribution(self, network: Form, parameters: Parameters, output: Array) -> Bernoulli:
        del network, parameters
        return Bernoulli(output)

    def description(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


HEADS: dict[str, Callable[..., Head]] = {
    head.kind: head for head in (GaussianHead, LatticeHead, FlowHead, BernoulliHead)
}
"""The heads that files can name: settings -> head"""


def head_from(description: Mapping[str, Any]) -> Head:
    """The head that a description is of; ValueError for an unknown kind."""
    settings = dict(description)
    kind = settings.pop("kind")
    if kind not in HEADS:
        raise ValueError(f"unknown head {kind!r}; known are {', '.join(HEADS)}")
    # JSON knows no tuples.
    return HEADS[kind](**{name: tuple(each) if isinstance(each, list) else each for name, each in settings.items()})
