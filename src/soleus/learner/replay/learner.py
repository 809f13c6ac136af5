"""A learner from replay: what is kept, and the updates that are due. An `Update` decides which learner it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, final

import jax
import numpy as np

from soleus.learner.base import Learner
from soleus.learner.guard import check_batch, finite_metrics
from soleus.learner.jax_setup import compiled, prepare_jax
from soleus.learner.part.base import Part, check_names
from soleus.learner.replay.average import LastActor, MeanActor
from soleus.learner.replay.config import DECISION_S, ReplayConfig
from soleus.learner.replay.members import build_update
from soleus.learner.replay.reward_scale import build_reward_scale
from soleus.learner.replay.storage import Replay, RowLayout
from soleus.learner.replay.update import Learnt
from soleus.learner.returns import NStepReturns
from soleus.learner.state import (
    OF_PARTS,
    check_shapes,
    from_bytes,
    named_leaves,
    part_of,
    prefixed,
    to_bytes,
    with_leaves,
)
from soleus.nets.baseline import UniformPolicy
from soleus.nets.critics import Critics
from soleus.nets.normalise import Scaling
from soleus.nets.policy import Policy
from soleus.sampler.base import Explore
from soleus.sampler.batch import Batch

ROUNDING = 1e-6
"""Of sums of fractions, in updates"""


@final
class ReplayLearner(Learner):
    """Keeps what it receives, and learns from samples of it."""

    def __init__(
        self,
        config: ReplayConfig,
        n_observation: int,
        n_action: int,
        seed: int,
        parts: Sequence[Part] = (),
        decision_s: float = DECISION_S,
        prefill: Callable[[], Policy] | None = None,
    ) -> None:
        """Builds fresh networks.

        Args:
            config: how to learn.
            n_observation: length of an observation.
            n_action: length of an action.
            seed: of everything random in here: first weights, samples, noise.
            parts: what else takes part in learning, in the order in which it is called.
            decision_s: time for which an action is held [s].
            prefill: makes who acts before updates begin; None draws actions evenly.
        """
        prepare_jax()
        check_names(parts)
        self._config = config
        self._parts = tuple(parts)
        self._generator = np.random.default_rng(seed)
        self._layout = RowLayout(n_observation, n_action, len(config.terms.names))
        self._prefill = prefill or partial(UniformPolicy, n_action)
        self._replay = Replay(config.replay_capacity, self._layout.width, config.sampling())
        self._returns = NStepReturns(config.n_step, config.discount)
        self._normaliser = config.build_normaliser(n_observation)
        self._reward_scale = build_reward_scale(config.reward_scale, config.discount)
        self._n_updates = 0
        self._n_due = 0.0  # updates that transitions so far have asked for and that are not done, with a fraction
        self._average = MeanActor(config.actor_average) if config.actor_average else LastActor()
        self._update = build_update(config, self._layout, self._parts)
        self._exploration = config.ensemble.exploration(config.explore(decision_s))
        state = self._update.initial(self._generator)
        self._learnt = Learnt(state, tuple(part.initial(self._generator) for part in self._parts))
        self._scan = compiled(self._update.scan)  # donates nothing: an interrupt in a call leaves the last state whole

    @property
    def n_updates(self) -> int:
        return self._n_updates

    @property
    def n_transitions(self) -> int:
        """Transitions received so far."""
        return self._replay.n_received

    @property
    def _n_learnable(self) -> int:
        """Transitions after those that are gathered before learning begins."""
        return max(self.n_transitions - self._config.random_transitions, 0)

    def request(self, n_world: int, chunk: int) -> Explore:
        return Explore(self.explorer(), n_world * chunk)

    def receive(self, batch: Batch) -> None:
        if not len(batch):
            return
        check_batch(batch, self._layout.n_observation, self._layout.n_action)
        batch = self._config.terms.chosen(batch)
        observed = batch.observation
        for part in self._parts:
            observed = part.change_observed(observed)
        self._normaliser.receive(observed)
        self._reward_scale.receive(batch)
        seen, bootstrap = self._returns.receive(batch)
        n_learnable = self._n_learnable
        self._replay.receive(self._layout.pack(seen, bootstrap))
        self._n_due += (self._n_learnable - n_learnable) * self._config.updates_per_transition

    def update(self) -> dict[str, float]:
        n_call = int(self._n_due + ROUNDING) // self._config.n_scan
        calls = [self._update_scanned() for _ in range(n_call)]
        if not calls:
            return {}
        self._average.receive(self._learnt_policy, len(calls) * self._config.n_scan, self._n_updates)
        return {name: float(np.mean([call[name] for call in calls])) for name in calls[0]}

    def policy(self) -> Policy:
        return self._equipped(self._average.judged(self._learnt_policy()))

    def explorer(self) -> Policy:
        """The policy that gathers experience: always the present one."""
        return self._equipped(self._learnt_policy())

    def _equipped(self, policy: Policy) -> Policy:
        """An actor as it acts, or who acts before updates begin."""
        if self.n_transitions < self._config.random_transitions:
            return self._prefill()
        policy = self._exploration.equip(policy, self.n_transitions)
        for part, state in zip(self._parts, self._learnt.parts, strict=True):
            policy = part.change_policy(state, policy, self._critics)
        return policy

    def state(self) -> dict[str, np.ndarray]:
        return {
            **prefixed("learnt.", named_leaves(self._learnt.state)),
            **prefixed(OF_PARTS, named_leaves(self._learnt_by_parts)),
            **{f"moments.{name}": value for name, value in self._normaliser.state().items()},
            **{f"replay.{name}": value for name, value in self._replay.state().items()},
            **{f"waiting.{name}": value for name, value in self._returns.state().items()},
            **{f"exploration.{name}": value for name, value in self._exploration.state().items()},
            **{f"rewards.{name}": value for name, value in self._reward_scale.state().items()},
            **{f"average.{name}": value for name, value in self._average.state().items()},
            "generator": to_bytes(self._generator.bit_generator.state),
            "n_updates": np.array(self._n_updates),
            "n_due": np.array(self._n_due),
            "discount": np.array(self._config.discount),
        }

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        check_shapes(state, self.shapes(state))
        self._replay.load(self._rediscounted(part_of(state, "replay."), float(state["discount"])))
        self._returns.load(part_of(state, "waiting."))
        self._normaliser.load(part_of(state, "moments."))
        self._exploration.load(part_of(state, "exploration."))
        self._reward_scale.load(part_of(state, "rewards."))
        self._average.load(part_of(state, "average."))
        parts = with_leaves(self._learnt_by_parts, part_of(state, OF_PARTS))
        self._learnt = Learnt(
            with_leaves(self._learnt.state, part_of(state, "learnt.")), tuple(parts[part.name] for part in self._parts)
        )
        self._generator.bit_generator.state = from_bytes(state["generator"])
        self._n_updates = int(state["n_updates"])
        self._n_due = float(state["n_due"])

    def _rediscounted(self, replay: dict[str, np.ndarray], before: float) -> dict[str, np.ndarray]:
        """A replay's state under the present discount, which a stage may have changed."""
        if before in (0.0, self._config.discount):
            return replay
        rows = replay["rows"].copy()
        self._layout.rediscount(rows, before, self._config.discount)
        return replay | {"rows": rows}

    def shapes(self, state: Mapping[str, np.ndarray]) -> dict[str, tuple[int, ...] | None]:
        """The shape that each array of a state needs, None where any will do."""
        learnt, of_parts = named_leaves(self._learnt.state), named_leaves(self._learnt_by_parts)
        return (
            {f"learnt.{name}": leaf.shape for name, leaf in learnt.items()}
            | {OF_PARTS + name: leaf.shape for name, leaf in of_parts.items()}
            | {f"moments.{name}": value.shape for name, value in self._normaliser.state().items()}
            | {f"exploration.{name}": value.shape for name, value in self._exploration.state().items()}
            | {f"replay.{name}": None for name in self._replay.state()}
            | {f"rewards.{name}": None for name in self._reward_scale.state()}
            | {"generator": None, "n_updates": (), "n_due": (), "discount": ()}
            | {name: None for name in state if name.startswith(("waiting.", "average."))}
        )

    @property
    def _learnt_by_parts(self) -> dict[str, Any]:
        """The state of each part by its name; parts of one name learn nothing."""
        return {part.name: state for part, state in zip(self._parts, self._learnt.parts, strict=True)}

    def _learnt_policy(self) -> Policy:
        """The present policy before it is equipped to explore."""
        return self._update.policy(self._learnt.state, self._scaling())

    def _critics(self) -> Critics:
        return self._update.critics(self._learnt.state, self._scaling())

    def _scaling(self) -> Scaling:
        return self._normaliser.scaling(self._config.observation_limit)

    def _update_scanned(self) -> dict[str, float]:
        """n_scan updates in one compiled call."""
        config = self._config
        shape = config.n_scan, config.batch_size
        sample, place = self._replay.sample(self._generator, shape, self._n_updates)
        self._layout.divide_rewards(sample.rows, self._reward_scale.value)
        key = jax.random.key(self._generator.integers(2**32, dtype=np.uint32))
        learnt, metrics, error = self._scan(self._learnt, sample, self._scaling(), key)
        metrics = finite_metrics(metrics, self._n_updates)
        self._learnt = learnt
        done = range(self._n_updates, self._n_updates + config.n_scan)
        self._n_updates, self._n_due = done.stop, self._n_due - config.n_scan
        self._replay.learn(place, np.asarray(error))
        observation = self._layout.observation(sample.rows[-1])
        self._exploration.adapt(self._learnt_policy, observation, done, self.n_transitions, self._generator)
        return metrics | self._exploration.metrics()
