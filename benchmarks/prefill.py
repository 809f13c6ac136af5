"""What the policies that can fill a replay make a body do: how far its knees move, whether actions go on, and falls.

For other gains: `python benchmarks/prefill.py prosthetics2018 --kappa 1000 20 2`.
"""

from __future__ import annotations

import argparse

import gymnasium
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import soleus  # noqa: F401  which registers the tasks
from soleus.learner.prefill import PrefillConfig
from soleus.nets.dep import Dep
from soleus.task.base import CONTROL_STEP
from soleus.task.env import VectorEnv

N_WORLD, N_DECISION, HOLD = 32, 150, 4


def lived(task: str, prefill: PrefillConfig) -> tuple[NDArray, NDArray, float]:
    """Knees' angles [rad] and actions in [-1, 1], shape (n_decision, n_world, n), and decisions between falls."""
    env = gymnasium.make_vec(f"soleus/{task.capitalize()}-v0", num_envs=N_WORLD, hold=HOLD, autoreset_mode="SameStep")
    inner = env.unwrapped
    assert isinstance(inner, VectorEnv)
    names, space = inner.task.observation.names, env.action_space
    knees = [place for place, name in enumerate(names) if name.startswith("knee") and " " not in name]
    policy = prefill.build(names, inner.task.action.names)()
    low, high = space.low, space.high  # pyright: ignore[reportAttributeAccessIssue]
    generator, n_end = np.random.default_rng(0), 0
    angles, actions = [], []
    observation, _ = env.reset(seed=0)
    for _ in range(N_DECISION):
        action = policy.act(observation, generator)
        observation, _, terminated, truncated, _ = env.step(low + (action + 1) / 2 * (high - low))
        ended = terminated | truncated
        policy.begin(np.flatnonzero(ended))
        n_end += int(ended.sum())
        angles.append(observation[:, knees])
        actions.append(action)
    env.close()
    return np.array(angles), np.array(actions), N_DECISION * N_WORLD / max(n_end, 1)


def in_time(actions: NDArray) -> float:
    """Mean correlation of an action with the one before, over muscles and worlds that move."""
    of_each = actions.reshape(len(actions), -1).T
    moving = of_each[of_each.std(axis=1) > 0]
    return float(np.mean([np.corrcoef(one[:-1], one[1:])[0, 1] for one in moving]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", nargs="?", default="walk2019", choices=["walk2019", "prosthetics2018"])
    parser.add_argument("--kappa", type=float, nargs="+", default=[Dep().kappa], help="gains of dep")
    asked = parser.parse_args()
    kinds = {"uniform": PrefillConfig()} | {f"dep {k:g}": PrefillConfig("dep", Dep(kappa=k)) for k in asked.kappa}
    decision_ms = 1e3 * HOLD * CONTROL_STEP
    table = Table(title=f"{asked.task}: {N_DECISION} decisions of {decision_ms:g} ms in {N_WORLD} worlds")
    for column in ("prefill", "knee, deviation [rad]", "action and the one before", "decisions between falls"):
        table.add_column(column)
    for name, prefill in kinds.items():
        angles, actions, between = lived(asked.task, prefill)
        table.add_row(name, f"{angles.std(axis=(0, 1)).mean():.2f}", f"{in_time(actions):.2f}", f"{between:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
