"""Names of what is observed, chosen by patterns."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase


def places(names: Sequence[str], patterns: Sequence[str]) -> tuple[int, ...]:
    """Places of the names that one of some patterns fits, in which * stands for any letters and ? for one."""
    return tuple(i for i, name in enumerate(names) if any(fnmatchcase(name, pattern) for pattern in patterns))
