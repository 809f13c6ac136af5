"""How far each learner runs: the recipe `demo` on the fast engine, the same processor time for each, one table.

A learner's minutes are those of two idle cores: its processor time divided by two, so that other work on the machine
costs it nothing but patience. A run that is there already goes on, or is only told of when its time is used up, so
that the command can be stopped and given again.

    python benchmarks/run2017.py --minutes 30 --out runs/learners
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
"""Minutes at which the table tells the distance"""
N_EPISODE = 104
"""Episodes that judge the best policy, on seeds that training does not know"""

logger = logging.getLogger("run2017")


def used_min(folder: Path) -> float:
    """Minutes of N_CORE cores that a run has used."""
    records = RunFolder(folder).metrics() if (folder / "metrics.jsonl").exists() else []
    return max((record.get("cpu_s", 0.0) for record in records), default=0.0) / 60 / N_CORE


def train(learner: str, folder: Path, minutes: float, seed: int, options: Sequence[str]) -> None:
    """Train until the minutes are used."""
    if used_min(folder) >= minutes:
        return
    begin = ["--resume", str(folder)]
    if not folder.exists():
        begin = ["run2017", "--recipe", "demo", "--learner", learner, "--seed", str(seed), "--out", str(folder)]
        begin += ["--steps", "1000000000", *options]
    running = subprocess.Popen(["soleus", "train", *begin], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while running.poll() is None and used_min(folder) < minutes:
        time.sleep(2.0)
    if running.poll() not in (None, 0):
        raise SystemExit(f"training {learner} stopped with exit code {running.returncode}; see {folder}")
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


def row(learner: str, folder: Path, minutes: float) -> str:
    """A line of the table, in Markdown."""
    series = read_series(RunFolder(folder))
    used = series["cpu_s"].value / 60 / N_CORE
    evaluated = series["evaluate/distance"]
    at = np.interp(evaluated.n_env_steps, series["cpu_s"].n_env_steps, used)
    marks = [mark for mark in MARKS if mark <= minutes]
    cells = [f"{evaluated.value[at <= mark][-1]:.1f}" if (at <= mark).any() else "" for mark in marks]
    episodes = judged(folder)
    distance = np.mean([episode["distance"] for episode in episodes])
    falls = sum(episode["end"] != "time" for episode in episodes)
    steps, updates = (series[name].value[-1] for name in ("n_env_steps", "n_updates"))
    cells += [f"{distance:.1f}", f"{falls} of {len(episodes)}", f"{1e-6 * steps:.1f} M", f"{updates:,.0f}"]
    return f"| `{learner}` | {' | '.join(cells)} |"


def parse(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Arguments of the command line; what is not known goes to `soleus train`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", nargs="+", default=list(LEARNERS), choices=list(LEARNERS))
    parser.add_argument("--minutes", type=float, default=30.0, help="of two cores for each learner")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/learners"), help="folder of the runs")
    return parser.parse_known_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train each learner that has time left, and tell of all."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given, options = parse(arguments)
    marks = [f"{mark} min" for mark in MARKS if mark <= given.minutes]
    head = ["learner", *marks, "best, judged", "falls", "steps", "updates"]
    rows = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for learner in given.learners:
        folder = given.out / f"{learner}-seed{given.seed}"
        train(learner, folder, given.minutes, given.seed, options)
        rows.append(row(learner, folder, given.minutes))
        logger.info("%s", rows[-1])
    logger.info("%s", "\n".join(rows))


if __name__ == "__main__":
    main()
