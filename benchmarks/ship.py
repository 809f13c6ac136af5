"""Judge the best policy of a run on seeds that training did not know, and put it, with its card, among those that come
with Soleus.

    python benchmarks/ship.py runs/sprint sprinter --summary "..." --command "soleus train --recipe sprinter"

Each of `--judge` is what follows `soleus evaluate NAME`.
"""

from __future__ import annotations

import argparse
import json
import logging
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from soleus.run.candidate import own_rules
from soleus.run.config import to_json
from soleus.run.folder import FORMAT, RunFolder
from soleus.run.shipped import CARD, FOLDER, Card, Judged, read_card, shipped_folder

logger = logging.getLogger("ship")


def judged(name: str, arguments: str) -> Judged:
    """What the episodes of an evaluation came to."""
    command = f"soleus evaluate {name} {arguments}".strip()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "evaluation.json"
        subprocess.run([*shlex.split(command), "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
        episodes = json.loads(out.read_text())["episodes"]
    distance = [episode["distance"] for episode in episodes]
    falls = sum(episode["end"] != "time" for episode in episodes)
    failures = sum(episode["end"] not in ("time", "fall") for episode in episodes)
    score = np.mean([episode["score"] for episode in episodes])
    mean, deviation, score = (round(float(value), 3) for value in (np.mean(distance), np.std(distance), score))
    return Judged(command, len(episodes), mean, deviation, falls, failures, score)


def effort(run: RunFolder) -> tuple[int, float]:
    """Control steps and processor time [min] of a run, of the one that it started from, and so on."""
    end, start = run.metrics()[-1], run.config.start_from
    n_env_steps, minutes = int(end["n_env_steps"]), end["cpu_s"] / 60
    if not start:
        return n_env_steps, minutes
    if shipped_folder(start):
        card = read_card(start)
        return n_env_steps + card.env_steps, minutes + card.core_minutes
    before = effort(RunFolder.open(Path(start)))
    return n_env_steps + before[0], minutes + before[1]


def write(card: Card, target: Path) -> None:
    """Put a card beside its policy."""
    (target / CARD).write_text(json.dumps(asdict(card), indent=2) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Copy, judge and write the card."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("name")
    parser.add_argument("--summary", required=True)
    parser.add_argument("--command", required=True, help="that trained it")
    parser.add_argument("--rules", help="policy or run by whose rules it is judged, or 'graded'; its own by default")
    parser.add_argument("--judge", nargs="+", default=["--engine fast --seeds 208", "--engine opensim --seeds 30"])
    given = parser.parse_args(arguments)
    run, target = RunFolder.open(given.run), FOLDER / given.name
    task = run.config.task.graded if given.rules == "graded" else own_rules(given.rules or str(given.run))
    config = replace(run.config, start_from="", task=task)
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(run.policy_to_play(), target / "best.safetensors")
    (target / "run.json").write_text(json.dumps({"format": FORMAT}) + "\n")
    (target / "config.json").write_text(to_json(config))
    origin = json.loads((run.path / "run.json").read_text())
    n_env_steps, minutes = effort(run)  # before this policy takes the place of what it started from
    trained = n_env_steps, round(minutes, 1), origin["commit"][:12]
    card = Card(given.summary, given.command, *trained, judged=())
    write(card, target)  # without a card the policy is not found
    write(replace(card, judged=tuple(judged(given.name, each) for each in given.judge)), target)
    logger.info("%s", (target / CARD).read_text())


if __name__ == "__main__":
    main()
