"""Refusals that the configs of all tasks share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def check_choices(task: str, config: object, allowed: Mapping[str, Sequence[object]]) -> None:
    """ValueError for a field of a task's config whose value is none of the allowed ones."""
    for name, choices in allowed.items():
        value = getattr(config, name)
        if value not in choices:
            raise ValueError(f"{task} {name} is {value!r}; allowed are {', '.join(map(str, choices))}")


def check_least(task: str, config: object, least: Mapping[str, float]) -> None:
    """ValueError for a field whose number is too small; None stands for a default and passes."""
    for name, bound in least.items():
        value = getattr(config, name)
        if value is not None and not value >= bound:
            raise ValueError(f"{task} {name} is {value}; it must be at least {bound}")
