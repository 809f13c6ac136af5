"""OpenAI's evolution strategy, the search itself (Salimans 2017, arXiv 1703.03864, algorithm 1 and section 2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from soleus.learner.evolution.es_config import EsConfig
from soleus.learner.evolution.search import Search
from soleus.learner.state import named_leaves, part_of, prefixed


def centred_ranks(fitness: NDArray[np.floating]) -> NDArray[np.float64]:
    """Ranks from -0.5 for the worst to 0.5 for the best; members of equal fitness share the mean of their ranks.

    They make the search blind to all but the order (section 2.1), so that no outlier rules a generation.
    """
    _, place, count = np.unique(fitness, return_inverse=True, return_counts=True)
    rank = np.cumsum(count) - (count + 1) / 2
    return rank[place] / (len(fitness) - 1) - 0.5


def standard_scores(fitness: NDArray[np.floating]) -> NDArray[np.float64]:
    """Deviations from the mean in standard deviations, so that all generations count alike; 0 where all are equal."""
    deviation = fitness.std()
    return (fitness - fitness.mean()) / (deviation if deviation > 0 else 1.0)


SHAPINGS = {"ranks": centred_ranks, "scores": standard_scores}


def estimated_gradient(weight: NDArray[np.floating], noise: NDArray[np.floating], sigma: float) -> NDArray[np.float64]:
    """Gradient of the mean weight by the search's mean, from mirrored pairs: sum (w+ - w-) eps / (2 n sigma).

    Algorithm 1 with mirrored sampling (Brockhoff 2010): what a pair has in common cancels.

    Args:
        weight: of each member, the partners of a pair one after the other, shape (2 n,).
        noise: eps of each pair, shape (n, n_parameter).
        sigma: deviation of the members.
    """
    difference = weight[0::2] - weight[1::2]
    return difference @ noise / (2 * len(noise) * sigma)


@final
class EsSearch(Search):
    """Members are mirrored pairs around the mean, which Adam moves uphill."""

    def __init__(self, config: EsConfig, mean: NDArray[np.floating]) -> None:
        """Args:
        config: how to search.
        mean: parameters of the first policy, shape (n_parameter,).
        """
        self.n_member = config.population
        self.n_alike = 2 if config.starts == "pairs" else config.population
        self._config = config
        self._mean = mean.astype(np.float32)
        self._adam = optax.adam(config.learning_rate)
        self._adam_state = self._adam.init(self._mean)
        self._noise = np.empty((0, len(mean)))

    @property
    def mean(self) -> NDArray[np.float32]:
        return self._mean.copy()

    def ask(self, generator: np.random.Generator) -> NDArray[np.float64]:
        self._noise = generator.standard_normal((self.n_member // 2, len(self._mean)))
        pairs = self._config.sigma * np.stack([self._noise, -self._noise], axis=1)
        return self._mean + pairs.reshape(self.n_member, -1)

    def tell(self, fitness: NDArray[np.floating]) -> dict[str, float]:
        config = self._config
        gradient = estimated_gradient(SHAPINGS[config.shaping](fitness), self._noise, config.sigma)
        downhill = config.weight_decay * self._mean - gradient.astype(np.float32)
        step, self._adam_state = self._adam.update(downhill, self._adam_state)
        self._mean = self._mean + np.array(step)
        return {"sigma": config.sigma, "gradient": float(np.linalg.norm(gradient))}

    def state(self) -> dict[str, NDArray]:
        return {"learnt.mean": self.mean, **prefixed("learnt.adam.", named_leaves(self._adam_state))}

    def load(self, state: Mapping[str, NDArray]) -> None:
        self._mean = state["learnt.mean"].copy()
        named = part_of(state, "learnt.adam.")
        leaves = [jnp.array(named[name]) for name in named_leaves(self._adam_state)]
        self._adam_state = jax.tree.unflatten(jax.tree.structure(self._adam_state), leaves)
