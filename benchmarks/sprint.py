"""How soon the recipe `sprinter` runs how far, over several seeds. What a minute is, `trained.py` says.

    python benchmarks/sprint.py --minutes 10 --seeds 0 1 2 3 4
    python benchmarks/sprint.py --variant final --minutes 60 --seeds 0
    python benchmarks/sprint.py --picture docs/images/sprints.png

A run that is there already goes on, or is only told of when its time is used up. What follows goes to `soleus train`.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap, trim_mean
from trained import Curve, curve_of, judged, n_fall, picture, train

from soleus.report.plot import COLORS

MARKS = (10, 20, 30, 34, 40)
"""Distances whose first time the table tells [m]"""
N_EPISODE = 208
"""Episodes that judge the best policy, on seeds that training does not know"""
N_POINT = 200
"""Of a drawn curve"""

iqm = partial(trim_mean, proportiontocut=0.25)
"""Mean of the middle half (Agarwal 2021, arXiv 2108.13264)"""
logger = logging.getLogger("sprint")


def first_time(curve: Curve, mark: float) -> str:
    """When an evaluation first came to a mark; nothing if none did."""
    reached = curve.minutes[curve.value >= mark]
    return f"{reached[0]:.1f} min" if len(reached) else ""


def best_until(curve: Curve, end: float) -> float:
    """The best evaluation until then [m]."""
    return float(curve.value[curve.minutes <= end].max(initial=0.0))


def interval(value: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of the seeds' middle, for values (seed, ...): 95 % of it when they are drawn again."""
    found = bootstrap((value,), iqm, method="percentile", rng=0).confidence_interval
    return found.low, found.high


def draw(curves: Sequence[Curve], end: float, file: Path) -> None:
    """Every seed, and their middle with its interval."""
    minutes = np.linspace(0.0, end, N_POINT)
    value = np.array([np.interp(minutes, curve.minutes, curve.value) for curve in curves])
    label = f"middle of {len(curves)} seeds, and 95 % of it" if len(curves) > 1 else "one seed"
    with picture(file, "distance [m], falls included") as axes:
        for curve in curves:
            axes.plot(curve.minutes, curve.value, color=COLORS[-1], linewidth=0.8, alpha=0.6)
        if len(curves) > 1:
            axes.fill_between(minutes, *interval(value), color=COLORS[0], alpha=0.2, linewidth=0)
        axes.plot(minutes, iqm(value, axis=0), color=COLORS[0], linewidth=2, label=label)


def told(best: NDArray[np.float64]) -> str:
    """The middle of seeds' best, and 95 % of it when they are drawn again."""
    if len(best) == 1:
        return "one seed, which tells nothing of others"
    low, high = interval(best)
    return f"IQM {iqm(best):.1f} m, 95 % of it in {low:.1f} to {high:.1f} m"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train each seed that has time left, and tell of all."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", default="")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--out", type=Path, default=Path("runs/sprint"), help="folder of the runs")
    parser.add_argument("--picture", type=Path, help="PNG file for the curves")
    given, options = parser.parse_known_args(arguments)
    setup = f"sprinter/{given.variant}" if given.variant else "sprinter"
    times = [f"to {mark} m" for mark in MARKS]
    head = ["seed", *times, f"best in {given.minutes:g} min", f"mean of {N_EPISODE}", "sd", "falls", "steps"]
    rows, curves, best = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)], [], []
    for seed in given.seeds:
        folder = train(setup, seed, given.out, given.minutes, options)
        curves.append(curve := curve_of(folder, "distance"))
        best.append(best_until(curve, given.minutes))
        episodes = judged(folder, N_EPISODE)
        distance = [episode.distance for episode in episodes]
        cells = [first_time(curve, mark) for mark in MARKS]
        cells += [f"{best[-1]:.1f}", f"{np.mean(distance):.2f}", f"{np.std(distance):.2f}", str(n_fall(episodes))]
        rows.append(f"| {seed} | {' | '.join(cells)} | {1e-6 * folder.metrics()[-1]['n_env_steps']:.1f} M |")
        logger.info("%s", rows[-1])
    logger.info("%s\n\n%s", "\n".join(rows), told(np.array(best)))
    if given.picture:
        draw(curves, given.minutes, given.picture)


if __name__ == "__main__":
    main()
