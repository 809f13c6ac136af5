"""Refusals of settings with which nothing can be learnt: what was given, and what is allowed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from soleus.learner.ppo.config import PpoConfig
    from soleus.learner.replay.config import ReplayConfig


def check_choices(config: object) -> None:
    """Refuse words that are no choice of a setting, which the command line does by itself."""
    for name, hint in get_type_hints(type(config)).items():
        if get_origin(hint) is Literal and getattr(config, name) not in get_args(hint):
            raise ValueError(f"{name} is {getattr(config, name)!r}; choose one of {', '.join(get_args(hint))}")


def check_common(config: ReplayConfig | PpoConfig) -> None:
    """Refuse values of the settings of networks, optimisers and horizon, which all learners have that do gradients."""
    check_interval(config, -1, 1, "initial_action")
    check_least(config, 1, "learning_rate_updates")
    check_positive(config, "actor_learning_rate", "critic_learning_rate")
    check_limit(config, "observation_limit")
    check_share(config, "learning_rate_left")
    for name in ("actor_hidden", "critic_hidden"):
        if any(units < 1 for units in getattr(config, name)):
            raise ValueError(f"{name} is {getattr(config, name)}; every layer needs at least 1 unit")
    if config.gradient_limit is not None:
        check_limit(config, "gradient_limit")
    if not 0 <= config.discount < 1:
        raise ValueError(f"discount is {config.discount}; it must be in [0, 1)")


def check_finite(config: object, *names: str) -> None:
    """Refuse settings without a bound, and those that are no number."""
    for name in names:
        if not math.isfinite(getattr(config, name)):
            raise ValueError(f"{name} is {getattr(config, name)}; it must be finite")


def check_share(config: object, *names: str) -> None:
    """Refuse settings that are no part of a whole."""
    for name in names:
        if not 0 < getattr(config, name) <= 1:
            raise ValueError(f"{name} is {getattr(config, name)}; it must be in (0, 1]")


def check_least(config: object, least: int, *names: str) -> None:
    """Refuse smaller settings, and infinity."""
    for name in names:
        value = getattr(config, name)
        if not value >= least:
            allowed = "must not be negative" if least == 0 else f"must be at least {least}"
            raise ValueError(f"{name} is {value}; it {allowed}")
        if value == math.inf:
            raise ValueError(f"{name} is {value}; it must be finite")


def check_most(config: object, most: int, *names: str) -> None:
    """Refuse greater settings."""
    for name in names:
        if not getattr(config, name) <= most:
            raise ValueError(f"{name} is {getattr(config, name)}; it must be at most {most}")


def check_positive(config: object, *names: str) -> None:
    """Refuse settings of 0 or less, infinity, and those that are no number."""
    check_limit(config, *names)
    check_finite(config, *names)


def check_limit(config: object, *names: str) -> None:
    """Refuse limits of 0 or less; infinity is none."""
    for name in names:
        if not getattr(config, name) > 0:
            raise ValueError(f"{name} is {getattr(config, name)}; it must be positive")


def check_interval(config: object, low: float, high: float, *names: str) -> None:
    """Refuse settings that do not lie between two others."""
    for name in names:
        if not low < getattr(config, name) < high:
            raise ValueError(f"{name} is {getattr(config, name)}; it lies between {low} and {high}")
