"""What SAC's distributions and the forms of networks cost, beside a Gaussian without symmetry, at the size of 2019.

All take turns in one process on one thread; times are medians of CPU time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rich.console import Console
from rich.table import Table

from soleus.learner import Learner, SacConfig
from soleus.learner.benchmark import Run, draw_batch, median_times
from soleus.learner.distribution import FlowConfig
from soleus.learner.part import NETWORKS, PARTS
from soleus.nets.mirror import Mirror

N_OBSERVATION, N_ACTION, N_MIDDLE = 97, 22, 9
N_WORLD = {1: 200, 256: 10}
"""Actions in a row in so many worlds"""


def mirror(n: int, n_middle: int = 0) -> Mirror:
    """Of vectors whose numbers are pairs of sides, and some of the middle after them."""
    pairs = [place for first in range(0, n - n_middle, 2) for place in (first + 1, first)]
    return Mirror((*pairs, *range(n - n_middle, n)), (1.0,) * n)


def learners() -> dict[str, Learner]:
    """What is measured, the one that all are compared with first."""
    common = {"random_transitions": 0, "updates_per_transition": 1.0, "replay_capacity": 10_000}
    flows = [FlowConfig(3, 3), FlowConfig(4, 3), FlowConfig(3, 1)]
    configs = {"gaussian": SacConfig(**common), "lattice": SacConfig(**common, distribution="lattice")}
    configs |= {
        f"flow, {flow.layers} x {flow.units}": SacConfig(**common, distribution="flow", flow=flow) for flow in flows
    }
    mirrors = mirror(N_OBSERVATION, N_MIDDLE), mirror(N_ACTION)
    return {name: config.build(N_OBSERVATION, N_ACTION, 0) for name, config in configs.items()} | {
        form: configs["gaussian"].build(N_OBSERVATION, N_ACTION, 0, [PARTS[form](*mirrors, 0.0)]) for form in NETWORKS
    }


def updating(learner: Learner) -> Run:
    """Two compiled calls of updates."""
    batch = draw_batch(40, N_OBSERVATION, N_ACTION)

    def run() -> int:
        before = learner.n_updates
        learner.receive(batch)
        learner.update()
        return learner.n_updates - before

    return run


def acting(learner: Learner, n_world: int, n_action: int) -> Run:
    """So many actions with noise in so many worlds."""
    generator = np.random.default_rng(0)
    observation = generator.standard_normal((n_world, N_OBSERVATION)).astype(np.float32)
    policy = learner.policy()

    def run() -> int:
        for _ in range(n_action):
            policy.act(observation, generator)
        return n_action

    return run


def main() -> None:
    measured = learners()
    runs: dict[str, Mapping[str, Run]] = {"update": {name: updating(learner) for name, learner in measured.items()}}
    for n_world, n_action in N_WORLD.items():
        runs[f"action, {n_world} worlds"] = {
            name: acting(learner, n_world, n_action) for name, learner in measured.items()
        }
    times = {what: median_times(each) for what, each in runs.items()}
    table = Table("", *(f"{what} ms" for what in times), *(f"{what} ratio" for what in times))
    for name in measured:
        absolute = [f"{1e3 * each[name]:.3f}" for each in times.values()]
        ratio = [f"{each[name] / each['gaussian']:.2f}" for each in times.values()]
        table.add_row(name, *absolute, *ratio)
    Console().print(table)


if __name__ == "__main__":
    main()
