"""The settings of CMA-ES."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.check import check_least, check_positive
from soleus.learner.evolution.config import EvolutionConfig

if TYPE_CHECKING:
    from soleus.learner.evolution.cma_es_search import CmaEsSearch

FULL_BY_ITSELF = 200
"""Parameters up to which "auto" learns how all of them hang together"""
FULL_AT_MOST = 1000
"""Parameters up to which that can be asked for: time and memory of a generation grow with their square and cube"""


@final
@dataclass(frozen=True)
class CmaEsConfig(EvolutionConfig):
    """How CMA-ES learns."""

    population: int | None = None
    """Members of a generation; None takes 4 + 3 ln n for n parameters. More see through noise and past traps, and learn
    less from each."""
    initial_sigma: float = 0.5
    """Deviation of each parameter among the first members: so far away is the solution looked for; it is adapted."""
    covariance: Literal["auto", "full", "diagonal"] = "auto"
    """What is learnt about which parameters matter: "full" of all pairs of them, "diagonal" of each alone, which learns
    faster and finds less; "auto" is full up to 200 parameters."""

    def check(self) -> None:
        check_positive(self, "initial_sigma")
        if self.population is not None:
            check_least(self, 2, "population")

    def search(self, mean: NDArray[np.floating]) -> CmaEsSearch:
        from soleus.learner.evolution.cma_es_search import CmaEsSearch

        if self.covariance == "full" and len(mean) > FULL_AT_MOST:
            raise ValueError(
                f"covariance is full, but the policy has {len(mean):,} parameters and {FULL_AT_MOST:,} is the most for "
                "that; take covariance diagonal, or fewer hidden units"
            )
        full = self.covariance == "full" or (self.covariance == "auto" and len(mean) <= FULL_BY_ITSELF)
        return CmaEsSearch(mean, self.initial_sigma, self.population, full)
