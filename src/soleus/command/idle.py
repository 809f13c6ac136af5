"""Flags that would change nothing in the run that is asked for: refused, rather than taken without a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from soleus.command.parse import given_flags
from soleus.run.config import RunConfig
from soleus.run.stage import parse_stage


class Need(NamedTuple):
    """What flags with one of these beginnings change nothing without."""

    flags: tuple[str, ...]
    what: str
    is_met: Callable[[RunConfig], bool]
    """Whether a config has it"""


def _setting(config: RunConfig, name: str) -> Any:
    """A setting of the learner by its name, dots and all; None where it has no such setting."""
    found: Any = config.learner
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _noise(kind: str) -> Callable[[RunConfig], bool]:
    """Whether that is the noise, or among it; learners without such a setting have groups of their own for it."""

    def is_met(config: RunConfig) -> bool:
        noise = _setting(config, "exploration.noise")
        return noise is None or kind in ((noise,) if isinstance(noise, str) else noise)

    return is_met


def _of_learner(level: str = "") -> tuple[Need, ...]:
    """What flags of a learner, or of a level of a feudal one, change nothing without."""
    flag = f"--learner.{level}"
    return (
        Need(
            (f"{flag}temperature-learning-rate", f"{flag}target-entropy-per-action"),
            f"{flag}temperature learned",
            lambda config: _setting(config, f"{level}temperature") in ("learned", None),
        ),
        Need(
            (f"{flag}priority-",),
            f"{flag}replay prioritised",
            lambda config: _setting(config, f"{level}replay") == "prioritised",
        ),
        Need(
            (f"{flag}learning-rate-updates",),
            f"{flag}learning-rate-left below 1",
            lambda config: _setting(config, f"{level}learning_rate_left") != 1,
        ),
        Need(
            (f"{flag}observation-limit",),
            f"{flag}normaliser running or manual",
            lambda config: _setting(config, f"{level}normaliser") != "none",
        ),
    )


def _evaluates(config: RunConfig) -> bool:
    """Whether evaluations come, or none of its stages waits for one."""
    waits = any("evaluate/" in stage.partition(":")[0] for stage in config.stages)
    return bool(config.evaluate_s or config.evaluate_steps) or not waits


NEEDS = (
    Need(
        ("--sampler.workers", "--sampler.step-timeout-s"),
        "--sampler.kind process, of which each worker is one",
        lambda config: config.sampler_kind == "process" or config.sampler.workers == 1,
    ),
    *_of_learner(),
    *_of_learner("manager."),
    *_of_learner("worker."),
    Need(
        ("--learner.terms.weight-updates",),
        "--learner.terms.weights-end",
        lambda config: bool(_setting(config, "terms.weights_end")),
    ),
    Need(("--symmetry-weight",), "--symmetry loss", lambda config: config.symmetry == "loss"),
    Need(("--training.speed",), "--training.reward.speed", lambda config: config.training.reward.speed != 0),
    Need(("--training.starts.fade-",), "--training.starts.random", lambda config: config.training.starts.random > 0),
    Need(
        ("--training.starts.fade-from",), "--training.starts.fade-to", lambda config: config.training.starts.fade_to > 0
    ),
    Need(("--training.starts.own-",), "--training.starts.own", lambda config: config.training.starts.own > 0),
    Need(
        ("--learner.exploration.correlation-s",),
        "--learner.exploration.noise ornstein_uhlenbeck",
        _noise("ornstein_uhlenbeck"),
    ),
    Need(
        ("--learner.exploration.std",),
        "a --learner.exploration.noise other than none",
        lambda config: _setting(config, "exploration.noise") != ("none",),
    ),
    Need(
        ("--learner.exploration.transitions",),
        "--learner.exploration.std-end other than its std",
        lambda config: _setting(config, "exploration.std") != _setting(config, "exploration.std_end"),
    ),
    Need(
        ("--learner.exploration.n-direction", "--learner.exploration.sigma-"),
        "--learner.exploration.noise parameter",
        _noise("parameter"),
    ),
)


def refuse_idle(arguments: Sequence[str], config: RunConfig) -> None:
    """Refuse flags that change nothing, before the first stage and in all of them; ValueError with what they need."""
    if not _evaluates(config):
        raise ValueError(
            "stages wait for evaluations, and --evaluate-s 0 makes none; leave it out, or the recipe's stages: --stages"
        )
    stages = range(len(config.stages) + 1)
    for flag in given_flags(arguments):
        for need in NEEDS:
            if flag.startswith(need.flags) and not any(need.is_met(config.at_stage(stage)) for stage in stages):
                raise ValueError(f"{flag} changes nothing without {need.what}; give that too, or leave it out")


def overruled(arguments: Sequence[str], config: RunConfig) -> list[str]:
    """A sentence for each flag that holds only until a stage changes the same setting."""
    given, notes = given_flags(arguments), []
    for text in config.stages:
        for name in parse_stage(text).changes:
            flag = f"--{name.replace('_', '-')}"
            if flag in given:
                notes.append(f"{flag} holds until a stage changes it: {text!r}; --stages says which there are")
                given.remove(flag)
    return notes
