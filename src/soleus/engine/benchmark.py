"""How fast engines are: the same episodes for all of them, in turns, in the CPU time of this process.

An episode begins in the default pose on the ground, its muscles in equilibrium, and every control step draws new
excitations. A body that has fallen, or a world that has failed, starts again. Resets are not counted, for no engine.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Engine, Status
from soleus.engine.fast.cache import FOLDER_VARIABLE
from soleus.engine.fast.config import FastConfig
from soleus.engine.fast.engine import FastEngine
from soleus.engine.random_state import standing_sample
from soleus.engine.reference import ReferenceConfig
from soleus.engine.registry import EngineConfig
from soleus.model.spec import Model

FALLEN = 0.7
"""A body has fallen whose mass centre is lower than this share of its height at the start."""
N_BATCH = 256
"""Worlds of a batch."""
WARM_UP_STEPS = 3
"""Steps before the measurement."""


@dataclass(frozen=True)
class Case:
    """An engine as it is measured."""

    name: str
    config: EngineConfig
    n_world: int = 1


_FAST = FastConfig(threads=1)
_MERSON = replace(_FAST, method="merson")
OPENSIM_TIGHT = Case("opensim 5e-5", ReferenceConfig(accuracy=5e-5))
OPENSIM_LOOSE = Case("opensim 1e-3", ReferenceConfig(accuracy=1e-3))
BATCH = Case("fast 256, chebyshev 1e-3", _FAST, N_BATCH)
CASES = (
    OPENSIM_TIGHT,
    OPENSIM_LOOSE,
    Case("fast 1, merson 5e-5", replace(_MERSON, accuracy=5e-5)),
    Case("fast 1, chebyshev 1e-3", _FAST),
    Case("fast 256, merson 5e-5", replace(_MERSON, accuracy=5e-5), N_BATCH),
    Case("fast 256, merson 1e-3", replace(_MERSON, accuracy=1e-3), N_BATCH),
    BATCH,
    Case("fast 256, chebyshev, float32", replace(_FAST, precision="float32"), N_BATCH),
)
"""What `soleus bench engine` compares."""


@dataclass(frozen=True)
class Speed:
    """What a control step costs; medians of all repeats, CPU time."""

    step: float
    """Of one world [s]"""
    measure: float
    """`measure` of one world [s]"""
    n_evaluation: float
    """How often the equations were evaluated in a world's step, mean; 0 if the engine does not tell"""
    n_failed: int
    """Worlds that failed in all repeats"""

    @property
    def steps_per_second(self) -> float:
        """Of one core."""
        return 1.0 / self.step


@dataclass(frozen=True)
class Lap:
    """What one turn of a course cost, for one step of one world."""

    step: float
    """[s]"""
    measure: float
    """[s]"""
    n_evaluation: float
    n_failed: int


class Course:
    """The episodes of one engine."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = process_time) -> None:
        self.engine = engine
        self.clock = clock
        standing = standing_sample(engine, engine.n_world)
        self._parameters = standing.parameters
        engine.reset(np.arange(engine.n_world), standing.state, self._parameters, equilibrate=True)
        self._start = engine.state()
        self._height = float(engine.measure().mass_center_position[0, 1])

    def run(self, excitation: Array) -> Lap:
        """Run from the start.

        Args:
            excitation: shape (n_step, n, n_muscle) [1] with n worlds or more; the first ones count.
        """
        engine, clock = self.engine, self.clock
        self._restart(np.arange(engine.n_world))
        stepping = measuring = n_evaluation = 0.0
        n_failed = 0
        for row in excitation[:, : engine.n_world]:
            begin = clock()
            engine.step(row)
            stepped = clock()
            height = engine.measure().mass_center_position[:, 1]
            measuring += clock() - stepped
            stepping += stepped - begin
            if isinstance(engine, FastEngine):
                n_evaluation += engine.evaluations.mean()
            failed = engine.status() != Status.RUNNING
            n_failed += int(failed.sum())
            self._restart(np.flatnonzero(failed | (height < FALLEN * self._height)))
        n_step = len(excitation)
        n = n_step * engine.n_world
        return Lap(stepping / n, measuring / n, n_evaluation / n_step, n_failed)

    def _restart(self, worlds: NDArray[np.integer]) -> None:
        if len(worlds):
            self.engine.reset(worlds, self._start[worlds], self._parameters[worlds], equilibrate=False)


def measure_speeds(model: Model, cases: Sequence[Case], n_step: int, n_repeat: int, seed: int = 0) -> dict[str, Speed]:
    """Measure all cases by turns, each on the same episodes.

    Args:
        model: the body.
        cases: the engines; the worlds of a small one are the first worlds of a large one.
        n_step: control steps of a repeat.
        n_repeat: how often every engine takes its turn.
        seed: of the excitations.
    """
    courses = {case.name: Course(case.config.build(model, case.n_world)) for case in cases}
    laps = _run_in_turns(list(courses.values()), n_step, n_repeat, seed)
    return {name: _summary(own) for name, own in zip(courses, laps, strict=True)}


def measure_threads(model: Model, n_step: int, n_repeat: int, seed: int = 0) -> float:
    """How many times the steps of one thread two threads make, on the wall clock, by turns."""
    configs = [replace(BATCH.config, threads=threads) for threads in (1, 2)]
    courses = [Course(config.build(model, N_BATCH), perf_counter) for config in configs]
    one, two = (_summary(laps) for laps in _run_in_turns(courses, n_step, n_repeat, seed))
    return one.step / two.step


def measure_start(model: Model) -> tuple[float, float]:
    """CPU time from nothing to a batch that is ready to step, in fresh processes: without a cache, and with one [s]."""
    with TemporaryDirectory() as folder:
        first, second = (_in_fresh_process(_start_batch, model, folder) for _ in range(2))
    return first, second


def _in_fresh_process(function: Callable[[Model, str], float], model: Model, folder: str) -> float:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, model, folder).result()


def _start_batch(model: Model, folder: str) -> float:
    """CPU time of this process until a batch can step, with compiled programs in a folder [s]."""
    os.environ[FOLDER_VARIABLE] = folder
    begin = process_time()
    Course(BATCH.config.build(model, N_BATCH))
    return process_time() - begin


def _run_in_turns(courses: Sequence[Course], n_step: int, n_repeat: int, seed: int) -> list[list[Lap]]:
    """The laps of each course, whose engines are closed at the end."""
    random = np.random.default_rng(seed)
    shape = max(course.engine.n_world for course in courses), len(courses[0].engine.model.muscles)
    warm_up = random.uniform(size=(WARM_UP_STEPS, *shape))
    for course in courses:
        course.run(warm_up)
    laps: list[list[Lap]] = [[] for _ in courses]
    for _ in range(n_repeat):
        excitation = random.uniform(size=(n_step, *shape))
        for course, own in zip(courses, laps, strict=True):
            own.append(course.run(excitation))
    for course in courses:
        course.engine.close()
    return laps


def _summary(laps: Sequence[Lap]) -> Speed:
    return Speed(
        step=float(np.median([lap.step for lap in laps])),
        measure=float(np.median([lap.measure for lap in laps])),
        n_evaluation=float(np.mean([lap.n_evaluation for lap in laps])),
        n_failed=sum(lap.n_failed for lap in laps),
    )
