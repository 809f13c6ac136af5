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
