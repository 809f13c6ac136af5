"""A manager and a worker, each a soft actor-critic with transitions of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.base import Learner
from soleus.learner.feudal.config import FeudalConfig
from soleus.learner.feudal.segments import Segments
from soleus.learner.state import check_shapes, part_of, prefixed
from soleus.nets.feudal import FeudalPolicy, Level
from soleus.nets.normalise import RunningMoments
from soleus.nets.policy import Policy
from soleus.sampler.base import Explore
from soleus.sampler.batch import Batch


@final
class FeudalLearner(Learner):
    """The worker learns to bring about what the goal in force asks for, the manager which goals pay."""

    def __init__(self, config: FeudalConfig, names: Sequence[str], n_action: int, seed: int, decision_s: float) -> None:
        """Builds fresh networks.

        Args:
            config: how to learn.
            names: of what is observed.
            n_action: length of an action.
            seed: of everything random in here.
            decision_s: time for which an action is held [s].
        """
        self._config = config
        self._n_observation = len(names)
        self._goals, self._seen = config.goal_columns(names), config.worker_columns(names)
        self._segments = Segments(config.every)
        self._moments = RunningMoments(len(self._goals))
        seeds = np.random.SeedSequence(seed).generate_state(2)
        n_goal, n_seen = len(self._goals), len(self._seen)
        self._manager = config.manager.build(
            self._n_observation, n_goal, int(seeds[0]), decision_s=decision_s * config.every
        )
        self._worker = config.worker.build(n_seen + n_goal, n_action, int(seeds[1]), decision_s=decision_s)

    @property
    def n_updates(self) -> int:
        return self._worker.n_updates

    def request(self, n_world: int, chunk: int) -> Explore:
        return Explore(self._feudal(self._manager.explorer(), self._worker.explorer()), n_world * chunk)

    def receive(self, batch: Batch) -> None:
        if not len(batch):
            return
        self._moments.receive(batch.next_observation[:, list(self._goals)])
        self._worker.receive(self._for_worker(batch))
        self._manager.receive(self._segments.receive(replace(batch, reward_terms=None)))

    def update(self) -> dict[str, float]:
        metrics = self._worker.update()
        return metrics | {f"manager_{name}": value for name, value in self._manager.update().items()}

    def policy(self) -> Policy:
        return self._feudal(self._manager.policy(), self._worker.policy())

    def _feudal(self, manager: Policy, worker: Policy) -> FeudalPolicy:
        assert isinstance(manager, Level)
        assert isinstance(worker, Level)  # of one soft actor-critic, or even chance before it begins
        return FeudalPolicy(manager, worker, self._config.every, self._seen, self._n_observation)

    def state(self) -> dict[str, np.ndarray]:
        return {
            **prefixed("manager.", self._manager.state()),
            **prefixed("worker.", self._worker.state()),
            **prefixed("goals.", self._moments.state()),
            **prefixed("segments.", self._segments.state()),
        }

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        levels = {"manager.": self._manager, "worker.": self._worker}
        check_shapes(
            state,
            {
                prefix + name: shape
                for prefix, level in levels.items()
                for name, shape in level.shapes(part_of(state, prefix)).items()
            }
            | {f"goals.{name}": value.shape for name, value in self._moments.state().items()}
            | {name: None for name in state if name.startswith("segments.")},
        )
        for prefix, level in levels.items():
            level.load(part_of(state, prefix))
        self._moments.load(part_of(state, "goals."))
        self._segments.load(part_of(state, "segments."))

    def _for_worker(self, batch: Batch) -> Batch:
        """What the worker learns from: it sees the goal, before and after as if it stayed, and pays for missing it."""
        assert batch.note is not None  # a feudal policy acts
        config, goal = self._config, batch.note
        before, after = (
            np.concatenate([observed[:, list(self._seen)], goal], axis=1)
            for observed in (batch.observation, batch.next_observation)
        )
        reward = config.task_weight * batch.reward - config.goal_weight * self._missed(batch, goal)
        return replace(
            batch, observation=before, next_observation=after, reward=reward.astype(np.float32), note=None,
            reward_terms=None,
        )  # fmt: skip

    def _missed(self, batch: Batch, goal: NDArray[np.float32]) -> NDArray[np.float32]:
        """By how much each decision missed its goal, a mean over its quantities, shape (n,) [deviations]."""
        reach = self._config.reach
        reached = self._moments.scaling(reach)(batch.next_observation[:, list(self._goals)])
        return np.abs(reached - reach * goal).mean(axis=1)
