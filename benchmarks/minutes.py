"""How far set-ups come in the same processor time: learners with the recipe `demo`, or recipes; one table.

A run that is there already goes on, or is only told of when its time is used up, so that the command can be stopped and
given again. What follows the options goes to `soleus train`. What a minute is, `trained.py` says.

    python benchmarks/minutes.py --minutes 30 sac td3 ppo
    python benchmarks/minutes.py --minutes 20 ghelfi2018 bliznashki2019/flow
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from trained import curve_of, judged, n_fall, train, used_min

from soleus.learner.registry import LEARNERS
from soleus.run.folder import RunFolder

MARKS = (2, 5, 10, 15, 20, 30)
"""Minutes at which the table tells the measure"""
N_EPISODE = 104
"""Episodes that judge the best policy, on seeds that training does not know"""

logger = logging.getLogger("minutes")


def row(setup: str, folder: RunFolder, measure: str) -> str:
    """A line of the table, in Markdown."""
    minutes, value = curve_of(folder, measure)
    used = used_min(folder.path)
    cells = [f"{value[minutes <= mark][-1]:.1f}" if minutes[0] <= mark <= used else "" for mark in MARKS]
    episodes = judged(folder, N_EPISODE)
    mean = np.mean([getattr(episode, measure) for episode in episodes])
    last = folder.metrics()[-1]
    cells += [f"{mean:.1f}", f"{n_fall(episodes)} of {len(episodes)}", f"{used:.0f}"]
    cells += [f"{1e-6 * last['n_env_steps']:.1f} M", f"{last['n_updates']:,.0f}"]
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
        folder = train(setup, given.seed, given.out, given.minutes, options)
        rows.append(row(setup, folder, given.measure))
        logger.info("%s", rows[-1])
    logger.info("%s", "\n".join(rows))


if __name__ == "__main__":
    main()
