"""What it costs to look before one leaps: one decision of each way to choose an action, at the size of 2019.

All take turns in one process on one thread; times are medians of CPU time.
"""

from __future__ import annotations

from policies import N_ACTION, N_OBSERVATION, acting
from rich.console import Console
from rich.table import Table

from soleus.learner import Learner, SacConfig
from soleus.learner.benchmark import median_times
from soleus.learner.part.prediction_config import (
    ActingConfig,
    DisagreementConfig,
    PredictorConfig,
    build_prediction,
)

N_WORLD = {1: 20, 256: 1}
"""Actions in a row in so many worlds"""
CHOSEN = {
    "policy": ActingConfig(),
    "best, 10 samples": ActingConfig("best", samples=10),
    "best, 32 samples": ActingConfig("best", samples=32),
    "lookahead, 10 samples, 2 steps": ActingConfig("lookahead", samples=10, steps=2),
    "lookahead, 32 samples, 5 steps": ActingConfig("lookahead", samples=32, steps=5),
}


def learner(chosen: ActingConfig) -> Learner:
    """SAC with five predictors, fresh: what they say does not matter to what it costs."""
    config = SacConfig(random_transitions=0)
    names = [f"observed{number}" for number in range(N_OBSERVATION)]
    prediction = build_prediction(
        PredictorConfig(), DisagreementConfig(weight=1.0), chosen, names, N_ACTION, config.discount
    )
    return config.build(N_OBSERVATION, N_ACTION, 0, [prediction])


def main() -> None:
    learners = {name: learner(chosen) for name, chosen in CHOSEN.items()}
    times = [
        median_times({name: acting(each, n_world, n_action) for name, each in learners.items()})
        for n_world, n_action in N_WORLD.items()
    ]
    table = Table("", *(f"{n_world} worlds [ms]" for n_world in N_WORLD))
    for name in learners:
        table.add_row(name, *(f"{1e3 * each[name]:.2f}" for each in times))
    Console().print(table)


if __name__ == "__main__":
    main()
