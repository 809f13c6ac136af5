"""Arguments -> the dataclass of a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import zip_longest
from typing import TypeVar

import tyro
from tyro import MISSING_NONPROP
from tyro.conf import AvoidSubcommands

from soleus.learner.registry import LEARNERS, LearnerConfig, learner_name
from soleus.nets.head import HEADS
from soleus.run.candidate import own_rules
from soleus.run.config import no_engine
from soleus.run.shipped import shipped_folder
from soleus.task.foreign import GymnasiumConfig
from soleus.task.near import meant
from soleus.task.protocol import told_rules
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


def rules_asked_for(arguments: Sequence[str]) -> TaskConfig:
    """The graded rules of the task that is named, or else of the one that the policy among the arguments was made for.

    What a policy is told is as it was for the policy. One that comes with Soleus is judged as its card says, unless it
    is to be judged officially.
    """
    found = map(own_rules, _named(arguments))
    own = next((rules for rules in found if rules is not None), None)
    name = value_of(arguments, "--task") or ("run2017" if own is None else task_name(own))
    if own is None or task_name(own) != name:
        return default_rules(name)
    if plays_shipped(arguments):
        return own
    return replace(default_rules(name), **told_rules(own))


def plays_shipped(arguments: Sequence[str]) -> bool:
    """Whether a policy among the arguments comes with Soleus, and is not to be judged officially."""
    return "--official" not in arguments and any(map(shipped_folder, _named(arguments)))


def _named(arguments: Sequence[str]) -> list[str]:
    """Words that may be the policy: those that follow no flag, whose values they could be; all if there is no such one,
    since a flag may be a switch: `--official sprinter`.
    """
    words = [(before, item) for before, item in zip(["", *arguments], arguments, strict=False) if item[:1] != "-"]
    alone = [item for before, item in words if before[:1] != "-" or "=" in before]
    return alone or [item for _, item in words]


def judge_asked_for(arguments: Sequence[str], task: TaskConfig) -> str | None:
    """The engine that is named, or else OpenSim; for a policy that comes with Soleus the fast engine, which shows it in
    seconds: its card says how it does on OpenSim.
    """
    return engine_asked_for(arguments, task, "fast" if plays_shipped(arguments) else "opensim")


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


RENAMED = {
    "--mirror": "--symmetry data",
    "--no-mirror": "--symmetry none",
    "--learner.activation": "--learner.actor-activation and --learner.critic-activation",
    "--control.centre-pelvis": "--control.observe with centre_pelvis among its names (the default)",
    "--control.no-centre-pelvis": "--control.observe without centre_pelvis among its names",
    "--control.tell-action": "--control.observe with last_action among its names (the default)",
    "--control.no-tell-action": "--control.observe without last_action among its names",
    "--training.alive": "--training.reward.alive",
    "--training.foot-swing": "--training.reward.foot-swing",
    "--training.knee-hyperextension": "--training.reward.knee-hyperextension",
    "--training.stride-starts": "--training.starts.stride",
}
"""Flags of older versions, and what they are called now."""


def refuse_renamed(arguments: Sequence[str]) -> None:
    """Refuse flags of older versions; ValueError with what to say instead.

    Those of a learner are left to `check_learner_settings`: another learner may have the name.
    """
    for flag in given_flags(arguments):
        if not flag.startswith("--learner."):
            _refuse_if_renamed(flag)


def _refuse_if_renamed(flag: str) -> None:
    if flag in RENAMED:
        raise ValueError(f"{flag} is called {RENAMED[flag]} now")


def check_learner_settings(arguments: Sequence[str], config: LearnerConfig) -> None:
    """Refuse settings and distributions that only other learners have; ValueError with their names.

    What nobody has, `parse` refuses.
    """
    own = {item.name for item in fields(config)}
    for flag in (item.partition("=")[0] for item in arguments if item.startswith("--learner.")):
        setting = flag.split(".")[1].replace("-", "_").removeprefix("no_")
        others = [name for name, entry in LEARNERS.items() if setting in {item.name for item in fields(entry.config)}]
        if others and setting not in own:
            _refuse_if_renamed(flag)
            raise ValueError(
                f"{flag} is a setting of {' and '.join(others)}, and {learner_name(config)} has none of that name; "
                f"leave it out, or take --learner {others[0]}"
            )
    if value_of(arguments, "--learner.distribution") in HEADS:
        replace(config, distribution=value_of(arguments, "--learner.distribution"))


def check_settings(arguments: Sequence[str], config: object) -> None:
    """Refuse dotted flags that name no setting of a config, group by group; ValueError with those that there are."""
    for flag in (item.partition("=")[0] for item in arguments if item.startswith("--")):
        if "." in flag:
            _check_setting(flag, config)


def _check_setting(flag: str, config: object) -> None:
    group, prefix = config, "--"
    for name in flag.removeprefix("--").split("."):
        known = [item.name.replace("_", "-") for item in fields(group)] if is_dataclass(group) else []
        own = name.replace("_", "-")
        if own not in known and own.removeprefix("no-") not in known:
            hint = meant(own, known, prefix)
            raise ValueError(f"{flag} is no setting{hint}; under {prefix} there are {', '.join(known) or 'none'}")
        group, prefix = getattr(group, own.replace("-", "_"), None), f"{prefix}{own}."


def given_flags(arguments: Sequence[str]) -> list[str]:
    """The flags among arguments, without values, with dashes."""
    return [item.partition("=")[0].replace("_", "-") for item in arguments if item.startswith("--")]


def first_word(arguments: Sequence[str]) -> str | None:
    """What is named before any flag, which decides which settings exist; None without it."""
    return arguments[0] if arguments and not arguments[0].startswith("-") else None


def is_set(arguments: Sequence[str], flag: str) -> bool:
    """Whether a switch that decides which settings exist is on: the last word counts, with dashes or underscores."""
    given = [item.replace("_", "-") for item in arguments if item.startswith("--")]
    off = "--no-" + flag.removeprefix("--")
    return [item for item in given if item in (flag, off)][-1:] == [flag]


def value_of(arguments: Sequence[str], flag: str) -> str | None:
    """Value of a flag that decides which settings exist, looked up before the settings are parsed; the last word
    counts, as for the parser.
    """
    value = None
    for item, following in zip_longest(arguments, arguments[1:]):
        if item == flag:
            value = None if following is None or following.startswith("--") else following
        elif item.startswith(f"{flag}="):
            value = item.removeprefix(f"{flag}=")
    return value
