"""Threads that work through the worlds of a job together."""

from __future__ import annotations

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor

from soleus.engine.fast.compile import Library
from soleus.engine.fast.layout import Job


class Crew:
    """Runs functions of a program; each thread takes world after world until none is left."""

    def __init__(self, library: Library, n_thread: int) -> None:
        """Args:
        library: the program.
        n_thread: at least 1; the caller is one of them.
        """
        self._library = library
        self._n_thread = n_thread
        self._hire()

    def run(self, function: str, job: Job, n_thread: int) -> None:
        """Run a function of the program on a job, on at most so many threads."""
        call, address = self._library.function(function), ctypes.addressof(job)
        if self._process != os.getpid():
            self._hire()  # of a fork: threads stay behind in the process that made them
        helping = min(n_thread, self._n_thread) - 1
        parts = [self._pool.submit(call, address) for _ in range(helping)] if self._pool is not None else []
        call(address)
        for part in parts:
            part.result()

    def _hire(self) -> None:
        """Start the threads that help the caller, in this process."""
        n_helper = self._n_thread - 1
        self._process = os.getpid()
        self._pool = ThreadPoolExecutor(n_helper, "soleus-engine") if n_helper else None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
