"""Rollouts learnt from, and Stable-Baselines3 beside them where it is installed, at the size of the 2019 challenge.

All take turns in one process on one thread; times are medians of CPU time. Ours holds all that is done with a rollout
once it has come: the normaliser, densities, values, advantages, and the epochs. The peer's holds its epochs alone.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec

import numpy as np
from rich.console import Console
from rich.table import Table

from soleus.learner.benchmark import GEMM_SIZE, Run, draw_batch, median_times, product_run
from soleus.learner.ppo.benchmark import n_update, rollout_flop, rollout_run
from soleus.learner.ppo.config import PpoConfig

N_OBSERVATION, N_ACTION, N_ROW, N_EPOCH = 97, 22, 32_768, 10
WIDTHS = (256, 256)


def config_of(size: int) -> PpoConfig:
    """Our settings for minibatches of a size."""
    return PpoConfig(actor_hidden=WIDTHS, critic_hidden=WIDTHS, n_epoch=N_EPOCH, n_minibatch=N_ROW // size)


def stable_baselines_run(size: int) -> Run:
    """The epochs of a rollout in Stable-Baselines3's PPO, with the same networks and minibatches."""
    import gymnasium
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.logger import Logger

    class Spaces(gymnasium.Env):
        """Never stepped: only its spaces are asked for."""

        observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (N_OBSERVATION,), np.float32)
        action_space = gymnasium.spaces.Box(-1, 1, (N_ACTION,), np.float32)

    torch.set_num_threads(1)
    peer = PPO(
        "MlpPolicy", Spaces(), learning_rate=1e-6, n_steps=N_ROW, batch_size=size, n_epochs=N_EPOCH, device="cpu",
        policy_kwargs={"net_arch": {"pi": list(WIDTHS), "vf": list(WIDTHS)}},
    )  # fmt: skip
    peer.set_logger(Logger(folder=None, output_formats=[]))
    batch = draw_batch(N_ROW, N_OBSERVATION, N_ACTION)
    with torch.no_grad():
        _, log_density, _ = peer.policy.evaluate_actions(torch.tensor(batch.observation), torch.tensor(batch.action))
    buffer = peer.rollout_buffer
    buffer.observations[:, 0], buffer.actions[:, 0] = batch.observation, batch.action
    buffer.log_probs[:, 0] = log_density.numpy()
    buffer.advantages[:, 0], buffer.returns[:, 0] = batch.reward, batch.reward
    buffer.full = True

    def run() -> int:
        peer.train()
        return n_update(config_of(size))

    return run


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[4096, 512], help="rows of a minibatch")
    sizes = parser.parse_args().sizes
    runs = {"product": product_run()} | {
        f"ours {size}": rollout_run(config_of(size), N_ROW, N_OBSERVATION, N_ACTION) for size in sizes
    }
    if find_spec("stable_baselines3"):
        runs |= {f"peer {size}": stable_baselines_run(size) for size in sizes}
    times = median_times(runs)
    flop_per_s = 2 * GEMM_SIZE**3 / times["product"]
    table = Table("minibatch", "s", "limit s", "share of limit", "Stable-Baselines3 s", "ratio")
    for size in sizes:
        config = config_of(size)
        ours = n_update(config) * times[f"ours {size}"]
        peer = n_update(config) * times.get(f"peer {size}", float("nan"))
        limit = rollout_flop(config, N_ROW, N_OBSERVATION, N_ACTION) / flop_per_s
        table.add_row(
            str(size), f"{ours:.2f}", f"{limit:.2f}", f"{limit / ours:.0%}", f"{peer:.2f}", f"{peer / ours:.2f}"
        )
    table.title = f"{N_ROW:,} transitions, {N_EPOCH} epochs, 2 x {WIDTHS[0]}, {N_OBSERVATION} / {N_ACTION}"
    table.caption = f"products run at {1e-9 * flop_per_s:.0f} GFLOP/s"
    Console().print(table)


if __name__ == "__main__":
    main()
