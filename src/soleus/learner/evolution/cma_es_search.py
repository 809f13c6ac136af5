"""CMA-ES, the search itself: the library `cmaes`, of which this is the only importer (Hansen 2016, arXiv 1604.00772).

The separable one, of a diagonal covariance, is Ros 2008, "A Simple Modification in CMA-ES". What a strategy of the
library remembers is what it hands to be pickled: a dict of numbers and arrays, which are saved without pickling them.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, final

import numpy as np
from cmaes import CMA, SepCMA
from numpy.typing import NDArray

from soleus.learner.evolution.search import Search
from soleus.learner.state import part_of, prefixed

UNUSED = "_funhist_values"
"""A history that decides only when the library would stop: it begins with what happens to lie in memory"""


@final
class CmaEsSearch(Search):
    """Members are drawn from a normal distribution that follows the better half of them, in place and in shape."""

    def __init__(self, mean: NDArray[np.floating], sigma: float, population: int | None, full: bool) -> None:
        """Args:
        mean: parameters of the first policy, shape (n_parameter,).
        sigma: deviation of each parameter among the first members.
        population: members of a generation; None takes as many as the library.
        full: whether to learn how each parameter hangs together with each other one.
        """
        kind = CMA if full else SepCMA
        self._strategy = kind(mean.astype(np.float64), sigma, population_size=population)
        self.n_member = self.n_alike = self._strategy.population_size
        self._members = np.empty((0, len(mean)))
        self._remembered = self._remember()

    @property
    def mean(self) -> NDArray[np.float64]:
        return self._strategy.mean.copy()

    def ask(self, generator: np.random.Generator) -> NDArray[np.float64]:
        self._strategy.reseed_rng(int(generator.integers(2**32)))
        self._members = np.array([self._strategy.ask() for _ in range(self.n_member)])
        return self._members

    def tell(self, fitness: NDArray[np.floating]) -> dict[str, float]:
        self._strategy.tell(list(zip(self._members, -fitness, strict=True)))  # the library looks for little
        self._remembered = self._remember()
        # From here on it is the same as one that was saved and loaded: a covariance is saved by its upper half.
        self._strategy.__setstate__(deepcopy(self._remembered))
        return {"sigma": float(self._remembered["_sigma"])}

    def state(self) -> dict[str, NDArray]:
        return prefixed("strategy.", {name: value for name, value in self._remembered.items() if value is not None})

    def load(self, state: Mapping[str, NDArray]) -> None:
        saved = part_of(state, "strategy.")
        # A number of dimension 0 becomes what it was, a number of Python.
        self._remembered |= {name: value.copy() if value.ndim else value.item() for name, value in saved.items()}
        self._strategy.__setstate__(deepcopy(self._remembered))

    def _remember(self) -> dict[str, Any]:
        remembered = deepcopy(self._strategy.__getstate__())
        del remembered[UNUSED]
        return remembered
