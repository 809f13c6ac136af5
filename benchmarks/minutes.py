"""How far set-ups come in the same processor time: learners with the recipe `demo`, or recipes; one table.

Each run is killed with -9 at a third of its time and resumed. A row for each goes to the end of a file; rows that the
file has already are left out, and a run that is there goes on, so that the command can be stopped and given again. What
follows the options goes to `soleus train`; give it an --out of its own. What a minute is, `trained.py` says.

    python benchmarks/minutes.py --minutes 30 sac td3 ppo
    python benchmarks/minutes.py --minutes 20 ghelfi2018 bliznashki2019/flow --jobs 2
    python benchmarks/minutes.py --table --picture docs/images/learners.png sac td3 ppo
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from trained import curve_of, judged, n_fall, picture, train

from soleus.learner.registry import LEARNERS
from soleus.run.folder import RunFolder
from soleus.task.walk2019 import Walk2019Config

MARKS = (2, 5, 10, 15, 20, 30)
"""Minutes at which the table tells the measure"""
N_EPISODE = 104
"""Episodes that judge the best policy, on seeds that training does not know"""

logger = logging.getLogger("minutes")


@dataclass(frozen=True)
class Asked:
    """One training, and where its row belongs."""

    setup: str
    minutes: float
    seed: int
    options: tuple[str, ...]
    """What `soleus train` was told beside the set-up"""


@dataclass(frozen=True)
class Row:
    """What came out of it."""

    asked: Asked
    measure: str
    """"distance" [m], or "score" as the task gives it"""
    curve: tuple[tuple[float, float], ...]
    """Minutes, and the mean of the measure in an evaluation without noise"""
    best: float
    """Mean of the measure over the episodes of the best policy"""
    std: float
    n_fall: int
    n_episode: int
    n_env_steps: int
    n_updates: int

    def at(self, mark: float) -> str:
        """The last evaluation until a minute; nothing before the first one, and after the end."""
        until = [value for minute, value in self.curve if minute <= mark]
        return f"{until[-1]:.1f}" if until and mark <= self.asked.minutes else ""

    def line(self, marks: Sequence[int] = MARKS) -> str:
        """The row in Markdown."""
        cells = [f"`{' '.join([self.asked.setup, *self.asked.options])}`", f"{self.asked.seed}"]
        cells += [f"{self.curve[0][1]:.1f}", *map(self.at, marks)]
        cells += [f"{self.best:.1f}", f"{self.n_fall} of {self.n_episode}"]
        cells += [f"{self.asked.minutes:g}", f"{1e-6 * self.n_env_steps:.1f} M", f"{self.n_updates:,}"]
        return f"| {' | '.join(cells)} |"


def measure_of(folder: RunFolder) -> str:
    """Metres where a task is to run far; else the score."""
    return "score" if isinstance(folder.config.task, Walk2019Config) else "distance"


def row_of(asked: Asked, parent: Path) -> Row:
    """Train, be killed on the way, go on, and judge."""
    setup, seed = asked.setup, asked.seed
    train(setup, seed, parent, asked.minutes / 3, asked.options, stop=signal.SIGKILL)
    folder = train(setup, seed, parent, asked.minutes, asked.options)
    measure = measure_of(folder)
    curve = curve_of(folder, measure)
    episodes = judged(folder, N_EPISODE)
    value = [getattr(episode, measure) for episode in episodes]
    last = folder.metrics()[-1]
    return Row(
        asked,
        measure,
        tuple(zip(curve.minutes.round(2).tolist(), curve.value.round(3).tolist(), strict=True)),
        round(float(np.mean(value)), 3),
        round(float(np.std(value)), 3),
        n_fall(episodes),
        len(episodes),
        int(last["n_env_steps"]),
        int(last["n_updates"]),
    )


def read_rows(file: Path) -> list[Row]:
    """What a file of results holds."""
    found = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    for row in found:
        row["asked"] = Asked(**row["asked"] | {"options": tuple(row["asked"]["options"])})
        row["curve"] = tuple(map(tuple, row["curve"]))
    return [Row(**row) for row in found]


def longest(rows: Sequence[Row]) -> list[Row]:
    """Of each set-up the run that had the most minutes: a run goes on when more are asked for."""
    most: dict[tuple[str, int, tuple[str, ...]], Row] = {}
    for row in rows:
        key = row.asked.setup, row.asked.seed, row.asked.options
        if key not in most or row.asked.minutes > most[key].asked.minutes:
            most[key] = row
    return list(most.values())


def table(rows: Sequence[Row]) -> str:
    """Rows in Markdown."""
    marks = [mark for mark in MARKS if any(row.at(mark) for row in rows)]
    times = [f"{mark} min" for mark in marks]
    head = ["set-up", "seed", "at first", *times, "best policy", "falls", "minutes", "control steps", "updates"]
    return "\n".join([f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *(row.line(marks) for row in rows)])


def draw(rows: Sequence[Row], file: Path) -> None:
    """Curves over each other."""
    with picture(file, "distance [m]" if rows[0].measure == "distance" else "score") as axes:
        for row in rows:
            minutes, value = np.array(row.curve).T
            axes.plot(minutes, value, label=row.asked.setup, linewidth=1.5)


def parse(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Arguments of the command line; what is not known goes to `soleus train`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("setups", nargs="*", default=list(LEARNERS), help="learners, recipes, RECIPE/VARIANT")
    parser.add_argument("--minutes", type=float, default=30.0, help="of two cores for each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="trainings at the same time")
    parser.add_argument("--out", type=Path, default=Path("runs/minutes"), help="folder of the runs")
    parser.add_argument("--rows", type=Path, default=Path("benchmarks/minutes.jsonl"), help="file of results")
    parser.add_argument("--table", action="store_true", help="only tell what the file has of the set-ups, in Markdown")
    parser.add_argument("--picture", type=Path, help="PNG file for the curves of --table")
    return parser.parse_known_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train each set-up whose row is missing, and tell of all."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    given, options = parse(arguments)
    wanted = [Asked(setup, given.minutes, given.seed, tuple(options)) for setup in given.setups]
    if not given.table:
        missing = [asked for asked in wanted if asked not in {row.asked for row in read_rows(given.rows)}]
        with ThreadPoolExecutor(given.jobs) as pool:
            for ended in as_completed([pool.submit(row_of, asked, given.out) for asked in missing]):
                row = ended.result()
                with given.rows.open("a") as file:
                    file.write(json.dumps(asdict(row)) + "\n")
                logger.info("%s", row.line())
    rows = longest([row for row in read_rows(given.rows) if row.asked.setup in given.setups])
    logger.info("%s", table(rows))
    if given.picture:
        draw(rows, given.picture)


if __name__ == "__main__":
    main()
