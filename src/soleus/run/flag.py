"""Settings as a user gives them on the command line."""

from __future__ import annotations

from dataclasses import fields
from typing import Any


def changed(name: str, given: Any, allowed: Any) -> list[str]:
    """Flags of the fields in which a config is not as it is allowed to be."""
    differing = (item.name for item in fields(given) if getattr(given, item.name) != getattr(allowed, item.name))
    return [f"--{name}.{field_name.replace('_', '-')}" for field_name in differing]
