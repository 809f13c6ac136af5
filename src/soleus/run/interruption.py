"""Ctrl-C and SIGTERM: a run ends as soon as it is saved, wherever they arrive."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import final

logger = logging.getLogger(__name__)


@final
class Interruption:
    """Raises KeyboardInterrupt where Ctrl-C or SIGTERM arrive, and remembers it.

    An exception in a callback of the garbage collector, of which JAX has one, is lost: who goes on for long asks again.
    """

    def __init__(self) -> None:
        self._came = False

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen for a while; what the process was told to ignore stays ignored."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        with _answered(self._hear, *(number for number in numbers if signal.getsignal(number) != signal.SIG_IGN)):
            yield

    def check(self) -> None:
        """Raise KeyboardInterrupt if somebody wants an end."""
        if self._came:
            raise KeyboardInterrupt

    def _hear(self, number: int, frame: object) -> None:
        del number, frame
        self._came = True
        raise KeyboardInterrupt


@contextmanager
def patience() -> Iterator[None]:
    """Save in peace: whoever is impatient would lose what is being saved."""
    with _answered(_have_patience, signal.SIGTERM, signal.SIGINT):
        yield


def _have_patience(number: int, frame: object) -> None:
    del number, frame
    logger.warning("saving; a moment")


@contextmanager
def _answered(handler: Callable[[int, object], None], *numbers: signal.Signals) -> Iterator[None]:
    """Answer signals so for a while."""
    before = [signal.signal(number, handler) for number in numbers]
    try:
        yield
    finally:
        for number, usual in zip(numbers, before, strict=True):
            signal.signal(number, usual)
