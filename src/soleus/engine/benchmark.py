"""How fast an engine is: a fixed workload, measured in the CPU time of this process."""

from __future__ import annotations

from dataclasses import dataclass
from time import process_time

import numpy as np

from soleus.engine.base import Engine, Parameters, Status, default_state

EPISODE_STEPS = 75
"""Control steps until the worlds start again; under random excitation a runner lies on the ground by then."""


@dataclass(frozen=True)
class Rate:
    """What a workload cost. Times are CPU times, so that other work on the machine counts less."""

    steps_per_second: float
    """Control steps, all worlds together, in a CPU second: steps, measurements and resets"""
    step_median: float
    """Time of one `step` [s]"""
    step_95: float
    """Time that 95 % of the steps keep [s]"""
    step_longest: float
    """[s]"""
    measure_mean: float
    """Time of one `measure` and `state` [s]"""
    reset_mean: float
    """Time of one `reset` with strengths and obstacles of its own [s]"""
    n_failed: int
    """Worlds that did not get through their episode"""


def measure_rate(engine: Engine, n_step: int = 600, seed: int = 0) -> Rate:
    """Run episodes of uniformly random excitations, drawn anew each step, from the default pose in equilibrium.

    Obstacles are spread over the track from 1 m on; strengths lie between 0.7 and 1. The first reset, in which an
    engine may build its model, is not counted.

    Args:
        engine: a fresh one; it is not closed.
        n_step: control steps of each world.
        seed: of excitations, strengths and obstacles.
    """
    generator = np.random.default_rng(seed)
    shape = engine.n_world, len(engine.model.muscles)
    worlds, start = np.arange(engine.n_world), default_state(engine.model, engine.n_world)
    engine.reset(worlds, start, _draw_parameters(engine, generator), equilibrate=True)  # builds the model
    steps, measures, resets = [], [], []
    n_failed = 0
    for i in range(n_step):
        if i % EPISODE_STEPS == 0:
            parameters = _draw_parameters(engine, generator)
            begin = process_time()
            engine.reset(worlds, start, parameters, equilibrate=True)
            resets.append(process_time() - begin)
        excitation = generator.uniform(size=shape)
        begin = process_time()
        engine.step(excitation)
        stepped = process_time()
        engine.state()
        engine.measure()
        measures.append(process_time() - stepped)
        steps.append(stepped - begin)
        if (i + 1) % EPISODE_STEPS == 0 or i + 1 == n_step:
            n_failed += int((engine.status() != Status.RUNNING).sum())
    total = sum(steps) + sum(measures) + sum(resets)
    return Rate(
        steps_per_second=n_step * engine.n_world / total,
        step_median=float(np.median(steps)),
        step_95=float(np.percentile(steps, 95)),
        step_longest=max(steps),
        measure_mean=float(np.mean(measures)),
        reset_mean=float(np.mean(resets)),
        n_failed=n_failed,
    )


def _draw_parameters(engine: Engine, generator: np.random.Generator) -> Parameters:
    n_obstacle = engine.model.obstacle.count if engine.model.obstacle else 0
    shape = engine.n_world, n_obstacle
    obstacle = np.stack(
        [
            np.sort(generator.uniform(1.0, 1.0 + 3.0 * n_obstacle, shape), axis=1),
            generator.uniform(-0.02, 0.02, shape),
            generator.uniform(0.05, 0.15, shape),
        ],
        axis=2,
    )
    return Parameters(generator.uniform(0.7, 1.0, (engine.n_world, len(engine.model.muscles))), obstacle)
