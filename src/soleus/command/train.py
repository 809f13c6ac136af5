"""`soleus train`"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from rich.console import Console
from tyro.conf import Positional, arg

from soleus.command.parse import check_learner_settings, engine_asked_for, parse, refuse_renamed, value_of
from soleus.run.config import RunConfig
from soleus.run.recipe import find_recipe, plain, with_learner
from soleus.task.registry import default_rules, task_name, usual_engine


@dataclass(frozen=True)
class TrainOptions:
    task: Positional[str] = "run2017"
    """Task to learn, before any flag: one that `soleus tasks` lists, or an id of Gymnasium such as Pendulum-v1."""
    recipe: str = "plain"
    """Named set-up to start from; the flags below change it."""
    learner: str | None = None
    """Learner in place of the recipe's, with what the recipe set and both have: "categorical_sac", "sac", "td3",
    "ddpg", "ppo", "es" or "cma_es"; see --learner.*"""
    engine: str | None = "fast"
    """Engine, "fast" or "opensim", for a task of ours; its settings are --engine.*"""
    out: Path | None = None
    """Folder for the run; runs/TASK-seedN by default."""
    resume: Path | None = None
    """Go on with this run folder from its last checkpoint; its own config decides everything."""
    config: Annotated[RunConfig, arg(name="")] = field(default_factory=lambda: plain("run2017"))


def train(arguments: Sequence[str], console: Console) -> None:
    """Train a policy and keep everything about it in a run folder. Ctrl-C saves; --resume goes on.

    soleus train run2017 --minutes 10 --out runs/first

    soleus train run2017 --recipe demo --seed 3

    soleus train run2017 --engine opensim --minutes 60

    soleus train run2017 --task.difficulty 0 --learner.batch-size 512 --steps 200000

    soleus train Pendulum-v1 --minutes 2

    soleus train --resume runs/first
    """
    from soleus.run.loop import resume_run, start_run

    refuse_renamed(arguments)
    task = arguments[0] if arguments and not arguments[0].startswith("-") else "run2017"
    recipe = value_of(arguments, "--recipe") or "plain"
    rules = default_rules(task)
    engine = engine_asked_for(arguments, rules, usual_engine(rules))
    config = find_recipe(recipe).build(task, engine)
    if learner := value_of(arguments, "--learner"):
        config = with_learner(config, learner)
    check_learner_settings(arguments, config.learner)
    default = TrainOptions(task=task, engine=engine, config=config)
    options = parse(TrainOptions, "train", train.__doc__, arguments, default)
    others = [item for item in arguments if item.startswith("--") and not item.startswith("--resume")]
    if options.resume and others:
        raise ValueError(
            f"--resume goes on with the run's own config; leave out {', '.join(others)}, or start a new run"
        )
    out = options.resume or options.out or Path("runs") / _folder_name(options.config)
    try:
        if options.resume:
            resume_run(out)
        else:
            start_run(options.config, out)
    except KeyboardInterrupt:
        console.print(f"stopped, and saved; go on with: soleus train --resume {out}", highlight=False)
        raise
    console.print(f"trained; judge it with: soleus evaluate {out}", highlight=False)


def _folder_name(config: RunConfig) -> str:
    """The task's name, with nothing in it that makes a folder of a folder, and the seed."""
    return f"{re.sub(r'[/:]', '-', task_name(config.task))}-seed{config.seed}"
