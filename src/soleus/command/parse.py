"""Arguments -> the dataclass of a command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import tyro
from tyro import MISSING_NONPROP

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
        default: in place of the dataclass's own defaults.
    """
    return tyro.cli(
        kind, prog=f"soleus {name}", description=help_text, args=arguments, default=default or MISSING_NONPROP
    )
