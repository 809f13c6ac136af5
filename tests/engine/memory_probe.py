"""Runs many short episodes and writes the growth of memory: python memory_probe.py N_EPISODE N_OBSTACLE.

A program of its own, so that nothing else grows in the process that is measured.
"""

import resource
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from soleus.engine import Parameters, default_state, find_engine, make_engine
from soleus.model import learning_to_run
from soleus.model.spec import ObstacleContact

STEPS = 3


def resident_mib():
    """Memory of this process; where the system does not tell, the most it ever had."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return pages * resource.getpagesize() / 2**20


def run(engine, n_episode, random):
    n_muscle, n_obstacle = len(engine.model.muscles), engine.model.obstacle.count if engine.model.obstacle else 0
    for episode in range(n_episode):
        obstacle = np.stack(
            [random.uniform(low, high, n_obstacle) for low, high in ((0, 5), (-0.1, 0), (0.05, 0.2))], 1
        )
        parameters = Parameters(random.uniform(0.5, 1.0, (1, n_muscle)), obstacle[None])
        engine.reset(np.arange(1), default_state(engine.model), parameters, equilibrate=episode % 2 == 0)
        for _ in range(STEPS):
            engine.step(random.uniform(0.0, 1.0, (1, n_muscle)))
            engine.state()
            engine.measure()
        if episode % 10 == 0:
            engine.step(np.full((1, n_muscle), np.nan))


def main():
    n_episode, n_obstacle = int(sys.argv[1]), int(sys.argv[2])
    body = learning_to_run()
    model = replace(body, obstacle=ObstacleContact(n_obstacle)) if n_obstacle else body
    engine = make_engine(find_engine("opensim").config(), model)
    random = np.random.default_rng(0)
    run(engine, 30, random)
    before = resident_mib()
    run(engine, n_episode, random)
    sys.stdout.write(f"{resident_mib() - before:.3f}")


main()
