"""Names that somebody may have meant by one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Words to follow a name that is not known, with the nearest one that is; nothing if none is near."""
    near = get_close_matches(name.lower(), known, n=1)
    return f" (did you mean {prefix}{near[0]}?)" if near else ""
