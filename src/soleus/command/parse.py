"""Arguments -> the dataclass of a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TypeVar

import tyro
from tyro import MISSING_NONPROP
from tyro.conf import AvoidSubcommands

from soleus.run.candidate import own_rules
from soleus.run.config import no_engine
from soleus.task.foreign import GymnasiumConfig
from soleus.task.registry import TaskConfig, default_rules, task_name

Options = TypeVar("Options")


def parse(
    kind: type[Options], name: str, help_text: str | None, arguments: Sequence[str], default: Options | None = None
) -> Options:
    """Parse a command's arguments; what does not fit is explained, and the program exits with 2.

    Args:
        kind: dataclass of the options; the line under a field is its help.
        name: of the command.
        help_text: what the command does, with examples.
        arguments: after the command's name.
        default: in place of the dataclass's own defaults; of a choice between dataclasses, its own is the one that is
            asked for.
    """
    return tyro.cli(
        kind,
        prog=f"soleus {name}",
        description=help_text,
        args=arguments,
        default=default or MISSING_NONPROP,
        config=(AvoidSubcommands,),
    )


def task_asked_for(arguments: Sequence[str]) -> TaskConfig:
    """The task that is named, or else the one that the policy among the arguments was made for, as it is judged."""
    named = value_of(arguments, "--task")
    if named:
        return default_rules(named)
    told = (own_rules(item) for item in arguments if not item.startswith("-"))
    return next((task for task in told if task), default_rules("run2017"))


def engine_asked_for(arguments: Sequence[str], task: TaskConfig, usual: str | None) -> str | None:
    """The engine that is named, or else the usual one; None for a task of Gymnasium, which takes none.

    Raises:
        ValueError: for an engine, or rules of ours, given to a task of Gymnasium.
    """
    if not isinstance(task, GymnasiumConfig):
        return value_of(arguments, "--engine") or usual
    allowed = [f"--task.{item.name.replace('_', '-')}" for item in fields(task)]
    for flag in (item.partition("=")[0] for item in arguments):
        if flag == "--engine" or flag.startswith("--engine."):
            raise ValueError(no_engine(task_name(task), flag))
        if flag.startswith("--task.") and flag not in allowed:
            raise ValueError(f"{flag} is no setting of {task.id}, a task of Gymnasium; there are {', '.join(allowed)}")
    return None


def value_of(arguments: Sequence[str], flag: str) -> str | None:
    """Value of a flag that decides which settings exist, looked up before the settings are parsed."""
    for i, item in enumerate(arguments):
        if item == flag and i + 1 < len(arguments):
            return arguments[i + 1]
        if item.startswith(f"{flag}="):
            return item.removeprefix(f"{flag}=")
    return None
