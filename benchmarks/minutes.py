"""How far set-ups come in the same processor time: learners with the recipe `demo`, or recipes; one table.

A set-up's minutes are those of two idle cores: its processor time divided by two, so that other work on the machine
costs it nothing but patience. A run that is there already goes on, or is only told of when its time is used up, so
that the command can be stopped and given again. What follows the options goes to `soleus train`.

    python benchmarks/minutes.py --minutes 30 sac td3 ppo
    python benchmarks/minutes.py --minutes 20 ghelfi2018 bliznashki2019/flow
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from soleus.learner.registry import LEARNERS
from soleus.report.plot import read_series
from soleus.run.folder import RunFolder

N_CORE = 2
"""Cores whose time a minute is"""
MARKS = (2, 5, 10, 15, 20, 30)
"""Minutes at which the table tells the measure"""
N_EPISODE = 104
"""Episodes that judge the best policy, on seeds that training does not know"""

logger = logging.getLogger("minutes")


def arguments_of(setup: str) -> list[str]:
    """What `soleus train` is told: a learner's name is the demo with it, and a recipe's may name a variant."""
    if setup in LEARNERS:
        return ["--recipe", "demo", "--learner", setup]
    recipe, _, variant = setup.partition("/")
    return ["--recipe", recipe, *(["--variant", variant] if variant else [])]


def used_min(folder: Path) -> float:
    """Minutes of N_CORE cores that a run has used."""
    records = RunFolder(folder).metrics() if (folder / "metrics.jsonl").exists() else []
    return max((record.get("cpu_s", 0.0) for record in records), default=0.0) / 60 / N_CORE


def train(setup: str, folder: Path, minutes: float, seed: int, options: Sequence[str]) -> None:
    """Train until the minutes are used."""
    if used_min(folder) >= minutes:
        return
    begin = ["--resume", str(folder)]
    if not folder.exists():
        begin = [*arguments_of(setup), "--seed", str(seed), "--out", str(folder), "--steps", "1000000000", *options]
    running = subprocess.Popen(["soleus", "train", *begin], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while running.poll() is None and used_min(folder) < minutes:
        time.sleep(2.0)
    if running.poll() not in (None, 0):
        raise SystemExit(f"training {setup} stopped with exit code {running.returncode}; see {folder}")
    running.terminate()  # as Ctrl-C does: a checkpoint is written
    running.wait()


def judged(folder: Path) -> list[dict[str, float | str]]:
    """The episodes of the best policy on the fast engine."""
    file = folder / "evaluation.json"
    if not file.exists():
        subprocess.run(
            ["soleus", "evaluate", str(folder), "--engine", "fast", "--seeds", str(N_EPISODE)],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    return json.loads(file.read_text())["episodes"]


def row(setup: str, folder: Path, measure: str) -> str:
    """A line of the table, in Markdown."""
    series = read_series(RunFolder(folder))
    used = series["cpu_s"].value / 60 / N_CORE
    evaluated = series[f"evaluate/{measure}"]
    at = np.interp(evaluated.n_env_steps, series["cpu_s"].n_env_steps, used)
    cells = [f"{evaluated.value[at <= mark][-1]:.1f}" if (at <= mark).any() else "" for mark in MARKS]
    episodes = judged(folder)
    mean = np.mean([episode[measure] for episode in episodes])
    falls = sum(episode["end"] != "time" for episode in episodes)
    steps, updates = (series[name].value[-1] for name in ("n_env_steps", "n_updates"))
    cells += [f"{mean:.1f}", f"{falls} of {len(episodes)}", f"{used[-1]:.0f}"]
    cells += [f"{1e-6 * steps:.1f} M", f"{updates:,.0f}"]
    return f"| `{setup}` | {' | '.join(cells)} |"


def parse(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Arguments of the command line; what is not known goes to `soleus train`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("setups", nargs="*", default=list(LEARNERS), help="learners, recipes, RECIPE/VARIANT")
    parser.add_argument("--minutes", type=float, default=30.0, help="of two cores for each")
    parser.add_argument("--measure", choices=("distance", "score"), default="distance")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/minutes"), help="folder of the runs")
    return parser.parse_known_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train each set-up that has time left, and tell of all."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given, options = parse(arguments)
    marks = [f"{mark} min" for mark in MARKS]
    head = ["set-up", *marks, f"best, {given.measure}", "falls", "minutes", "steps", "updates"]
    rows = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for setup in given.setups:
        folder = given.out / f"{setup.replace('/', '-')}-seed{given.seed}"
        train(setup, folder, given.minutes, given.seed, options)
        rows.append(row(setup, folder, given.measure))
        logger.info("%s", rows[-1])
    logger.info("%s", "\n".join(rows))


if __name__ == "__main__":
    main()
