"""`soleus plot`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from tyro.conf import Positional

from soleus.command.parse import parse
from soleus.report.plot import plot_learning_curve
from soleus.run.folder import RunFolder


@dataclass(frozen=True)
class PlotOptions:
    runs: Positional[tuple[Path, ...]]
    """Run folders, drawn over each other."""
    out: Path | None = None
    """The PNG file; learning_curve.png in the first run by default."""

    def __post_init__(self) -> None:
        if not self.runs:
            raise ValueError("no run folder given; name one or more, as in `soleus plot runs/first`")


def plot(arguments: Sequence[str], console: Console) -> None:
    """Draw the learning curves of runs.

    soleus plot runs/first

    soleus plot runs/seed0 runs/seed1 --out both.png
    """
    options = parse(PlotOptions, "plot", plot.__doc__, arguments)
    folders = [RunFolder.open(path) for path in options.runs]
    out = options.out or folders[0].learning_curve
    plot_learning_curve(folders, out)
    console.print(f"wrote {out}", highlight=False)
