"""Stable-Baselines3's updates, to be measured beside ours: the same networks and batches, its own replay and losses."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import gymnasium
import numpy as np

from soleus.learner.benchmark import Run, draw_batch
from soleus.learner.ddpg_config import DdpgConfig
from soleus.learner.ppo.benchmark import n_update
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.replay.config import ReplayConfig
from soleus.learner.sac_config import SacConfig
from soleus.learner.td3_config import Td3Config

PEERS = {SacConfig: "SAC", Td3Config: "TD3", DdpgConfig: "DDPG"}
"""Its learners from replay: settings of ours -> its name for the same"""
N_STORED = 1000
"""Transitions in the peer's replay"""


def update_peer(config: ReplayConfig, n_observation: int, n_action: int) -> Run | None:
    """As many of its updates as two compiled calls of ours do.

    None where it is not installed, has no such learner, or has it otherwise: its critics know no layer normalisation.
    """
    if type(config) not in PEERS or config.critic_layer_norm or not find_spec("stable_baselines3"):
        return None
    widths = {"pi": list(config.actor_hidden), "qf": list(config.critic_hidden)}
    spaces = _spaces(n_observation, n_action)
    peer = _build(PEERS[type(config)], spaces, buffer_size=N_STORED, policy_kwargs={"net_arch": widths})
    batch = draw_batch(N_STORED, n_observation, n_action)
    for i in range(len(batch)):
        peer.replay_buffer.add(
            batch.observation[i], batch.next_observation[i], batch.action[i], batch.reward[i], np.zeros(1), [{}]
        )

    def run() -> int:
        peer.train(gradient_steps=2 * config.n_scan, batch_size=config.batch_size)
        return 2 * config.n_scan

    return run


def rollout_peer(config: PpoConfig, n_row: int, n_observation: int, n_action: int) -> Run | None:
    """The epochs of a rollout by its PPO, in minibatches of the same size; None where it is not installed."""
    if not find_spec("stable_baselines3"):
        return None
    torch = import_module("torch")
    spaces = _spaces(n_observation, n_action)
    widths = {"pi": list(config.actor_hidden), "vf": list(config.critic_hidden)}
    sizes = {"n_steps": n_row, "batch_size": n_row // config.n_minibatch, "n_epochs": config.n_epoch}
    # Steps so small that a measurement of any length stays with the same networks, as for ours.
    peer = _build("PPO", spaces, learning_rate=1e-6, policy_kwargs={"net_arch": widths}, **sizes)
    batch = draw_batch(n_row, n_observation, n_action)
    with torch.no_grad():
        _, log_density, _ = peer.policy.evaluate_actions(torch.tensor(batch.observation), torch.tensor(batch.action))
    buffer = peer.rollout_buffer
    buffer.observations[:, 0], buffer.actions[:, 0] = batch.observation, batch.action
    buffer.log_probs[:, 0] = log_density.numpy()
    buffer.advantages[:, 0], buffer.returns[:, 0] = batch.reward, batch.reward
    buffer.full = True

    def run() -> int:
        peer.train()
        return n_update(config)

    return run


def _build(name: str, env: gymnasium.Env, **settings: Any) -> Any:
    """One of its learners, on one thread and silent."""
    import_module("torch").set_num_threads(1)
    peer = getattr(import_module("stable_baselines3"), name)("MlpPolicy", env, device="cpu", **settings)
    logger = import_module("stable_baselines3.common.logger").Logger
    peer.set_logger(logger(folder=None, output_formats=[]))
    return peer


def _spaces(n_observation: int, n_action: int) -> gymnasium.Env:
    """An environment that is never stepped: only its spaces are asked for."""

    class Spaces(gymnasium.Env):
        observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (n_observation,), np.float32)
        action_space = gymnasium.spaces.Box(-1, 1, (n_action,), np.float32)

    return Spaces()
