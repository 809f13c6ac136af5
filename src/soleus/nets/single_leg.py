"""One network for one leg, called for each: the other leg does in the mirror what this one would."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array
from soleus.nets.mirror import Mirror
from soleus.nets.mirrored import Mirrored
from soleus.nets.mlp import Mlp, Parameters


@final
@dataclass(frozen=True)
class Legs:
    """How outputs of two legs are those of one network, called for each."""

    mirror: Mirror
    """Of the outputs; each has a partner, and the first of the two is of the network's own leg"""

    def __post_init__(self) -> None:
        middle = [place for place, partner in enumerate(self.mirror.permutation) if place == partner]
        if middle:
            raise ValueError(
                f"outputs {middle} are their own mirror images: a network for one leg needs outputs in pairs; take "
                "another form of symmetry"
            )

    def __len__(self) -> int:
        """Outputs of one leg."""
        return len(self.mirror) // 2

    def first(self, n: int) -> Legs:
        """The same of the first n outputs only, such as means without their deviations."""
        return Legs(Mirror(self.mirror.permutation[:n], self.mirror.sign[:n]))

    @cached_property
    def columns(self) -> NDArray[np.intp]:
        """The output of the network that makes each output, shape (2 n_leg,)."""
        partner = np.array(self.mirror.permutation, np.intp)
        own = np.minimum(np.arange(len(partner)), partner)
        return np.searchsorted(np.unique(own), own)

    @cached_property
    def sign(self) -> NDArray[np.float32]:
        """What each is multiplied with: -1 for one of the other leg that counts the other way there."""
        return np.where(self._is_own, 1, np.array(self.mirror.sign)).astype(np.float32)

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """Where each comes from in the outputs of both calls laid end to end, the own leg's first."""
        return np.where(self._is_own, self.columns, len(self) + self.columns)

    def joined(self, both: Array) -> Array:
        """The outputs of both legs, shape (..., 2 n_leg), from those of both calls, shape (2, ..., n_leg)."""
        laid = both.__array_namespace__().concat([both[0], both[1]], axis=-1)
        return laid[..., self.places] * self.sign

    @cached_property
    def _is_own(self) -> NDArray[np.bool_]:
        return np.arange(len(self.mirror)) < np.array(self.mirror.permutation)


class Talk(ABC):
    """What the legs tell each other before they act."""

    n_pass: ClassVar[int]
    """How often the network is called for both legs"""

    @property
    @abstractmethod
    def n_told(self) -> int:
        """Inputs of the network besides its observation."""

    @abstractmethod
    def __call__(self, mlp: Mlp, parameters: Parameters, both: Array) -> Array:
        """What the network says for each leg, shape (2, ..., n_leg), for what each observes, shape (2, ..., n)."""


@final
@dataclass(frozen=True)
class Silent(Talk):
    """Nothing: own leg g(x), other leg g(M x) in the mirror."""

    n_pass: ClassVar[int] = 2

    @property
    def n_told(self) -> int:
        return 0

    def __call__(self, mlp: Mlp, parameters: Parameters, both: Array) -> Array:
        return mlp(parameters, both)


@final
@dataclass(frozen=True)
class Proposals(Talk):
    """What each would do by itself.

    First both legs propose: p = g(x, nothing), p' = g(M x, nothing). Then each acts with the other's proposal: own leg
    g(x, p'), other leg g(M x, p) in the mirror. Neither goes first, or the legs would not be each other's image. A
    proposal is the leg's actions without noise, in (-1, 1), and after them 1; nothing is zeros.
    """

    n_pass: ClassVar[int] = 4

    n_proposed: int
    """Outputs of a leg that are proposed, the first ones, which are its actions before tanh"""

    @property
    def n_told(self) -> int:
        return self.n_proposed + 1

    def __call__(self, mlp: Mlp, parameters: Parameters, both: Array) -> Array:
        xp = both.__array_namespace__()
        nothing = xp.zeros((*both.shape[:-1], self.n_told), dtype=both.dtype)
        proposed = xp.tanh(mlp(parameters, xp.concat([both, nothing], axis=-1))[..., : self.n_proposed])
        others = xp.stack([proposed[1], proposed[0]])
        return mlp(parameters, xp.concat([both, others, 1 + nothing[..., :1]], axis=-1))


@final
@dataclass(frozen=True)
class SingleLegMlp(Mirrored):
    """A perceptron g for one leg, called for each: exactly symmetric, whatever its numbers are.

    Put M x in, M being the input mirror, and the two calls change places. g has the inputs of a perceptron for both
    legs and what is told, and half its outputs.
    """

    talk: Silent | Proposals
    """What the legs tell each other"""

    def __post_init__(self) -> None:
        needed = len(self.input_mirror) + self.talk.n_told, len(self.legs)
        given = self.mlp.sizes[0], self.mlp.sizes[-1]
        if given != needed:
            raise ValueError(
                f"a network of {given[0]} inputs and {given[1]} outputs, but for these mirrors one leg has "
                f"{needed[0]} and {needed[1]}"
            )

    @classmethod
    def of(cls, plain: Mlp, input_mirror: Mirror, output_mirror: Mirror, talk: Silent | Proposals) -> SingleLegMlp:
        """The form for one leg with the hidden layers of a perceptron for both."""
        sizes = len(input_mirror) + talk.n_told, *plain.sizes[1:-1], len(Legs(output_mirror))
        return cls(Mlp(sizes, plain.activation, plain.layer_norm), input_mirror, output_mirror, talk)

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> SingleLegMlp:
        """The form that a description is of."""
        n_proposed = description["n_proposed"]
        return cls(
            Mlp.from_description(description["mlp"]),
            Mirror.from_description(description["input_mirror"]),
            Mirror.from_description(description["output_mirror"]),
            Silent() if n_proposed is None else Proposals(n_proposed),
        )

    def description(self) -> dict[str, Any]:
        """What `from_description` builds it again from, as JSON can hold it."""
        mirrors = {"input_mirror": self.input_mirror, "output_mirror": self.output_mirror}
        return {
            "mlp": self.mlp.description(),
            **{name: mirror.description() for name, mirror in mirrors.items()},
            "n_proposed": self.talk.n_proposed if isinstance(self.talk, Proposals) else None,
        }

    @property
    def n_pass(self) -> int:
        """How often an input goes through the layers."""
        return self.talk.n_pass

    @property
    def sizes(self) -> tuple[int, ...]:
        return (len(self.input_mirror), *self.mlp.sizes[1:-1], len(self.output_mirror))

    @property
    def columns(self) -> NDArray[np.intp]:
        """The column of the last layer that makes each output; both legs share them."""
        return self.legs.columns

    @cached_property
    def legs(self) -> Legs:
        """How the outputs of both legs are those of one network."""
        return Legs(self.output_mirror)

    def __call__(self, parameters: Parameters, x: Array) -> Array:
        both = x.__array_namespace__().stack([x, self.input_mirror(x)])
        return self.legs.joined(self.talk(self.mlp, parameters, both))
