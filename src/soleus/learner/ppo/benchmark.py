"""How fast a rollout is learnt from, beside the products of matrices that this cannot do without.

The limit is that of `benchmark.py`. What is done once for a rollout is part of the time: the normaliser, densities,
values and advantages.
"""

from __future__ import annotations

from dataclasses import replace

from soleus.learner.benchmark import Run, UpdateSpeed, draw_batch, measure
from soleus.learner.network import n_forward, n_learning
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.ppo.update import build_ppo_update


def measure_rollout(
    config: PpoConfig, n_row: int, n_observation: int, n_action: int, peer: Run | None = None
) -> UpdateSpeed:
    """Measure rollouts of random transitions, a minibatch's part of their time."""
    flop = rollout_flop(config, n_row, n_observation, n_action) / n_update(config)
    return measure(rollout_run(config, n_row, n_observation, n_action), flop, peer)


def n_update(config: PpoConfig) -> int:
    """Updates for each rollout."""
    return config.n_epoch * config.n_minibatch


def rollout_flop(config: PpoConfig, n_row: int, n_observation: int, n_action: int) -> float:
    """Floating-point operations in the matrix products for a rollout of n_row transitions."""
    update = build_ppo_update(config, n_observation, n_action, ())
    look = n_forward(update.drawing.form) + 2 * n_forward(update.critic)  # old densities, values before and after
    learn = n_learning(update.drawing.form) + n_learning(update.critic)
    n_used = config.n_minibatch * (n_row // config.n_minibatch)
    return 2.0 * (n_row * look + config.n_epoch * n_used * learn)


def rollout_run(config: PpoConfig, n_row: int, n_observation: int, n_action: int) -> Run:
    """One rollout, received and learnt from."""
    # Steps so small that a measurement of any length stays with the same networks.
    config = replace(config, actor_learning_rate=1e-6, critic_learning_rate=1e-6)
    learner = config.build(n_observation, n_action, seed=0)
    batch = draw_batch(n_row, n_observation, n_action)

    def run() -> int:
        learner.receive(batch)
        learner.update()
        return n_update(config)

    return run
