"""Settings as a user gives them on the command line."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any


def changed_flags(name: str, given: Any, allowed: Any) -> list[str]:
    """Flags of the fields in which a config is not as it is allowed to be, those of its parts included."""
    flags = []
    for item in fields(given):
        one, other, flag = getattr(given, item.name), getattr(allowed, item.name), f"{name}.{item.name}"
        if is_dataclass(one):
            flags += changed_flags(flag, one, other)
        elif one != other:
            flags.append(f"--{flag.replace('_', '-')}")
    return flags


def flags_for(name: str, given: Any, usual: Any) -> list[str]:
    """What to say on the command line for a config of plain settings that is not as usual, each with its value."""
    return [
        _said(f"{name}.{item.name}".replace("_", "-"), getattr(given, item.name))
        for item in fields(given)
        if getattr(given, item.name) != getattr(usual, item.name)
    ]


def _said(name: str, value: Any) -> str:
    if isinstance(value, bool):
        group, _, setting = name.rpartition(".")
        return f"--{name}" if value else f"--{group}.no-{setting}"
    if isinstance(value, tuple):
        return " ".join([f"--{name}", *map(str, value)])
    return f"--{name} {value:g}" if isinstance(value, float) else f"--{name} {value}"
