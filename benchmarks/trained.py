"""What measurements of trainings share: runs that go on for given minutes, their curves, and how their best plays.

A minute is two of processor time, so that other work on the machine does not count. By the clock it is longer: a run
that has two cores for itself keeps 1.4 of them busy, since sampling and learning wait for each other.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from soleus.engine.fast.config import FastConfig
from soleus.learner.registry import LEARNERS
from soleus.report.plot import read_series
from soleus.run.candidate import find_candidate
from soleus.run.evaluate import judge, save_evaluation
from soleus.run.folder import RunFolder
from soleus.sampler.batch import Episode

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_CORE = 2
"""Cores whose time a minute is"""


class Curve(NamedTuple):
    """Evaluations along a run."""

    minutes: NDArray[np.float64]
    value: NDArray[np.float64]


def arguments_of(setup: str) -> list[str]:
    """What `soleus train` is told: a learner's name is the demo with it, and a recipe's may name a variant."""
    if setup in LEARNERS:
        return ["--recipe", "demo", "--learner", setup]
    recipe, _, variant = setup.partition("/")
    return ["--recipe", recipe, *(["--variant", variant] if variant else [])]


def folder_of(setup: str, seed: int, parent: Path) -> Path:
    """Where a set-up's run is."""
    return parent / f"{setup.replace('/', '-')}-seed{seed}"


def train(
    setup: str,
    seed: int,
    parent: Path,
    minutes: float,
    options: Sequence[str],
    stop: signal.Signals = signal.SIGTERM,
) -> RunFolder:
    """Train until the minutes are used, from where the run is, and end it with a signal: the usual one is as Ctrl-C."""
    folder = folder_of(setup, seed, parent)
    if used_min(folder) >= minutes:
        return RunFolder(folder)
    begin = ["--resume", str(folder)]
    if not folder.exists():
        begin = [*arguments_of(setup), "--seed", str(seed), "--out", str(folder), "--steps", "1000000000", *options]
    running = subprocess.Popen(["soleus", "train", *begin], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while running.poll() is None and used_min(folder) < minutes:
        time.sleep(2.0)
    if running.poll() not in (None, 0):
        raise SystemExit(f"training {setup} stopped with exit code {running.returncode}; see {folder}")
    running.send_signal(stop)
    running.wait()
    return RunFolder(folder)


def used_min(folder: Path) -> float:
    """Minutes of N_CORE cores that a run has used."""
    records = RunFolder(folder).metrics() if (folder / "metrics.jsonl").exists() else []
    return max((record.get("cpu_s", 0.0) for record in records), default=0.0) / 60 / N_CORE


def curve_of(folder: RunFolder, measure: str) -> Curve:
    """When what was evaluated, falls included."""
    series = read_series(folder)
    evaluated, used = series[f"evaluate/{measure}"], series["cpu_s"]
    at = np.interp(evaluated.n_env_steps, used.n_env_steps, used.value) / 60 / N_CORE
    return Curve(at, evaluated.value)


def judged(folder: RunFolder, n_episode: int) -> tuple[Episode, ...]:
    """Episodes of the best policy on the fast engine, by the rules of the run's last stage, on seeds that training does
    not know.
    """
    stage = int(folder.metrics()[-1].get("stage", 0))
    rules = folder.config.at_stage(stage).task
    name = str(folder.path)
    episodes = judge(find_candidate(name, rules), rules, FastConfig(), range(n_episode))
    save_evaluation(folder.evaluation_file, name, rules, FastConfig(), episodes)
    return episodes


def n_fall(episodes: Sequence[Episode]) -> int:
    """Episodes that ended before time was up."""
    return sum(not episode.completed for episode in episodes)


@contextmanager
def picture(file: Path, measured: str) -> Iterator[Axes]:
    """Axes for curves of what was measured against minutes; the PNG file is written when they are drawn."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    yield axes
    axes.set_xlabel("minutes of two cores")
    axes.set_ylabel(measured)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(file)
