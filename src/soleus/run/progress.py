"""Progress of a long work on the console: a bar on a terminal, a line now and then in a log file."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

LINE_S = 15.0
"""Time between two lines where there is no terminal [s]."""


class ProgressDisplay:
    """Shows how much is done, how fast it goes, how well, and how long it will take."""

    def __init__(self, what: str, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._what = what
        self._line_at = time.monotonic()
        self._first: tuple[float, float] | None = None
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[text]}", markup=False),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task(what, total=1.0, text="")

    def __enter__(self) -> ProgressDisplay:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.stop()

    def show(self, fraction: float, text: str) -> None:
        """Args:
        fraction: done, from 0 to 1; the time left follows from how fast it grew since the first call.
        text: rates and scores, in a few words.
        """
        now = time.monotonic()
        if self._first is None:
            self._first = now, fraction
        began_at, began_with = self._first
        if fraction > began_with:
            text = f"{text}, {clock((now - began_at) * (1 - fraction) / (fraction - began_with))} left"
        if self._console.is_terminal:
            self._bar.update(self._task, completed=fraction, text=text)
        elif time.monotonic() - self._line_at >= LINE_S:
            self._line_at = time.monotonic()
            self._console.print(f"{self._what}: {fraction:.0%}, {text}", highlight=False, markup=False, soft_wrap=True)


def clock(duration_s: float) -> str:
    """A duration as people say it."""
    minutes, seconds = divmod(round(max(duration_s, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
