"""Samples in threads of this process, for an engine that holds many worlds: its calls and JAX's release the GIL.

One thread explores and another plays, so that neither waits for the other, nor the learner for them.
"""

from __future__ import annotations

import logging
import threading
import traceback
from queue import SimpleQueue

from soleus.nets.policy import PolicyError
from soleus.sampler.base import Play, Request, Result, Sampler, SamplerError
from soleus.sampler.worker import Envs, Worker

logger = logging.getLogger(__name__)

PATIENCE_S = 60.0
"""How long closing waits for a thread to finish its step, or to compile its engine: a program that ends while LLVM is
at work dies of it [s]."""


class ThreadSampler(Sampler):
    """A Worker in a thread for each kind of request."""

    n_worker = 1

    def __init__(self, envs: Envs, seed: int, n_play: int = 1) -> None:
        """Args:
        envs: build the environments, in the thread that uses them.
        seed: of everything random in them.
        n_play: worlds of the environment for playing.
        """
        self.n_play = n_play
        self._stopping = threading.Event()
        self._results: SimpleQueue[Result | BaseException] = SimpleQueue()
        self._explorer = _WorkerThread("soleus-explore", Worker(envs, seed, self._look_up), self._results)
        self._player = _WorkerThread("soleus-play", Worker(envs, seed, self._look_up, number=1), self._results)
        self._n_submitted = 0

    def submit(self, request: Request) -> None:
        self._n_submitted += 1
        thread = self._player if isinstance(request, Play) else self._explorer
        thread.requests.put(request)

    def receive(self) -> Result:
        if not self._n_submitted:
            raise ValueError("nothing was submitted to this sampler")
        result = self._results.get()
        self._n_submitted -= 1
        if isinstance(result, PolicyError):
            raise result
        if isinstance(result, BaseException):
            told = "".join(traceback.format_exception(result))
            raise SamplerError(f"a thread that simulates raised an exception:\n{told}") from result
        return result

    def close(self) -> None:
        self._stopping.set()
        for thread in (self._explorer, self._player):
            thread.requests.put(None)
        for thread in (self._explorer, self._player):
            thread.join(PATIENCE_S)
            if thread.is_alive():
                logger.warning("%s is still in a step after %g s; it ends with the program", thread.name, PATIENCE_S)

    def _look_up(self) -> None:
        """Called after every step."""
        if self._stopping.is_set():
            raise _Stopped


class _Stopped(Exception):  # noqa: N818 - no error
    """The sampler was closed in the middle of a request."""


class _WorkerThread(threading.Thread):
    """Serves requests until it is given None."""

    def __init__(self, name: str, worker: Worker, results: SimpleQueue[Result | BaseException]) -> None:
        super().__init__(name=name, daemon=True)
        self.requests: SimpleQueue[Request | None] = SimpleQueue()
        self._worker = worker
        self._results = results
        self.start()

    def run(self) -> None:
        try:
            while (request := self.requests.get()) is not None:
                self._results.put(Result(request, self._worker.serve(request)))
        except _Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - whatever it is, the receiver has to hear of it
            self._results.put(error)
        finally:
            self._worker.close()
