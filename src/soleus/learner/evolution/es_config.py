"""The settings of OpenAI's evolution strategy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.check import check_least, check_positive
from soleus.learner.evolution.config import EvolutionConfig

if TYPE_CHECKING:
    from soleus.learner.evolution.es_search import EsSearch


@final
@dataclass(frozen=True)
class EsConfig(EvolutionConfig):
    """How OpenAI's evolution strategy learns."""

    hidden: tuple[int, ...] = (64, 64)
    """Units of each hidden layer of the policy, none for a linear one: wider can express finer gaits."""
    population: int = 256
    """Members of a generation, in mirrored pairs: more give a truer direction, at proportional cost. A multiple of the
    worlds leaves none idle."""
    starts: Literal["one", "pairs"] = "one"
    """What the members of a generation meet: "one" start for everybody, so that ranks tell only what they did, or one
    for each of the mirrored "pairs", whose partners differ by what they did: where courses differ a lot, many tell more
    than one."""
    shaping: Literal["ranks", "scores"] = "ranks"
    """How fitness counts: by "ranks" within a generation, to which an outlier is but the first or last; or by standard
    "scores", deviations from its mean, to which a rare fall is as bad as it is."""
    sigma: float = 0.05
    """Deviation of each parameter among the members: larger sees further over bumps, and learns what survives it."""
    learning_rate: float = 0.05
    """Adam's step for each parameter and generation: larger learns faster until it overshoots."""
    weight_decay: float = 0.005
    """How strongly parameters are pulled towards 0, beside a gradient of ranks: keeps outputs from saturating."""

    def check(self) -> None:
        check_positive(self, "sigma", "learning_rate")
        check_least(self, 0, "weight_decay")
        if self.population < 2 or self.population % 2:
            raise ValueError(f"population is {self.population}; mirrored pairs need an even number, 2 or more")

    def search(self, mean: NDArray[np.floating]) -> EsSearch:
        from soleus.learner.evolution.es_search import EsSearch

        return EsSearch(self, mean)
