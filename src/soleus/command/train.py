"""`soleus train`"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import Annotated

from rich.console import Console
from tyro.conf import Positional, arg

from soleus.command.idle import overruled, refuse_idle
from soleus.command.parse import (
    check_learner_settings,
    check_settings,
    engine_asked_for,
    first_word,
    given_flags,
    is_set,
    parse,
    refuse_renamed,
    value_of,
)
from soleus.run.config import RunConfig
from soleus.run.flag import flags_for
from soleus.run.folder import RunFolder
from soleus.run.recipe import RECIPES, check_variant, find_recipe, plain, with_learner
from soleus.task.foreign import GymnasiumConfig
from soleus.task.registry import default_rules, task_name, usual_engine


@dataclass(frozen=True)
class TrainOptions:
    task: Positional[str] = "run2017"
    """Task to learn, before any flag: one that `soleus tasks` lists, or an id of Gymnasium such as Pendulum-v1. The
    recipe's own by default."""
    recipe: str = "plain"
    """Named set-up to start from, see `soleus recipes`; the flags below change it."""
    variant: str | None = None
    """Variant of the recipe."""
    as_published: bool = False
    """Bring back what was wrong in the code that the recipe was published with, to compare."""
    learner: str | None = None
    """Learner in place of the recipe's, with what the recipe set and both have: "categorical_sac", "sac", "td3",
    "ddpg", "ppo", "es", "cma_es" or "feudal"; see --learner.*"""
    engine: str | None = "fast"
    """Engine, "fast" or "opensim", for a task of ours; its settings are --engine.*"""
    worlds: int = 0
    """Worlds at the same time in each worker; the same as --sampler.worlds."""
    out: Path | None = None
    """Folder for the run; runs/TASK-seedN by default."""
    resume: Path | None = None
    """Go on with this run folder from its last checkpoint; its own config decides everything."""
    config: Annotated[RunConfig, arg(name="")] = field(default_factory=lambda: plain("run2017"))


def train(arguments: Sequence[str], console: Console) -> None:
    """Train a policy and keep everything about it in a run folder. Ctrl-C saves; --resume goes on.

    soleus train run2017 --minutes 10 --out runs/first

    soleus train --recipe demo --seed 3

    soleus train run2017 --engine opensim --minutes 60

    soleus train run2017 --task.difficulty 0 --learner.batch-size 512 --steps 200000

    soleus train Pendulum-v1 --minutes 2

    soleus train --resume runs/first
    """
    from soleus.run.loop import resume_run, start_run

    refuse_renamed(arguments)
    default = _asked_for(arguments)
    options = parse(TrainOptions, "train", train.__doc__, arguments, default)
    if options.task != default.task:
        raise ValueError(f"the task comes before any flag: soleus train {options.task} ...")
    config = options.config
    if options.worlds:
        if value_of(arguments, "--sampler.worlds") is not None:
            raise ValueError("--worlds and --sampler.worlds are the same; give one of them")
        config = replace(config, sampler=replace(config.sampler, worlds=options.worlds))
    if options.resume:
        _check_alone(arguments)
        folder = resume_run(options.resume)
    else:
        refuse_idle(arguments, config)
        for note in overruled(arguments, config):
            console.print(note, highlight=False)
        folder = start_run(config, options.out or Path("runs") / _folder_name(config))
    console.print(_what_next(folder), highlight=False)


def _what_next(folder: RunFolder) -> str:
    """What came of it, and what to do now."""
    records = folder.metrics()
    if not records or not records[-1]["n_env_steps"]:
        return f"not one step was made: to begin took all of --minutes {folder.config.minutes:g}; give more of them"
    return f"trained; {_how_to_judge(folder)}"


def _how_to_judge(folder: RunFolder) -> str:
    """The command, and another one where a run was trained under easier rules, where its policy may be better."""
    command = f"soleus evaluate {quote(str(folder.path))}"
    records = folder.metrics()
    rules = folder.config.at_stage(int(records[-1].get("stage", 0)) if records else 0).task
    if isinstance(rules, GymnasiumConfig) or rules == rules.graded:
        return f"judge it with: {command}"
    flags = " ".join(flags_for("task", rules, rules.graded))
    return f"judge it as graded: {command}, or by the rules of its training: {command} {flags}"


def _asked_for(arguments: Sequence[str]) -> TrainOptions:
    """What the flags begin from: those that decide which settings exist are looked up before they are parsed."""
    recipe = find_recipe(value_of(arguments, "--recipe") or "plain")
    task = first_word(arguments) or recipe.task
    rules = default_rules(task)
    engine = engine_asked_for(arguments, rules, usual_engine(rules))
    variant = value_of(arguments, "--variant")
    if variant is not None and not value_of(arguments, "--recipe"):
        known = [name for name, each in RECIPES.items() if variant in each.variants]
        raise ValueError(
            f"--variant {variant} is of a recipe, and none is named; "
            + (f"give --recipe {' or '.join(known)}" if known else "`soleus recipes` lists them")
        )
    config = recipe.config(task, engine, variant, is_set(arguments, "--as-published"))
    if "--stages" in given_flags(arguments):
        config = replace(config, stages=())  # the recipe's need not fit another learner, and others come in their place
    if learner := value_of(arguments, "--learner"):
        if variant is not None:
            check_variant(recipe, config, variant, learner)
        config = with_learner(config, learner)
    check_learner_settings(arguments, config.learner)
    check_settings(arguments, config)
    return TrainOptions(task=task, engine=engine, config=config)


def _check_alone(arguments: Sequence[str]) -> None:
    """Refuse a task and flags beside --resume."""
    task, flags = first_word(arguments), [item for item in arguments if item.startswith("--")]
    others = [*([task] if task else []), *(item for item in flags if not item.startswith("--resume"))]
    if others:
        raise ValueError(
            f"--resume goes on with the run's own config; leave out {', '.join(others)}, or start a new run"
        )


def _folder_name(config: RunConfig) -> str:
    """The task's name, with nothing in it that makes a folder of a folder, and the seed."""
    return f"{re.sub(r'[/:]', '-', task_name(config.task))}-seed{config.seed}"
