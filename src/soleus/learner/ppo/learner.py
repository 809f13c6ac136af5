"""Proximal policy optimisation as a learner: a rollout is gathered, judged, learnt from, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import final

import jax
import numpy as np
from numpy.typing import NDArray

from soleus.learner.base import Learner
from soleus.learner.guard import check_batch, finite_metrics
from soleus.learner.jax_setup import compiled, prepare_jax
from soleus.learner.part.base import Part, check_learns_nothing
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.ppo.update import Rollout, build_ppo_update
from soleus.learner.returns import generalised_advantage
from soleus.learner.state import check_shapes, from_bytes, named_leaves, part_of, to_bytes, with_leaves
from soleus.nets.actor import ActorPolicy
from soleus.nets.moments import divided
from soleus.nets.normalise import RunningMoments, Scaling
from soleus.sampler.base import Explore
from soleus.sampler.batch import Batch


@final
class PpoLearner(Learner):
    """Learns from what its present policy did, once all of it has come."""

    def __init__(
        self, config: PpoConfig, n_observation: int, n_action: int, seed: int, parts: Sequence[Part] = ()
    ) -> None:
        """Builds fresh networks.

        Args:
            config: how to learn.
            n_observation: length of an observation.
            n_action: length of an action.
            seed: of everything random in here: first weights, the order of minibatches.
            parts: what else takes part in learning, in the order in which it is called.
        """
        prepare_jax()
        check_learns_nothing(parts, "ppo")
        self._config = config
        self._n_observation, self._n_action = n_observation, n_action
        self._parts = tuple(parts)
        self._generator = np.random.default_rng(seed)
        self._moments = config.build_normaliser(n_observation)
        self._returns = RunningMoments(1)
        self._waiting: list[Batch] = []
        self._n_awaited = 0
        self._n_updates = 0
        self._update = build_ppo_update(config, n_observation, n_action, self._parts)
        self._learnt = self._update.initial(self._generator)
        self._values = compiled(self._update.values)
        self._scan = compiled(self._update.scan)  # donates nothing: an interrupt in a call leaves the last state whole

    @property
    def n_updates(self) -> int:
        return self._n_updates

    def request(self, n_world: int, chunk: int) -> Explore:
        del chunk  # values and advantages need rollouts of their own length
        n_decision = max(self._config.n_decision, -(-self._config.n_transition // n_world))
        self._n_awaited += n_decision * n_world
        return Explore(self.policy(), n_decision * n_world)

    def receive(self, batch: Batch) -> None:
        if not len(batch):
            return
        check_batch(batch, self._n_observation, self._n_action)
        observed = batch.observation
        for part in self._parts:
            observed = part.change_observed(observed)
        self._moments.receive(observed)
        self._waiting.append(batch)
        self._n_awaited -= len(batch)

    def update(self) -> dict[str, float]:
        if self._n_awaited > 0 or not self._waiting:
            return {}
        scaling = self._moments.scaling(self._config.observation_limit)
        rollout, returns, told = self._judged(_joined(self._waiting), scaling)
        for part in self._parts:
            rollout = part.change_rollout(rollout)
        order = self._order(len(rollout.advantage))
        key = jax.random.key(self._generator.integers(2**32, dtype=np.uint32))
        learnt, metrics = self._scan(self._learnt, rollout, order, scaling, key)
        metrics = finite_metrics(metrics, self._n_updates)
        self._learnt, self._returns = learnt, returns
        self._n_updates += len(order)
        self._waiting, self._n_awaited = [], 0
        return metrics | told

    def policy(self) -> ActorPolicy:
        return self._update.policy(self._learnt, self._moments.scaling(self._config.observation_limit))

    def state(self) -> dict[str, np.ndarray]:
        waiting = _joined(self._waiting).columns() if self._waiting else {}
        return {
            **{f"learnt.{name}": np.array(leaf) for name, leaf in named_leaves(self._learnt).items()},
            **{f"moments.{name}": value for name, value in self._moments.state().items()},
            **{f"returns.{name}": value for name, value in self._returns.state().items()},
            **{f"waiting.{name}": value for name, value in waiting.items()},
            "generator": to_bytes(self._generator.bit_generator.state),
            "n_updates": np.array(self._n_updates),
        }

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        expected = {name: value.shape for name, value in self.state().items() if not name.startswith("waiting.")}
        waiting = {name: None for name in state if name.startswith("waiting.")}
        check_shapes(state, expected | {"generator": None} | waiting)
        self._learnt = with_leaves(self._learnt, part_of(state, "learnt."))
        self._moments.load(part_of(state, "moments."))
        self._returns.load(part_of(state, "returns."))
        # What was on its way is lost, and is asked for again: it comes from the same policy.
        self._waiting = [Batch.of_columns(part_of(state, "waiting."))] if waiting else []
        self._n_awaited = 0
        self._generator.bit_generator.state = from_bytes(state["generator"])
        self._n_updates = int(state["n_updates"])

    def _judged(self, batch: Batch, scaling: Scaling) -> tuple[Rollout, RunningMoments, dict[str, float]]:
        """The rollout with all that can be said of it before learning, the returns known by then, and metrics.

        The normaliser has taken the rollout in already: values and old densities are those of the present networks
        under the new scaling, as all that learning compares with them. What the scaling's change did to the policy is
        in no ratio. It is small after the first rollout, and in that one actions hardly depend on what is observed.
        """
        values = self._values(self._learnt, batch.observation, batch.next_observation, scaling)
        value, next_value = map(np.asarray, values)
        # The critic learns in units of the returns so far, whatever the task pays in.
        mean, deviation = self._returns.mean[0], np.sqrt(self._returns.variance[0])
        value, next_value = mean + deviation * value, mean + deviation * next_value
        advantage = generalised_advantage(batch, value, next_value, self._config.discount, self._config.trace_decay)
        target = value + advantage
        returns = deepcopy(self._returns)
        returns.receive(target[:, None])
        rollout = Rollout(
            observation=batch.observation,
            action=batch.action,
            advantage=((advantage - advantage.mean()) / (advantage.std() + 1e-8)).astype(np.float32),
            value_target=divided(target - returns.mean, returns.deviation).astype(np.float32),
        )
        told = {
            "value": float(value.mean()),
            "explained_variance": 1 - float(advantage.var() / max(target.var(), 1e-12)),
        }
        return rollout, returns, told

    def _order(self, n: int) -> NDArray[np.int32]:
        """Rows of each minibatch, epoch after epoch: all rows in a new order, but for a rest too small for each."""
        n_minibatch = min(self._config.n_minibatch, n)
        size = n // n_minibatch
        epochs = [self._generator.permutation(n)[: n_minibatch * size] for _ in range(self._config.n_epoch)]
        return np.concatenate(epochs, dtype=np.int32, casting="same_kind").reshape(-1, size)


def _joined(batches: Sequence[Batch]) -> Batch:
    """One batch of the transitions of all."""
    columns = [batch.columns() for batch in batches]
    return Batch.of_columns({name: np.concatenate([each[name] for each in columns]) for name in columns[0]})
