"""Updates of every learner and several sizes, and Stable-Baselines3 beside them where it is installed.

All take turns in one process on one thread; times are medians of CPU time, with each library's own replay sampling.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from rich.console import Console
from rich.table import Table

from soleus.learner.benchmark import GEMM_SIZE, Run, draw_batch, flop, median_times, product_run, update_run
from soleus.learner.categorical_sac_config import CategoricalSacConfig
from soleus.learner.ddpg_config import DdpgConfig
from soleus.learner.sac_config import SacConfig
from soleus.learner.td3_config import Td3Config

PLAIN = SacConfig(critic_layer_norm=False)
NARROW = {"actor_hidden": (128, 128), "critic_hidden": (128, 128)}
CASES = {
    "sac 2x256, 97/22": (PLAIN, 97, 22),
    "sac 2x256, 97/22, layer norm": (SacConfig(), 97, 22),
    "categorical_sac 2x256, 97/22, layer norm": (CategoricalSacConfig(), 97, 22),
    "td3 2x256, 97/22": (Td3Config(critic_layer_norm=False), 97, 22),
    "td3 2x256, 97/22, layer norm": (Td3Config(), 97, 22),
    "ddpg 2x256, 97/22": (DdpgConfig(critic_layer_norm=False), 97, 22),
    "ddpg 2x256, 97/22, layer norm": (DdpgConfig(), 97, 22),
    "sac 2x256, 41/18": (PLAIN, 41, 18),
    "sac 2x256, 41/18, layer norm": (SacConfig(), 41, 18),
    "sac 2x128, 41/18": (SacConfig(critic_layer_norm=False, **NARROW), 41, 18),
    "sac 2x128, 41/18, layer norm": (SacConfig(**NARROW), 41, 18),
}
"""Learner, hidden layers, observations/actions -> settings and sizes"""
COMPARED = "sac 2x256, 97/22"
PEER = "stable-baselines3 sac 2x256, 97/22"


def stable_baselines_run(config: SacConfig, n_observation: int, n_action: int) -> Run:
    """As many updates of Stable-Baselines3's SAC as two calls of ours do."""
    import gymnasium
    import torch
    from stable_baselines3 import SAC
    from stable_baselines3.common.logger import Logger

    class Spaces(gymnasium.Env):
        """Never stepped: only its spaces are asked for."""

        observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (n_observation,), np.float32)
        action_space = gymnasium.spaces.Box(-1, 1, (n_action,), np.float32)

    torch.set_num_threads(1)
    widths = {"pi": list(config.actor_hidden), "qf": list(config.critic_hidden)}
    peer = SAC("MlpPolicy", Spaces(), buffer_size=10_000, policy_kwargs={"net_arch": widths}, device="cpu")
    peer.set_logger(Logger(folder=None, output_formats=[]))
    batch = draw_batch(1000, n_observation, n_action)
    for i in range(len(batch)):
        peer.replay_buffer.add(
            batch.observation[i], batch.next_observation[i], batch.action[i], batch.reward[i], np.zeros(1), [{}]
        )

    def run() -> int:
        peer.train(gradient_steps=2 * config.n_scan, batch_size=config.batch_size)
        return 2 * config.n_scan

    return run


def main() -> None:
    """Measure, and print one table."""
    cases = dict(CASES)
    runs = {"product": product_run()} | {name: update_run(*case) for name, case in cases.items()}
    if find_spec("stable_baselines3"):
        cases[PEER] = CASES[COMPARED]
        runs[PEER] = stable_baselines_run(*cases[PEER])
    times = median_times(runs)
    flop_per_s = 2 * GEMM_SIZE**3 / times["product"]
    table = Table("learner and networks", "ms", "updates/s", "limit ms", "share of limit")
    for name, case in cases.items():
        limit = flop(*case) / flop_per_s
        table.add_row(
            name, f"{1e3 * times[name]:.2f}", f"{1 / times[name]:.0f}",
            f"{1e3 * limit:.2f}", f"{limit / times[name]:.0%}",
        )  # fmt: skip
    table.title = f"Batch {PLAIN.batch_size}; products run at {1e-9 * flop_per_s:.0f} GFLOP/s"
    if PEER in times:
        table.caption = f"{times[PEER] / times[COMPARED]:.2f} times the updates of Stable-Baselines3"
    else:
        table.caption = "install soleus\\[bench] to see Stable-Baselines3 beside it"
    Console().print(table)


if __name__ == "__main__":
    main()
