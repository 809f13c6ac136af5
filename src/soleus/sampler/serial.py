"""Samples in the caller's own process: reproducible to the bit, and easy to debug."""

from __future__ import annotations

from collections import deque

from soleus.sampler.base import Request, Result, Sampler
from soleus.sampler.worker import Envs, Worker


class SerialSampler(Sampler):
    """Works when it is asked for a result."""

    n_worker = 1

    def __init__(self, envs: Envs, seed: int, n_play: int = 1) -> None:
        """Args:
        envs: build the environments.
        seed: of everything random in them.
        n_play: worlds of the environment for playing.
        """
        self.n_play = n_play
        self._worker = Worker(envs, seed)
        self._queue: deque[Request] = deque()

    def submit(self, request: Request) -> None:
        self._queue.append(request)

    def receive(self) -> Result:
        if not self._queue:
            raise ValueError("nothing was submitted to this sampler")
        request = self._queue.popleft()
        return Result(request, self._worker.serve(request))

    def close(self) -> None:
        self._worker.close()
