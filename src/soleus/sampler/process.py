"""Samples in worker processes, for a simulator that keeps one world a process: OpenSim.

Each worker has two requests in hand, so that it never waits for the learner. A worker that dies, or takes no step for
too long, is replaced and its requests go to the front of the queue; what it had already sent back stays. Episodes that
one worker after the other dies of are failures of the simulator.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from queue import SimpleQueue
from typing import Any

import numpy as np

from soleus.nets.policy import PolicyError
from soleus.sampler.base import N_IN_HAND, Explore, Request, Result, Sampler, SamplerError, Trial
from soleus.sampler.batch import Batch, failed_episodes
from soleus.sampler.worker import Envs, Worker

logger = logging.getLogger(__name__)

N_DEATHS_IN_A_ROW = 4
"""Deaths without a single result between them after which sampling gives up."""
N_DEATHS_OF_ONE = 2
"""Deaths of the same request after which nobody tries it again: the same episode ends in the same way."""
POLL_S = 1.0
"""How often hung workers are looked for [s]."""
HANG_UP_S = 1.0
"""Time for a worker to read what it was sent last [s]."""


@dataclass
class _Handle:
    """The parent's end of a worker."""

    process: SpawnProcess
    connection: Connection
    alive_at: Any
    """Shared: monotonic time of the worker's last step [s]"""
    cpu_s: Any
    """Shared: processor time that it had used then [s]; 0 before it has built its worlds"""
    in_hand: deque[Request] = field(default_factory=deque)
    outbox: SimpleQueue[bytes | None] = field(default_factory=SimpleQueue)
    """Pickled requests; None is the last"""

    def __post_init__(self) -> None:
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def _write(self) -> None:
        """Send what is in the outbox. A pipe is full where a worker hangs that lets none of its threads read it, and
        that must not be the end of the parent too.
        """
        with suppress(OSError):  # whoever reads hears that the worker died
            while (request := self.outbox.get()) is not None:
                self.connection.send_bytes(request)

    def hang_up(self) -> None:
        """Close the pipe, so that the worker leaves by itself; one that does not read is killed."""
        self.outbox.put(None)
        self._writer.join(timeout=HANG_UP_S)
        if self._writer.is_alive():
            _stop(self.process, patience_s=0.0)
            self._writer.join()
        self.connection.close()


class ProcessSampler(Sampler):
    """A Worker in each of several processes, started by spawn and each on one thread."""

    def __init__(self, envs: Envs, n_worker: int, seed: int, step_timeout_s: float = 60.0, n_play: int = 1) -> None:
        """Args:
        envs: build a worker's environments; pickled to the workers.
        n_worker: processes; as many as cores for a simulator that uses one.
        seed: worker i and its i-th replacement get seeds of their own from it.
        step_timeout_s: a worker that takes longer for one step is killed and replaced.
        n_play: worlds of the environment for playing.
        """
        if n_worker < 1:
            raise ValueError(f"{n_worker} workers asked for; at least 1 is needed")
        self.n_worker = n_worker
        self.n_play = n_play
        self.step_timeout_s = step_timeout_s
        self._envs = envs
        self._seed = seed
        self._n_started = 0
        self._n_deaths_in_a_row = 0
        self._n_deaths: Counter[int] = Counter()
        """By the `id` of the request that a worker was at"""
        self._given_up: deque[Result] = deque()
        self._cpu_of_gone_s = 0.0
        self._last_read = -1
        self._context: SpawnContext = multiprocessing.get_context("spawn")
        self._queue: deque[Request] = deque()
        self._workers = [self._start() for _ in range(n_worker)]

    @property
    def process_ids(self) -> list[int]:
        """Process ids of the workers that are alive."""
        return [worker.process.pid for worker in self._workers if worker.process.pid and worker.process.is_alive()]

    @property
    def cpu_s(self) -> float:
        return self._cpu_of_gone_s + sum(worker.cpu_s.value for worker in self._workers)

    def submit(self, request: Request) -> None:
        self._queue.append(request)
        self._hand_out()

    def receive(self) -> Result:
        if not self._queue and not self._given_up and not any(worker.in_hand for worker in self._workers):
            raise ValueError("nothing was submitted to this sampler")
        while not self._given_up:
            ready = wait([worker.connection for worker in self._workers], timeout=POLL_S)
            # Round and round, or a learner slower than its workers would hear of the first ones only.
            for i in (*range(self._last_read + 1, self.n_worker), *range(self._last_read + 1)):
                if self._workers[i].connection in ready:
                    self._last_read = i
                    result = self._read(i)
                    if result is not None:
                        return result
            self._replace_hung()
        return self._given_up.popleft()

    def close(self) -> None:
        for worker in self._workers:
            worker.hang_up()
        for worker in self._workers:
            _stop(worker.process)
            self._cpu_of_gone_s += worker.cpu_s.value
        self._workers = []
        self._queue.clear()

    def _start(self) -> _Handle:
        parent_end, worker_end = self._context.Pipe()
        alive_at, cpu_s = (self._context.RawValue("d", value) for value in (time.monotonic(), 0.0))
        process = self._context.Process(
            target=_work,
            args=(worker_end, alive_at, cpu_s, self._envs, (self._seed, self._n_started)),
            name=f"soleus-worker-{self._n_started}",
            daemon=True,
        )
        self._n_started += 1
        with _one_thread():
            process.start()
        worker_end.close()
        return _Handle(process, parent_end, alive_at, cpu_s)

    def _hand_out(self) -> None:
        for n_busy in range(N_IN_HAND):
            for worker in self._workers:
                if self._queue and len(worker.in_hand) <= n_busy:
                    self._hand_over(worker, self._queue.popleft())

    def _hand_over(self, worker: _Handle, request: Request) -> None:
        if not worker.in_hand:
            worker.alive_at.value = time.monotonic()
        worker.in_hand.append(request)
        worker.outbox.put(pickle.dumps(request))

    def _read(self, i: int) -> Result | None:
        worker = self._workers[i]
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join(timeout=5.0)
            self._replace(i, f"it died with exit code {worker.process.exitcode}")
            return None
        if isinstance(answer, PolicyError):
            raise answer
        if isinstance(answer, _Failure):
            self._replace(i, f"it raised an exception:\n{answer.traceback}", of_ours=True)
            return None
        self._n_deaths_in_a_row = 0
        request = worker.in_hand.popleft()
        del self._n_deaths[id(request)]
        self._hand_out()
        return Result(request, answer)

    def _replace_hung(self) -> None:
        now = time.monotonic()
        for i, worker in enumerate(self._workers):
            if worker.in_hand and now - worker.alive_at.value > self.step_timeout_s:
                self._replace(i, f"it took no step for {self.step_timeout_s:g} s")

    def _replace(self, i: int, reason: str, *, of_ours: bool = False) -> None:
        """Start another worker in the place of one that died; `of_ours` where Python could still say why."""
        dead = self._workers[i]
        logger.warning("worker %s is replaced: %s", dead.process.name, reason)
        _stop(dead.process, patience_s=0.0)
        dead.hang_up()
        self._cpu_of_gone_s += dead.cpu_s.value
        self.n_restart += 1
        self._n_deaths_in_a_row += 1
        if self._n_deaths_in_a_row >= N_DEATHS_IN_A_ROW:
            raise SamplerError(
                f"{N_DEATHS_IN_A_ROW} workers died without a result between them; the last because {reason}"
            )
        if dead.in_hand and dead.cpu_s.value:  # else it came to no episode that could have killed it
            self._blame(dead.in_hand, reason, of_ours)
        self._queue.extendleft(reversed(dead.in_hand))
        self._workers[i] = self._start()
        self._hand_out()

    def _blame(self, in_hand: deque[Request], reason: str, of_ours: bool) -> None:
        """Count a death for the first of the requests, and give it up when it was the last that it may cause. What is
        explored is never the same again.
        """
        request = in_hand[0]
        self._n_deaths[id(request)] += 1
        if self._n_deaths[id(request)] < N_DEATHS_OF_ONE or isinstance(request, Explore):
            return
        if of_ours:
            raise SamplerError(f"{N_DEATHS_OF_ONE} workers died of the same episodes; the last because {reason}")
        del self._n_deaths[id(in_hand.popleft())]
        why = f"the simulator took {N_DEATHS_OF_ONE} workers with it; the last: {reason}"
        logger.warning("the episodes of seeds %s are given up: %s", request.seeds, why)
        numbers = request.numbers if isinstance(request, Trial) else ()
        self._given_up.append(Result(request, failed_episodes(request.seeds, numbers, self._envs.failure_score, why)))


@dataclass(frozen=True)
class _Failure:
    traceback: str


def _stop(process: SpawnProcess, patience_s: float = 2.0) -> None:
    """End a process whose pipe is closed: it leaves by itself at its next message, or is killed."""
    process.join(timeout=patience_s)
    if process.is_alive():
        process.kill()
        process.join()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes that start meanwhile compute on one thread, unless the user says how many; NumPy reads that when it is
    loaded, before any code of ours runs there.
    """
    if "OMP_NUM_THREADS" in os.environ:
        yield
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        del os.environ["OMP_NUM_THREADS"]


def _work(connection: Connection, alive_at: Any, cpu_s: Any, envs: Envs, seed: tuple[int, int]) -> None:
    """Main function of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def on_step() -> None:
        alive_at.value, cpu_s.value = time.monotonic(), time.process_time()

    try:
        requests = _arriving(connection)
        worker = Worker(envs, _mix(seed), on_step, number=seed[1])
        while (request := requests.get()) is not None:
            connection.send(_serve(worker, pickle.loads(request)))
    except (BrokenPipeError, ConnectionResetError):
        return
    except Exception:  # noqa: BLE001 - whatever it is, the parent has to hear of it
        # The parent logs it and starts another worker; this process has nothing left to do.
        connection.send(_Failure(traceback.format_exc()))


def _arriving(connection: Connection) -> SimpleQueue[bytes | None]:
    """Pickled requests as they arrive, None when the parent has left. They are taken off the pipe while the worker
    works: a parent that sends and a worker that sends would wait for each other for ever.
    """
    requests: SimpleQueue[bytes | None] = SimpleQueue()

    def read() -> None:
        try:
            while True:
                requests.put(connection.recv_bytes())
        except (EOFError, OSError):
            requests.put(None)

    threading.Thread(target=read, daemon=True).start()
    return requests


def _serve(worker: Worker, request: Request) -> Batch | PolicyError:
    """What the request asks for, or why the policy cannot give it: another worker would fare no better."""
    try:
        return worker.serve(request)
    except PolicyError as error:
        return error


def _mix(seed: tuple[int, int]) -> int:
    """A seed for each worker, far from the seeds of the others."""
    return int(np.random.SeedSequence(seed).generate_state(1)[0])
