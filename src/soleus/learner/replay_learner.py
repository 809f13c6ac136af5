"""A learner from replay: what is kept, and the updates that are due. An `Update` decides which learner it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import final

import jax
import jax.numpy as jnp
import numpy as np

from soleus.learner.base import Learner
from soleus.learner.jax_setup import prepare_jax
from soleus.learner.part.base import Part
from soleus.learner.replay import Replay, RowLayout
from soleus.learner.replay_config import DECISION_S, ReplayConfig
from soleus.learner.returns import NStepReturns
from soleus.learner.state import check_shapes, from_bytes, named_leaves, part_of, to_bytes
from soleus.nets.baseline import UniformPolicy
from soleus.nets.normalise import RunningMoments
from soleus.nets.policy import Policy
from soleus.sampler.base import Explore
from soleus.sampler.batch import Batch


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
    ) -> None:
        """Builds fresh networks.

        Args:
            config: how to learn.
            n_observation: length of an observation.
            n_action: length of an action.
            seed: of everything random in here: first weights, samples, noise.
            parts: what else takes part in learning, in the order in which it is called.
            decision_s: time for which an action is held [s].
        """
        prepare_jax()
        self._config = config
        self._parts = tuple(parts)
        self._generator = np.random.default_rng(seed)
        self._layout = RowLayout(n_observation, n_action)
        self._replay = Replay(config.replay_capacity, self._layout.width)
        self._returns = NStepReturns(config.n_step, config.discount)
        self._moments = RunningMoments(n_observation)
        self._n_updates = 0
        self._update = config.update(self._layout, self._parts, decision_s)
        self._learnt = self._update.initial(self._generator)
        self._scan = jax.jit(self._update.scan)  # donates nothing: an interrupt in a call leaves the last state whole

    @property
    def n_updates(self) -> int:
        return self._n_updates

    @property
    def n_transitions(self) -> int:
        """Transitions received so far."""
        return self._replay.n_received

    def request(self, n_world: int, chunk: int) -> Explore:
        return Explore(self.policy(), n_world * chunk)

    def receive(self, batch: Batch) -> None:
        if not len(batch):
            return
        self._check(batch)
        observed = batch.observation
        for part in self._parts:
            observed = part.change_observed(observed)
        self._moments.receive(observed)
        seen, bootstrap = self._returns.receive(batch)
        self._replay.receive(self._layout.pack(seen, bootstrap))

    def update(self) -> dict[str, float]:
        learnable = max(self.n_transitions - self._config.random_transitions, 0)
        n_due = int(learnable * self._config.updates_per_transition) - self._n_updates
        calls = [self._update_scanned() for _ in range(n_due // self._config.n_scan)]
        if not calls:
            return {}
        return {name: float(np.mean([call[name] for call in calls])) for name in calls[0]}

    def policy(self) -> Policy:
        if self.n_transitions < self._config.random_transitions:
            return UniformPolicy(self._layout.n_action)
        scaling = self._moments.scaling(self._config.observation_limit)
        return self._update.policy(self._learnt, scaling, self.n_transitions)

    def state(self) -> dict[str, np.ndarray]:
        return {
            **{f"learnt.{name}": np.array(leaf) for name, leaf in named_leaves(self._learnt).items()},
            **{f"moments.{name}": value for name, value in self._moments.state().items()},
            **{f"replay.{name}": value for name, value in self._replay.state().items()},
            **{f"waiting.{name}": value for name, value in self._returns.state().items()},
            "generator": to_bytes(self._generator.bit_generator.state),
            "n_updates": np.array(self._n_updates),
        }

    def load(self, state: Mapping[str, np.ndarray]) -> None:
        learnt = named_leaves(self._learnt)
        check_shapes(
            state,
            {f"learnt.{name}": leaf.shape for name, leaf in learnt.items()}
            | {f"moments.{name}": value.shape for name, value in self._moments.state().items()}
            | {"replay.rows": None, "replay.n_received": (), "generator": None, "n_updates": ()}
            | {name: None for name in state if name.startswith("waiting.")},
        )
        self._replay.load(part_of(state, "replay."))
        self._returns.load(part_of(state, "waiting."))
        self._moments.load(part_of(state, "moments."))
        leaves = [jnp.array(state[f"learnt.{name}"]) for name in learnt]
        self._learnt = jax.tree.unflatten(jax.tree.structure(self._learnt), leaves)
        self._generator.bit_generator.state = from_bytes(state["generator"])
        self._n_updates = int(state["n_updates"])

    def _check(self, batch: Batch) -> None:
        """Refuse what would spoil the replay or the normaliser for good."""
        n = len(batch)
        shapes = {
            "observation": (n, self._layout.n_observation),
            "next_observation": (n, self._layout.n_observation),
            "action": (n, self._layout.n_action),
            "reward": (n,),
            "world": (n,),
        }
        for name, shape in shapes.items():
            values = getattr(batch, name)
            if values.shape != shape:
                raise ValueError(f"the batch's {name} has shape {values.shape}, this learner needs {shape}")
            if not np.isfinite(values).all():
                place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
                raise ValueError(f"the batch's {name} is {values[place]} at {place}: the task must end such an episode")

    def _update_scanned(self) -> dict[str, float]:
        """n_scan updates in one compiled call."""
        config = self._config
        rows = self._replay.sample(self._generator, config.n_scan * config.batch_size)
        rows = rows.reshape(config.n_scan, config.batch_size, self._layout.width)
        key = jax.random.key(self._generator.integers(2**32, dtype=np.uint32))
        scaling = self._moments.scaling(config.observation_limit)
        learnt, metrics = self._scan(self._learnt, rows, scaling, key)
        metrics = {name: float(value) for name, value in metrics.items()}
        for name, value in metrics.items():
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"{name} became {value} after {self._n_updates} updates: resume from the last checkpoint with "
                    "smaller learning rates or smaller rewards"
                )
        self._learnt = learnt
        self._n_updates += config.n_scan
        return metrics
