"""Refusals that the configs of all tasks share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np


def check_rules(task: str, config: Any, least: Mapping[str, float]) -> None:
    """ValueError for the first rule whose value its annotation does not allow, or whose number is too small. Numbers of
    NumPy's become Python's in the config, so that whoever writes it down as JSON can.

    Args:
        task: name of the task.
        config: a dataclass of rules: choices, truth values and numbers, None among them where that is a default.
        least: smallest number by rule.
    """
    hints = get_type_hints(type(config))
    for rule in fields(config):
        value, hint = getattr(config, rule.name), hints[rule.name]
        if isinstance(value, np.generic):
            value = value.item()
            object.__setattr__(config, rule.name, value)
        choices = _choices(hint)
        if choices is not None and not any(value == choice and type(value) is type(choice) for choice in choices):
            raise ValueError(f"{task} {rule.name} is {value!r}; allowed are {', '.join(map(str, choices))}")
        if choices is None and not _is_number(value, hint):
            kind = "a whole number" if float not in _kinds(hint) else "a finite number"
            raise ValueError(f"{task} {rule.name} is {value!r}; it must be {kind}")
        if value is not None and rule.name in least and value < least[rule.name]:
            raise ValueError(f"{task} {rule.name} is {value}; it must be at least {least[rule.name]}")


def differences(given: Any, expected: Any) -> list[str]:
    """The rules in which two configs of a kind differ, with both values."""
    return [
        f"{rule.name} is {getattr(given, rule.name)!r}, here {getattr(expected, rule.name)!r}"
        for rule in fields(expected)
        if getattr(given, rule.name) != getattr(expected, rule.name)
    ]


def _kinds(hint: Any) -> tuple[Any, ...]:
    """The members of a union, or the type alone."""
    return get_args(hint) if isinstance(hint, UnionType) else (hint,)


def _choices(hint: Any) -> tuple[Any, ...] | None:
    """All values that an annotation allows; None for numbers."""
    found: list[Any] = []
    for kind in _kinds(hint):
        if get_origin(kind) is Literal:
            found += get_args(kind)
        elif kind is bool:
            found += [False, True]
        elif kind is NoneType:
            found += [None]
        else:
            return None
    return tuple(found)


def _is_number(value: Any, hint: Any) -> bool:
    kinds = _kinds(hint)
    if value is None:
        return NoneType in kinds
    numbers = (int, float) if float in kinds else (int,)
    return isinstance(value, numbers) and not isinstance(value, bool) and math.isfinite(value)
