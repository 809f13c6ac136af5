"""The policy that looks before it leaps: it draws some actions, predicts what they lead to, and takes the best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.actor import ActorPolicy
from soleus.nets.critics import Critics, critics_from
from soleus.nets.moments import Moments
from soleus.nets.policy import Policy
from soleus.nets.predictor import Predictor, predictor_from
from soleus.nets.signature import UNKNOWN, Signature
from soleus.nets.whitening import Statistics

PLAY_SEED = 0
"""Of the draws while no noise is asked for: the same at every decision and in every world, so that nothing is random"""
N_ROW = 512
"""Actions that are followed at once: what the members say of so many stays in a core's cache"""


@dataclass(frozen=True)
class Plan:
    """How far a policy looks, and at how much."""

    n_sample: int
    """Actions that it chooses among"""
    n_step: int
    """Decisions that it predicts"""
    penalty: float
    """What a deviation between the members' returns costs, in returns"""
    discount: float
    """Weight of the next decision's value"""
    when: Literal["always", "exploring", "playing"] = "always"
    """Where it looks at all; otherwise it does as the actor does"""


@final
@dataclass(frozen=True)
class PlanningPolicy(Policy):
    """Takes the action whose predicted return is highest, among some that the actor draws.

    Each member of the predictor follows its own prediction for n steps, in which the actor does what it is surest of:

        G_k = sum over t < n of discount^t l_k,t r_k,t  +  discount^n l_k,n min_i Q_i(s_k,n, a_k,n)

    where l is the chance that the episode goes on, the product of (1 - end). The score is mean_k G_k - penalty x std_k
    G_k. Values are LOOP's addition (Sikchi 2021, arXiv 2008.10066) to Bliznashki's choice; without critics there are
    none.
    """

    kind: ClassVar[str] = "planning"

    actor: ActorPolicy
    predictor: Predictor
    parameters: Mapping[str, NDArray[np.float32]]
    """The predictor's numbers"""
    statistics: Statistics
    """Of what the predictor has learnt from; they do not move while the policy acts"""
    plan: Plan
    critics: Critics | None = None
    """What the last predicted state is worth; None counts predicted rewards alone"""

    def __post_init__(self) -> None:
        for what in ("n_observation", "n_action"):
            own, its = getattr(self.actor, what), getattr(self.predictor, what)
            if own != its:
                raise ValueError(f"the actor's {what} is {own} and the predictor's {its}; both are of one task")

    @property
    def n_observation(self) -> int:
        """Length of an observation."""
        return self.actor.n_observation

    @property
    def n_action(self) -> int:
        """Length of an action."""
        return self.actor.n_action

    def begin(self, worlds: NDArray[np.integer]) -> None:
        self.actor.begin(worlds)

    def follow(self, before: Policy) -> None:
        self.actor.follow(before.actor if isinstance(before, PlanningPolicy) else before)

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        if self.plan.when == ("exploring" if generator is None else "playing"):
            return self.actor.act(observation, generator)
        candidates = self._candidates(observation, generator)
        n_sample, n_world, n_action = candidates.shape
        tiled, action = np.tile(observation.astype(np.float32), (n_sample, 1)), candidates.reshape(-1, n_action)
        blocks = (slice(first, first + N_ROW) for first in range(0, len(action), N_ROW))
        score = np.concatenate([self.score(tiled[rows], action[rows]) for rows in blocks]).reshape(n_sample, n_world)
        return candidates[score.argmax(axis=0), np.arange(n_world)]

    def score(self, observation: NDArray[np.float32], action: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is expected of actions, shape (n, n_action), in raw observations, shape (n, n_observation)."""
        plan, factor = self.plan, 1.0
        returns = np.zeros((self.predictor.n_member, len(action)), np.float32)
        alive = np.ones_like(returns)
        for step in range(plan.n_step):
            predicted = self.predictor(self.parameters, self.statistics, observation, action)
            returns += factor * alive * predicted.reward
            alive *= 1 - predicted.end
            factor *= plan.discount
            observation = predicted.observation
            if step + 1 < plan.n_step or self.critics is not None:
                action = self.actor.act(observation.reshape(-1, self.n_observation), None)
                action = action.reshape(*observation.shape[:-1], self.n_action)
        if self.critics is not None:
            returns += factor * alive * self.critics(observation, action)
        return returns.mean(axis=0) - plan.penalty * returns.std(axis=0)

    def save(self, path: Path, signature: Signature = UNKNOWN) -> None:
        """Write the policy, and what it was made for, to a file that `load_policy` reads."""
        arrays = {f"predictor.{name}": array for name, array in self.parameters.items()}
        for name, moments in self.statistics._asdict().items():
            arrays |= {f"statistics.{name}.{of}": np.asarray(value) for of, value in moments._asdict().items()}
        settings: dict[str, Any] = {"predictor": self.predictor.description(), "plan": asdict(self.plan)}
        if self.critics is not None:
            arrays |= self.critics.arrays()
            settings["critics"] = self.critics.description()
        self.actor.save_as(path, self.kind, signature, settings, arrays)

    @classmethod
    def from_file(cls, arrays: Mapping[str, NDArray], description: Mapping[str, Any]) -> PlanningPolicy:
        """The policy that `save` wrote, from what its file holds."""
        actor = ActorPolicy.from_file(arrays, description)
        told = description.get("critics")
        statistics = Statistics(
            *(Moments(*(arrays[f"statistics.{name}.{of}"] for of in Moments._fields)) for name in Statistics._fields)
        )
        start = "predictor."
        return cls(
            actor,
            predictor_from(description["predictor"]),
            {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)},
            statistics,
            Plan(**description["plan"]),
            None if told is None else critics_from(told, arrays, actor.scaling),
        )

    def _candidates(
        self, observation: NDArray[np.floating], generator: np.random.Generator | None
    ) -> NDArray[np.float32]:
        """Actions to choose among, shape (n_sample, n_world, n_action); without noise the surest one is the first."""
        n_sample, n_world = self.plan.n_sample, len(observation)
        shape = n_sample, n_world, self.n_action
        if generator is None:
            noise = np.random.default_rng(PLAY_SEED).standard_normal((n_sample, 1, self.n_action), dtype=np.float32)
            noise = np.broadcast_to(noise, shape)
        else:
            noise = generator.standard_normal(shape, dtype=np.float32)
        distribution = self.actor.distribution(np.tile(observation, (n_sample, 1)))
        candidates = distribution.action(noise.reshape(-1, self.n_action)).reshape(shape)
        if generator is None:
            candidates[0] = self.actor.act(observation, None)
        return candidates
