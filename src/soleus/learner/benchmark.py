"""How fast a learner updates, beside the products of matrices that no update can do without.

The products that set the limit run in one compiled call, on operands that stay in the cache: the best that the machine
gives. JAX reaches about 60 % of that with a call for each product, a rate that a compiled update can beat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import process_time

import jax
import jax.numpy as jnp
import numpy as np

from soleus.learner.jax_setup import prepare_jax
from soleus.learner.replay.config import ReplayConfig
from soleus.learner.replay.storage import RowLayout
from soleus.sampler.batch import Batch

Run = Callable[[], int]
"""Works for a moment and returns how many units it has done"""

N_ROUND = 9
N_ACT = 200
"""Decisions in a turn"""
GEMM_SIZE = 256
"""Rows and columns of the products that set the limit: the size that the networks have"""


@dataclass(frozen=True)
class UpdateSpeed:
    """What an update cost, in CPU time of this process, so that other work on the machine counts less."""

    update_ms: float
    """Time of an update, its part of the replay's sampling included [ms]"""
    limit_ms: float
    """Time of the matrix products in it, at the speed of 256 x 256 x 256 products in the same run [ms]"""
    peer_ms: float | None = None
    """Time that a peer's update took in the same run [ms]; None where none was measured"""

    @property
    def share_of_limit(self) -> float:
        """1 for an update that does nothing but products."""
        return self.limit_ms / self.update_ms

    @property
    def times_peer(self) -> float | None:
        """Updates for each of the peer's."""
        return None if self.peer_ms is None else self.peer_ms / self.update_ms


def measure_update(config: ReplayConfig, n_observation: int, n_action: int, peer: Run | None = None) -> UpdateSpeed:
    """Measure updates on random transitions, and what to compare them with."""
    return measure(update_run(config, n_observation, n_action), flop(config, n_observation, n_action), peer)


def measure(run: Run, flop: float, peer: Run | None = None) -> UpdateSpeed:
    """Updates, products and the peer take turns, and medians count.

    Args:
        run: does updates.
        flop: floating-point operations in the matrix products of one of them.
        peer: does the same updates in another library.
    """
    times = median_times({"update": run, "product": product_run()} | ({"peer": peer} if peer else {}))
    limit = flop / (2 * GEMM_SIZE**3) * times["product"]
    return UpdateSpeed(1e3 * times["update"], 1e3 * limit, 1e3 * times["peer"] if peer else None)


def measure_acting(config: ReplayConfig, n_observation: int, n_action: int, n_world: int) -> float:
    """Time in which a policy draws an action for each of some worlds, in NumPy [s]."""
    learner = replace(config, random_transitions=0).build(n_observation, n_action, seed=0)
    policy, generator = learner.policy(), np.random.default_rng(0)
    policy.begin(np.arange(n_world))
    observation = generator.standard_normal((n_world, n_observation), dtype=np.float32)

    def run() -> int:
        for _ in range(N_ACT):
            policy.act(observation, generator)
        return N_ACT

    return median_times({"act": run})["act"]


def flop(config: ReplayConfig, n_observation: int, n_action: int) -> float:
    """Floating-point operations in the matrix products of one update.

    A backward pass costs two forward passes. No network learns its own inputs: what the backward pass of a first layer
    would give them is left out.
    """
    update = config.update(RowLayout(n_observation, n_action), ())
    return 2.0 * config.batch_size * update.n_product()


def update_run(config: ReplayConfig, n_observation: int, n_action: int) -> Run:
    """Two compiled calls of updates."""
    config = replace(config, random_transitions=0, updates_per_transition=1.0, replay_capacity=10_000)
    learner = config.build(n_observation, n_action, seed=0)
    batch = draw_batch(2 * config.n_scan, n_observation, n_action)

    def run() -> int:
        before = learner.n_updates
        learner.receive(batch)
        learner.update()
        return learner.n_updates - before

    return run


def product_run(n_product: int = 400) -> Run:
    """Products of square matrices of GEMM_SIZE, by JAX in one compiled call."""
    prepare_jax()
    rows = np.random.default_rng(0).standard_normal((GEMM_SIZE, GEMM_SIZE), dtype=np.float32)
    matrix = jnp.array(np.linalg.qr(rows)[0])  # a rotation: products keep their size

    @jax.jit
    def products(matrix: jax.Array) -> jax.Array:
        return jax.lax.fori_loop(0, n_product, lambda _, result: result @ matrix, matrix)

    def run() -> int:
        products(matrix).block_until_ready()
        return n_product

    return run


def median_times(runs: Mapping[str, Run]) -> dict[str, float]:
    """Median CPU time of one unit of each run, all runs in turns [s]."""
    for run in runs.values():
        run()  # compiles
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(N_ROUND):
        for name, run in runs.items():
            begin = process_time()
            n_unit = run()
            times[name].append((process_time() - begin) / n_unit)
    return {name: float(np.median(values)) for name, values in times.items()}


def draw_batch(n: int, n_observation: int, n_action: int) -> Batch:
    """Random transitions that never end."""
    random = np.random.default_rng(0)
    never = np.zeros(n, dtype=bool)
    return Batch(
        observation=random.standard_normal((n, n_observation), dtype=np.float32),
        action=random.uniform(-1, 1, (n, n_action)).astype(np.float32),
        reward=random.standard_normal(n, dtype=np.float32),
        next_observation=random.standard_normal((n, n_observation), dtype=np.float32),
        terminated=never,
        truncated=never,
        world=np.zeros(n, dtype=np.int64),
    )
