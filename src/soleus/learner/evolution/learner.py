"""An evolutionary learner: members of a generation play whole episodes, and a `Search` goes on from their returns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.base import Learner
from soleus.learner.evolution.config import EvolutionConfig
from soleus.learner.evolution.generation import FIRST_SEEDS, Generation
from soleus.learner.guard import refuse_strange
from soleus.learner.state import check_shapes, part_of, prefixed
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import RunningMoments, Scaling
from soleus.nets.policy import Policy
from soleus.nets.population import PopulationPolicy, flat, unflat
from soleus.sampler.base import Trial
from soleus.sampler.batch import Batch


@final
class EvolutionLearner(Learner):
    """Learns from what whole episodes were paid, once each member of a generation has played.

    Everything random in a generation follows from the seed and its number, and nothing counts before the generation is
    over: one that was interrupted is played again, and comes to the same end.
    """

    def __init__(self, config: EvolutionConfig, n_observation: int, n_action: int, seed: int) -> None:
        """Draws the first policy.

        Args:
            config: how to learn.
            n_observation: length of an observation.
            n_action: length of an action.
            seed: of everything random in here: first weights, members, episodes.
        """
        self._config = config
        self._network = Mlp((n_observation, *config.hidden, n_action), config.activation)
        self._key = np.random.SeedSequence(seed).generate_state(4)
        drawn = self._network.initial(np.random.default_rng(seed), output_scale=0.01)
        drawn[self._network.output_bias][:] = np.arctanh(config.initial_action)
        self._search = config.search(flat(self._network, drawn).astype(np.float64))
        self._moments = RunningMoments(n_observation)
        self._kept: Scaling | None = None
        """That of the policy which it began with: another one would be another policy"""
        self._n_generation = 0
        self._begin()

    @property
    def n_updates(self) -> int:
        """Generations learnt from so far."""
        return self._n_generation

    def request(self, n_world: int, chunk: int) -> Trial:
        del chunk  # an episode is as long as it is
        members, seeds, numbers = self._generation.deal(n_world)
        return Trial(PopulationPolicy(self._network, members, self._scaling), seeds, numbers)

    def receive(self, batch: Batch) -> None:
        if len(batch):
            self._check(batch)
        if batch.episodes:
            self._generation.receive(batch)

    def update(self) -> dict[str, float]:
        if not self._generation.complete:
            return {}
        fitness, before, mean = self._generation.fitness(), self._search.state(), self._search.mean
        metrics = {"fitness_mean": float(fitness.mean()), "fitness_best": float(fitness.max())}
        metrics |= self._search.tell(fitness)
        metrics["step"] = float(np.linalg.norm(self._search.mean - mean))
        for name, value in metrics.items():
            if not math.isfinite(value):
                self._search.load(before)
                raise FloatingPointError(f"{name} became {value} after {self._n_generation} generations")
        if self._kept is None:
            self._generation.tell_observed(self._moments)
        self._n_generation += 1
        self._begin()
        return metrics

    def policy(self) -> DeterministicPolicy:
        """The mean of all members."""
        parameters = unflat(self._network, self._search.mean.astype(np.float32))
        return DeterministicPolicy(self._network, parameters, self._scaling)

    def begin_with(self, policy: Policy) -> None:
        if not isinstance(policy, DeterministicPolicy):
            raise ValueError(
                f"a {type(policy).__name__} is more than a perceptron whose outputs are the actions, and that is what "
                "members are; begin with a policy of td3, ddpg, es or cma_es"
            )
        if policy.network != self._network:
            raise ValueError(
                f"its network is {policy.network.description()}, and this learner's {self._network.description()}; "
                "--learner.hidden and --learner.activation can be given, anything else cannot"
            )
        self._search = self._config.search(flat(self._network, policy.parameters).astype(np.float64))
        self._kept = policy.scaling
        self._begin()

    def state(self) -> dict[str, NDArray]:
        return self._state(self._kept)

    def _state(self, kept: Scaling | None) -> dict[str, NDArray]:
        return {
            **self._search.state(),
            **prefixed("moments.", self._moments.state()),
            **({} if kept is None else prefixed("scaling.", kept._asdict())),
            "key": self._key.copy(),
            "n_generation": np.array(self._n_generation),
        }

    def load(self, state: Mapping[str, NDArray]) -> None:
        kept = part_of(state, "scaling.")
        expected = self._state(self._scaling if kept else None)
        shapes: dict[str, tuple[int, ...] | None] = {name: array.shape for name, array in expected.items()}
        if kept:
            shapes["scaling.limit"] = None  # one number, which is an array of one in a policy that comes from a file
        check_shapes(state, shapes)
        self._kept = Scaling(**kept) if kept else None
        self._search.load(state)
        self._moments.load(part_of(state, "moments."))
        self._key = state["key"].copy()
        self._n_generation = int(state["n_generation"])
        self._begin()

    def _begin(self) -> None:
        """Draw the next generation; all its members see observations by the same scale."""
        generator = np.random.default_rng([*self._key.tolist(), self._n_generation])
        self._scaling = self._moments.scaling(self._config.observation_limit) if self._kept is None else self._kept
        first_seed = int(generator.integers(FIRST_SEEDS))
        members = self._search.ask(generator).astype(np.float32)
        self._generation = Generation(members, first_seed, self._config.episodes, self._search.n_alike)

    def _check(self, batch: Batch) -> None:
        """Refuse what would spoil the search or the normaliser for good."""
        n_observation = self._network.sizes[0]
        if batch.observation.shape != (len(batch), n_observation):
            raise ValueError(
                f"the batch's observation has shape {batch.observation.shape}, this learner needs "
                f"{(len(batch), n_observation)}"
            )
        paid = np.array([episode.paid for episode in batch.episodes])
        refuse_strange("observation", batch.observation)
        refuse_strange("pay of episodes", paid)
        if not batch.episodes:
            raise ValueError("the batch holds no whole episode: this learner needs what its own requests gave")
