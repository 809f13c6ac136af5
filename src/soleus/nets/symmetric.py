"""A perceptron that cannot tell left from right: exactly symmetric, whatever its numbers are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array
from soleus.nets.mirror import Mirror
from soleus.nets.mirrored import Mirrored
from soleus.nets.mlp import Mlp, Parameters


@final
@dataclass(frozen=True)
class SymmetricMlp(Mirrored):
    """The mean of a perceptron f and of its mirror image, (f(x) + M_out f(M_in x)) / 2.

    A mean over the group of the mirror, {1, M}: put M_in x in, and the two terms change places, so that M_out of the
    output comes out. An M_out that changes nothing gives an output that the mirror leaves alone. Its numbers are those
    of the perceptron, and it is twice as dear. M_in is the input mirror, M_out the output mirror; a bias of the last
    layer comes out averaged with its image.
    """

    n_pass: ClassVar[int] = 2

    def __post_init__(self) -> None:
        widths = len(self.input_mirror), len(self.output_mirror)
        if widths != (self.sizes[0], self.sizes[-1]):
            raise ValueError(
                f"mirrors of {widths[0]} inputs and {widths[1]} outputs, but the network has "
                f"{self.sizes[0]} and {self.sizes[-1]}"
            )

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> SymmetricMlp:
        """The form that a description is of."""
        mirrors = (Mirror.from_description(description[name]) for name in ("input_mirror", "output_mirror"))
        return cls(Mlp.from_description(description["mlp"]), *mirrors)

    def description(self) -> dict[str, Any]:
        """What `from_description` builds it again from, as JSON can hold it."""
        mirrors = {"input_mirror": self.input_mirror, "output_mirror": self.output_mirror}
        return {"mlp": self.mlp.description()} | {name: mirror.description() for name, mirror in mirrors.items()}

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.mlp.sizes

    @property
    def columns(self) -> NDArray[np.intp]:
        """The column of the last layer that makes each output, before its image is added."""
        return self.mlp.columns

    def __call__(self, parameters: Parameters, x: Array) -> Array:
        xp = x.__array_namespace__()
        output = self.mlp(parameters, xp.stack([x, self.input_mirror(x)]))
        return (output[0] + self.output_mirror(output[1])) / 2
