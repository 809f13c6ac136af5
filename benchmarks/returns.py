"""Returns of our learners on tasks of Gymnasium, and those of Stable-Baselines3 beside them, with the same seeds.

A row for each training goes to the end of a file; trainings that the file has already are left out, so that the command
can be stopped and given again. A learner from replay gets the same networks, batches, rates and steps in both
libraries; PPO has each library's own defaults.

    python benchmarks/returns.py --task HalfCheetah-v5 --steps 100000 --learners sac td3 ddpg --peer
    python benchmarks/returns.py --table
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

N_EPISODE = 20
"""Episodes without noise that judge what was learnt"""
FIRST_SEED = 10_000
"""Of these episodes, for both libraries"""
OURS, PEER = "soleus", "stable-baselines3"

logger = logging.getLogger("returns")


@dataclass(frozen=True)
class Training:
    """One training, and where its row belongs."""

    library: str
    learner: str
    task: str
    steps: int
    seed: int
    settings: str = ""
    """What was changed from the defaults, as JSON"""
    worlds: int = 0
    """Worlds at the same time; 0 for our default"""


def train_ours(training: Training) -> Callable[[np.ndarray], np.ndarray]:
    """Observation -> action in the task's range, after training as `soleus train` does."""
    from soleus.nets.registry import load_policy
    from soleus.run.config import SamplerConfig
    from soleus.run.loop import start_run
    from soleus.run.recipe import plain, with_learner

    config = with_learner(plain(training.task), training.learner)
    given: dict[str, Any] = json.loads(training.settings or "{}")
    settings = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    config = replace(
        config,
        learner=replace(config.learner, **settings),
        sampler=SamplerConfig(worlds=training.worlds),
        steps=training.steps,
        seed=training.seed,
        evaluate_s=0.0,
        checkpoint_s=1e6,
    )
    with tempfile.TemporaryDirectory() as folder:
        policy = load_policy(start_run(config, Path(folder) / "run").policy_file)
    space: Any = gymnasium.make(training.task).action_space
    middle, half = (space.high + space.low) / 2, (space.high - space.low) / 2
    return lambda observation: middle + half * policy.act(observation[None].astype(np.float32), None)[0]


def train_peer(training: Training) -> Callable[[np.ndarray], np.ndarray]:
    """The same with Stable-Baselines3, its settings those of our defaults for the task."""
    import stable_baselines3
    import torch
    from stable_baselines3.common.noise import NormalActionNoise

    from soleus.learner.registry import switched
    from soleus.run.recipe import plain

    torch.set_num_threads(1)
    env = gymnasium.make(training.task)
    if training.learner == "ppo":
        model = stable_baselines3.PPO("MlpPolicy", env, seed=training.seed, device="cpu")
    else:
        ours: Any = switched(plain(training.task).learner, training.learner)
        settings = {
            "learning_rate": ours.actor_learning_rate,
            "batch_size": ours.batch_size,
            "tau": ours.tau,
            "gamma": ours.discount,
            "learning_starts": ours.random_transitions,
            "buffer_size": training.steps,
            "policy_kwargs": {"net_arch": {"pi": list(ours.actor_hidden), "qf": list(ours.critic_hidden)}},
        }
        if training.learner != "sac":
            n_action = env.action_space.shape[0]
            std = np.full(n_action, ours.exploration.std)
            settings |= {"action_noise": NormalActionNoise(np.zeros(n_action), std), "train_freq": 1}
        model = getattr(stable_baselines3, training.learner.upper())(
            "MlpPolicy", env, seed=training.seed, device="cpu", **settings
        )
    model.learn(training.steps)
    return lambda observation: model.predict(observation, deterministic=True)[0]


def judged(task: str, act: Callable[[np.ndarray], np.ndarray]) -> list[float]:
    """The return of each episode without noise."""
    env = gymnasium.make(task)
    returns = []
    for seed in range(FIRST_SEED, FIRST_SEED + N_EPISODE):
        observation, _ = env.reset(seed=seed)
        total, ended = 0.0, False
        while not ended:
            observation, reward, terminated, truncated, _ = env.step(act(observation))
            total += float(reward)
            ended = terminated or truncated
        returns.append(total)
    return returns


def row_of(training: Training) -> dict[str, Any]:
    """Train, judge, and tell what it took."""
    begin, begin_cpu = time.monotonic(), time.process_time()
    act = (train_ours if training.library == OURS else train_peer)(training)
    wall_s, cpu_s = time.monotonic() - begin, time.process_time() - begin_cpu
    returns = judged(training.task, act)
    measured = {"mean": round(float(np.mean(returns)), 1), "std": round(float(np.std(returns)), 1)}
    return vars(training) | measured | {"wall_s": round(wall_s), "cpu_s": round(cpu_s)}


def rows_of(file: Path) -> list[dict[str, Any]]:
    """What a file of results holds."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def done(file: Path) -> set[Training]:
    """The trainings that a file has already."""
    names = [field.name for field in fields(Training)]
    return {Training(**{name: row[name] for name in names if name in row}) for row in rows_of(file)}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """All rows in Markdown, a line for the seeds of a learner."""
    lines = ["| task, steps | learner | library | return of each seed | mean | CPU minutes each |", "|" + " --- |" * 6]
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (row["task"], row["steps"], row["learner"], row["library"], row["seed"])):
        what = f"`{row['task']}`, {row['steps']:,}", f"`{row['learner']}` {row['settings']}".strip(), row["library"]
        groups.setdefault(what, []).append(row)
    for what, same in groups.items():
        each = ", ".join(f"{row['mean']:,.0f}" for row in same)
        mean, minutes = np.mean([row["mean"] for row in same]), np.mean([row["cpu_s"] for row in same]) / 60
        lines.append(f"| {' | '.join(what)} | {each} | {mean:,.0f} | {minutes:.1f} |")
    return "\n".join(lines)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="HalfCheetah-v5")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--learners", nargs="+", default=["sac", "td3", "ddpg"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--peer", action="store_true", help="Stable-Baselines3 too, where it has the learner")
    parser.add_argument("--only-peer", action="store_true", help="Stable-Baselines3 alone")
    parser.add_argument("--settings", default="", help='settings of our learner as JSON: {"batch_size": 128}')
    parser.add_argument(
        "--worlds", type=int, default=0, help="worlds of our learner at the same time; 0 for the default"
    )
    parser.add_argument("--jobs", type=int, default=1, help="trainings at the same time, on a core each")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/returns.jsonl"), help="file of results")
    parser.add_argument("--table", action="store_true", help="only tell what the file has, in Markdown")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, one row after the other."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PJRT_NPROC"):
        os.environ[name] = "1"
    given = parse(arguments)
    if given.table:
        logger.info("%s", table(rows_of(given.out)))
        return
    peers = [name for name in given.learners if name in ("sac", "td3", "ddpg", "ppo")]
    ours = given.settings, given.worlds
    wanted = [
        Training(library, learner, given.task, given.steps, seed, *(ours if library == OURS else ()))
        for seed in given.seeds
        for library, learners in ((OURS, given.learners), (PEER, peers))
        for learner in learners
        if (not given.only_peer if library == OURS else given.peer or given.only_peer)
    ]
    missing = [training for training in wanted if training not in done(given.out)]
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for row in pool.map(row_of, missing):
            with given.out.open("a") as file:
                file.write(json.dumps(row) + "\n")
            logger.info("%s", row)


if __name__ == "__main__":
    main()
