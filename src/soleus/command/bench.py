"""`soleus bench`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.table import Column, Table
from tyro.conf import Positional

from soleus.command.bench_learner import learner_table
from soleus.command.parse import parse
from soleus.engine.benchmark import (
    BATCH,
    CASES,
    OPENSIM_LOOSE,
    OPENSIM_TIGHT,
    Speed,
    measure_speeds,
    measure_start,
    measure_threads,
)
from soleus.engine.fast.config import FastConfig
from soleus.engine.floor import Floor, measure_floor
from soleus.engine.reference import ReferenceConfig
from soleus.engine.registry import engine_name, make_engine
from soleus.model import MODELS, Model
from soleus.task.benchmark import measure_task
from soleus.task.registry import TASKS


@dataclass(frozen=True)
class BenchOptions:
    what: Positional[Literal["engine", "task", "learner", "all"]] = "all"
    """What to measure."""
    model: str = "gait9dof18musc"
    """The body that engines simulate; gait14dof22musc_20170320 moves in space."""
    steps: int = 100
    """Control steps of each engine in a turn, and of each task."""
    repeats: int = 5
    """Turns of each engine, whose medians count."""

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise ValueError(f"unknown model {self.model!r}; known models are {', '.join(MODELS)}")
        for name in ("steps", "repeats"):
            if getattr(self, name) < 1:
                raise ValueError(f"--{name} is {getattr(self, name)}; at least 1 is needed")


def bench(arguments: Sequence[str], console: Console) -> None:
    """Measure speed on this machine, in CPU time of one core, so that other work on it counts less.

    soleus bench engine

    soleus bench engine --model gait14dof22musc_20170320

    soleus bench task

    soleus bench learner
    """
    options = parse(BenchOptions, "bench", bench.__doc__, arguments)
    if options.what in ("engine", "all"):
        _bench_engines(MODELS[options.model](), options, console)
    if options.what in ("task", "all"):
        with console.status("tasks take turns (a minute or two) ..."):
            table = _task_table(options.steps)
        console.print(table)
    if options.what in ("learner", "all"):
        with console.status("learners take turns (three minutes or so) ..."):
            table = learner_table()
        console.print(table)


def _bench_engines(model: Model, options: BenchOptions, console: Console) -> None:
    """Speeds beside OpenSim's, threads, start, and the arithmetic floor."""
    with console.status("engines take turns (a minute or two) ..."):
        speeds = measure_speeds(model, CASES, options.steps, options.repeats)
    console.print(_speed_table(model, speeds))
    with console.status("threads and starts ..."):
        threads = measure_threads(model, options.steps, options.repeats)
        first, cached = measure_start(model)
    console.print(f"Two threads make {threads:.2f} times the steps of one, on the wall clock.", highlight=False)
    console.print(f"Start of a batch: {first:.1f} s compiling, {cached:.2f} s from the cache.", highlight=False)
    with console.status("the floor ..."):
        floor = measure_floor(model, options.steps, options.repeats)
    console.print(_floor_table(floor))


def _speed_table(model: Model, speeds: dict[str, Speed]) -> Table:
    table = Table(
        Column("engine", no_wrap=True), "steps/s", "x 5e-5", "x 1e-3", "evals", "measure",
        title=f"{model.name}: control steps of 10 ms in a CPU second",
        caption="fast 1, 256: worlds; x: times OpenSim's steps at that accuracy; measure in us",
    )  # fmt: skip
    for name, speed in speeds.items():
        ratios = [
            speed.steps_per_second / speeds[case.name].steps_per_second for case in (OPENSIM_TIGHT, OPENSIM_LOOSE)
        ]
        table.add_row(
            name,
            f"{speed.steps_per_second:,.0f}",
            *(f"{ratio:,.1f}" for ratio in ratios),
            f"{speed.n_evaluation:.0f}" if speed.n_evaluation else "",
            f"{1e6 * speed.measure:.1f}",
        )
        if speed.n_failed:
            table.caption = f"{table.caption}; {name}: {speed.n_failed} worlds failed"
    return table


def _floor_table(floor: Floor) -> Table:
    """How the time of a control step is spent, from the arithmetic that it cannot do without."""
    speed = f"{1e-9 * floor.operations_per_second:.1f} billion a second, {floor.width} worlds each"
    table = Table(
        Column("part of a control step", no_wrap=True), "us", "share", title=BATCH.name,
        caption=f"{floor.n_evaluation:.0f} evaluations of {floor.n_operation:,} vector operations;\n{speed}",
    )  # fmt: skip
    parts = {
        "floor: arithmetic of the equations": floor.arithmetic,
        "loads, stores, waiting, the integrator": floor.evaluations - floor.arithmetic,
        "once a step: worlds in and out, Python": floor.step - floor.evaluations,
        "all": floor.step,
    }
    for name, seconds in parts.items():
        table.add_row(name, f"{1e6 * seconds:.2f}", f"{seconds / floor.step:.0%}")
    return table


def _task_table(n_step: int) -> Table:
    """Every task on every engine that simulates it: speed, and the task layer's share of the time."""
    table = Table(
        Column("task", no_wrap=True), "engine", "worlds", "hold", "steps/s", "engine ms", "task ms", "task share",
        title="Control steps of 10 ms in a CPU second of one thread, under the graded rules",
        caption="hold: control steps of an action; ms: of a control step of all worlds, float64",
    )  # fmt: skip
    for name, entry in TASKS.items():
        cases = [(FastConfig(threads=1), n, hold) for n, hold in ((256, 1), (256, 4), (1, 1))]
        for config, n_world, hold in [*(cases if entry.engine == "fast" else []), (ReferenceConfig(), 1, 1)]:
            task = entry.config().build()
            n = n_step if n_world > 1 else max(n_step // 3, 1)
            speed = measure_task(task, make_engine(config, task.model, n_world), n, hold)
            layer = speed.step_s - speed.engine_s
            table.add_row(
                name, engine_name(config), str(n_world), str(hold), f"{speed.steps_per_second:,.0f}",
                f"{1e3 * speed.engine_s:.2f}", f"{1e3 * layer:.2f}", f"{speed.task_share:.0%}",
            )  # fmt: skip
    return table
