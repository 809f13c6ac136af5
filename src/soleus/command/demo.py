"""`soleus demo`: the whole of Soleus in about ten minutes."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from soleus.command.evaluate import judge_with_progress
from soleus.command.parse import parse
from soleus.command.video import VideoOptions, make_video
from soleus.engine.fast.config import FastConfig
from soleus.engine.reference import ReferenceConfig
from soleus.learner.check import check_least, check_positive
from soleus.report.plot import plot_learning_curve
from soleus.report.table import comparison_table, episode_table
from soleus.run.candidate import find_candidate
from soleus.run.error import RunError
from soleus.run.evaluate import save_evaluation
from soleus.run.folder import RunFolder, check_free
from soleus.run.loop import start_run
from soleus.run.progress import clock
from soleus.run.recipe import find_recipe

SHIPPED = "sprinter"
"""The policy that is shown first."""
NEEDED = ("jax", "optax", "tensorboardX", "matplotlib", "imageio_ffmpeg")
"""Packages that a bare install lacks: looked for before anything is made."""


@dataclass(frozen=True)
class DemoOptions:
    out: Path | None = None
    """Folder for the run; by default runs/demo, or runs/demo-2 and so on when that is taken."""
    minutes: float = 5.0
    """Minutes of training; judging and drawing come on top."""
    seeds: int = 4
    """Episodes on which each policy is judged."""
    seed: int = 0
    """Seed of the training."""

    def __post_init__(self) -> None:
        check_least(self, 1, "seeds")
        check_positive(self, "minutes")


def demo(arguments: Sequence[str], console: Console) -> None:
    """Show a runner that comes with Soleus; train one from nothing on the fast engine, judge it on OpenSim beside
    untrained policies, and film it.

    soleus demo

    soleus demo --minutes 30 --out runs/longer
    """
    options = parse(DemoOptions, "demo", demo.__doc__, arguments)
    if not all(map(find_spec, NEEDED)):
        raise RunError('the demo trains, draws and films; install what it needs with: pip install "soleus[train,view]"')
    began_at = time.monotonic()
    out = options.out or _free_folder(Path("runs/demo"))
    config = replace(find_recipe("sprinter").config(), minutes=options.minutes, seed=options.seed)
    check_free(out)
    film = out.parent / f"{SHIPPED}.mp4"
    make_video(VideoOptions(SHIPPED, out=film, task_settings=config.task, engine_settings=FastConfig()))
    console.print(f"1. This one comes with Soleus; look at it while yours learns: {film}", highlight=False)

    console.print(
        f"2. Train your own from nothing for {options.minutes:g} minutes, on the fast engine", highlight=False
    )
    folder = start_run(config, out)

    console.print(f"3. Judge it on OpenSim, on a flat track, from {options.seeds} first poses", highlight=False)
    best_seed = _judge(folder, options.seeds, console)

    console.print("4. Draw its learning curve, and a video of its best run", highlight=False)
    plot_learning_curve([folder], folder.learning_curve)
    video = make_video(VideoOptions(str(folder.path), seed=best_seed, task_settings=config.task))

    console.print(f"Done in {clock(time.monotonic() - began_at)}. Look at", highlight=False)
    for what, path in (("video", video), ("learning curve", folder.learning_curve), ("run folder", folder.path)):
        console.print(f"  {what:15}{path}", highlight=False)
    console.print(
        f"Train on: soleus train --recipe sprinter --minutes 60 --out {folder.path.parent / 'longer'}", highlight=False
    )


def _judge(folder: RunFolder, n_seed: int, console: Console) -> int:
    """Play the trained and the untrained policies on the same seeds and print how they compare.

    Returns:
        The seed on which the trained one scored most.
    """
    rules, opensim, seeds = folder.config.task, ReferenceConfig(), range(n_seed)
    trained = find_candidate(str(folder.path), rules)
    results = {
        "trained": judge_with_progress(trained, rules, opensim, seeds),
        "on fast engine": judge_with_progress(trained, rules, FastConfig(), seeds),
    }
    for name in ("random", "constant"):
        results[name] = judge_with_progress(find_candidate(name, rules), rules, opensim, seeds)
    save_evaluation(folder.evaluation_file, str(folder.path), rules, opensim, results["trained"])
    console.print(episode_table("trained", results["trained"]))
    console.print(comparison_table(results))
    return max(results["trained"], key=lambda episode: episode.score).seed


def _free_folder(path: Path) -> Path:
    """The path, or the first of path-2, path-3 ... that is not there yet."""
    candidates = itertools.chain([path], (path.with_name(f"{path.name}-{n}") for n in itertools.count(2)))
    return next(candidate for candidate in candidates if not candidate.exists())
