"""A network that learns on top of one that never does: what it says where it has seen nothing is a prior belief."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.array import Array
from soleus.nets.mlp import Mlp, Parameters
from soleus.nets.single_leg import SingleLegMlp
from soleus.nets.symmetric import SymmetricMlp

FROZEN = "prior_"
"""How the names of numbers begin that no learner changes"""


@final
@dataclass(frozen=True)
class PriorForm:
    """A network plus `scale` times another one of its form (Osband 2018, arXiv 1806.03335, equation 2, Q = f + beta p).

    Where there are data, f learns to make up for p; elsewhere p stays, and each member of an ensemble has its own. The
    sum is symmetric if the form is.
    """

    form: Mlp | SymmetricMlp | SingleLegMlp
    """Of both"""
    scale: float
    """Beta: on what the prior says"""

    def description(self) -> dict[str, Any]:
        """What `form_from` builds it again from, as JSON can hold it."""
        return {"form": self.form.description(), "prior_scale": self.scale}

    @property
    def n_pass(self) -> int:
        """How often an input goes through the layers that learn; a prior is asked once more, and learns nothing."""
        return self.form.n_pass

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of inputs, of units in each hidden layer, and of outputs."""
        return self.form.sizes

    @property
    def output_weight(self) -> str:
        """Name of the weight of the last layer that learns."""
        return self.form.output_weight

    @property
    def output_bias(self) -> str:
        """Name of the bias of the last layer that learns."""
        return self.form.output_bias

    @property
    def columns(self) -> NDArray[np.intp]:
        """The column of the last layer that learns for each output."""
        return self.form.columns

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of every parameter, by name."""
        shapes = self.form.shapes()
        return shapes | {FROZEN + name: shape for name, shape in shapes.items()}

    def initial(self, generator: np.random.Generator, output_scale: float = 1.0) -> dict[str, NDArray[np.float32]]:
        """Draw parameters, as `Mlp.initial` does; the prior's outputs are as large as those of any fresh network."""
        learning = self.form.initial(generator, output_scale)
        return learning | {FROZEN + name: array for name, array in self.form.initial(generator).items()}

    def check(self, parameters: Parameters) -> None:
        """Refuse parameters that are not this network's, naming the first that does not fit."""
        self.form.check({name: array for name, array in parameters.items() if not name.startswith(FROZEN)})
        self.form.check(_of_prior(parameters))

    def __call__(self, parameters: Parameters, x: Array) -> Array:
        """Evaluate both networks for inputs of shape (..., n_input)."""
        return self.form(parameters, x) + self.scale * self.form(_of_prior(parameters), x)


def _of_prior(parameters: Parameters) -> dict[str, Array]:
    return {name.removeprefix(FROZEN): array for name, array in parameters.items() if name.startswith(FROZEN)}
