"""How soon the recipe `sprinter` runs how far, over several seeds; a minute is two of processor time.

    python benchmarks/sprint.py --minutes 10 --seeds 0 1 2 3 4
    python benchmarks/sprint.py --variant final --minutes 60 --seeds 0

A run that is there already goes on, or is only told of when its time is used up. What follows goes to `soleus train`.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from minutes import N_CORE, train
from numpy.typing import NDArray

from soleus.report.plot import read_series
from soleus.run.folder import RunFolder
from soleus.task.run2017 import Run2017Config

MARKS = (10, 20, 30, 34, 40)
"""Distances whose first time the table tells [m]"""
N_EPISODE = 208
"""Episodes that judge the best policy, on seeds that training does not know"""
N_BOOTSTRAP = 10_000

logger = logging.getLogger("sprint")


def curve(folder: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Minutes of each evaluation, and its mean distance, falls included [m]."""
    series = read_series(RunFolder(folder))
    evaluated = series["evaluate/distance"]
    used = series["cpu_s"].value / 60 / N_CORE
    return np.interp(evaluated.n_env_steps, series["cpu_s"].n_env_steps, used), evaluated.value


def first_time(minutes: NDArray[np.float64], distance: NDArray[np.float64], mark: float) -> float:
    """When an evaluation first came to a mark [min]; infinite if none did."""
    reached = distance >= mark
    return float(minutes[reached][0]) if reached.any() else float("inf")


def best_until(minutes: NDArray[np.float64], distance: NDArray[np.float64], end: float) -> float:
    """The best evaluation until then [m]."""
    return float(distance[minutes <= end].max(initial=0.0))


def iqm(values: NDArray[np.float64]) -> float:
    """Mean of the middle half (Agarwal 2021, arXiv 2108.13264); of up to four values that is the plain mean without the
    extremes.
    """
    cut = int(np.floor(0.25 * len(values)))
    return float(np.sort(values)[cut : len(values) - cut].mean())


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """95 % of the IQM under resampling of seeds."""
    random = np.random.default_rng(0)
    drawn = random.choice(values, (N_BOOTSTRAP, len(values)))
    low, high = np.percentile([iqm(row) for row in drawn], [2.5, 97.5])
    return float(low), float(high)


def judged(folder: Path) -> tuple[float, float, int]:
    """Mean distance of the best policy with its deviation, falls included [m], and falls."""
    file = folder / "evaluation.json"
    if not file.exists():
        rules = [f"--task.{name}={value}" for name, value in rules_of(folder).items()]
        subprocess.run(
            ["soleus", "evaluate", str(folder), "--engine", "fast", "--seeds", str(N_EPISODE), *rules],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    episodes = json.loads(file.read_text())["episodes"]
    distance = np.array([episode["distance"] for episode in episodes])
    return float(distance.mean()), float(distance.std()), sum(episode["end"] != "time" for episode in episodes)


def rules_of(folder: Path) -> dict[str, object]:
    """The rules of a run at its last stage, where they are not as graded."""
    stage = int(RunFolder(folder).metrics()[-1].get("stage", 0))
    rules, graded = vars(RunFolder(folder).config.at_stage(stage).task), vars(Run2017Config())
    return {name.replace("_", "-"): value for name, value in rules.items() if value != graded[name]}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train each seed that has time left, and tell of all."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", default="")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--out", type=Path, default=Path("runs/sprint"), help="folder of the runs")
    given, options = parser.parse_known_args(arguments)
    setup = f"sprinter/{given.variant}" if given.variant else "sprinter"
    times = [f"to {mark} m" for mark in MARKS]
    head = ["seed", *times, f"best in {given.minutes:g} min", f"mean of {N_EPISODE}", "sd", "falls", "steps"]
    rows, best = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)], []
    for seed in given.seeds:
        folder = given.out / f"{setup.replace('/', '-')}-seed{seed}"
        train(setup, folder, given.minutes, seed, options)
        minutes, distance = curve(folder)
        reached = [first_time(minutes, distance, mark) for mark in MARKS]
        best.append(best_until(minutes, distance, given.minutes))
        mean, deviation, falls = judged(folder)
        steps = RunFolder(folder).metrics()[-1]["n_env_steps"]
        cells = [f"{time:.1f} min" if np.isfinite(time) else "" for time in reached]
        cells += [f"{best[-1]:.1f}", f"{mean:.2f}", f"{deviation:.2f}", str(falls), f"{1e-6 * steps:.1f} M"]
        rows.append(f"| {seed} | {' | '.join(cells)} |")
        logger.info("%s", rows[-1])
    low, high = interval(np.array(best))
    logger.info("%s\n\nIQM %.1f m, 95 %% of it in %.1f to %.1f m", "\n".join(rows), iqm(np.array(best)), low, high)


if __name__ == "__main__":
    main()
