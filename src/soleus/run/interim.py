"""Evaluations while training: when one is due, and what it found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import final

import numpy as np

from soleus.nets.policy import Policy
from soleus.run.config import RunConfig
from soleus.sampler.base import Play, Result
from soleus.sampler.batch import Episode

FIRST_SEED = 2**31
"""Of these episodes, far from those of `soleus evaluate`."""


@final
class InterimEvaluation:
    """Plays some episodes without noise, always the same ones, every now and then; one evaluation at a time counts."""

    def __init__(self, config: RunConfig, n_env_steps: int) -> None:
        """Args:
        config: says how often, and how many episodes.
        n_env_steps: control steps trained for so far.
        """
        self._config = config
        self._n_env_steps = n_env_steps
        self._at = time.monotonic()
        self._policy: Policy | None = None
        self._episodes: list[Episode] = []

    def due(self, n_env_steps: int) -> bool:
        """Whether it is time for the next one, after so many control steps: never before the last one is known."""
        if self._policy is not None and len(self._episodes) < self._config.evaluate_episodes:
            return False
        by_steps, by_time = self._config.evaluate_steps, self._config.evaluate_s
        if by_steps:
            return n_env_steps - self._n_env_steps >= by_steps
        return by_time > 0 and time.monotonic() - self._at >= by_time

    def begin(self, policy: Policy, n_env_steps: int, n_play: int) -> Iterator[Play]:
        """What to play of a policy, `n_play` episodes in a request."""
        self._n_env_steps = n_env_steps
        self._policy, self._episodes = policy, []
        seeds = range(FIRST_SEED, FIRST_SEED + self._config.evaluate_episodes)
        for first in range(0, len(seeds), n_play):
            yield Play(policy, tuple(seeds[first : first + n_play]))

    def receive(self, result: Result) -> dict[str, float]:
        """Metrics once all episodes are there, empty before."""
        if result.request.policy is not self._policy:
            return {}
        self._episodes.extend(result.batch.episodes)
        if len(self._episodes) < self._config.evaluate_episodes:
            return {}
        self._at = time.monotonic()  # from its end: slow ones leave time to learn between them
        metrics = {
            "evaluate/score": np.mean([episode.score for episode in self._episodes]),
            "evaluate/distance": np.mean([episode.distance for episode in self._episodes]),
            "evaluate/falls": np.mean([not episode.completed for episode in self._episodes]),
            "evaluate/failures": np.mean([episode.failed for episode in self._episodes]),
        }
        return {name: float(value) for name, value in metrics.items() if np.isfinite(value)}
