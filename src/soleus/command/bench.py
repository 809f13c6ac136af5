"""`soleus bench`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rich.console import Console
from rich.table import Table
from tyro.conf import Positional

from soleus.command.parse import parse
from soleus.engine.benchmark import measure_rate
from soleus.engine.reference import ReferenceConfig
from soleus.engine.registry import make_engine
from soleus.learner.benchmark import measure_update
from soleus.learner.sac_config import SacConfig
from soleus.run.recipe import find_recipe
from soleus.task.run2017 import Run2017Config


@dataclass(frozen=True)
class BenchOptions:
    what: Positional[Literal["engine", "learner", "all"]] = "all"
    """What to measure."""
    steps: int = 600
    """Control steps of each engine."""


def bench(arguments: Sequence[str], console: Console) -> None:
    """Measure speed on this machine, in CPU time of one core, so that other work on it counts less.

    soleus bench engine

    soleus bench learner
    """
    options = parse(BenchOptions, "bench", bench.__doc__, arguments)
    if options.what in ("engine", "all"):
        console.print(_engine_table(options.steps))
    if options.what in ("learner", "all"):
        console.print(_learner_table())


def _engine_table(n_step: int) -> Table:
    """OpenSim at two accuracies, with the obstacles of no, the first and the second round."""
    table = Table(
        "accuracy", "balls", "steps/s", "median", "95 %", "longest", "measure", "reset",
        title="OpenSim: control steps of 10 ms under random excitation, times in ms",
    )  # fmt: skip
    for accuracy in (1e-3, 5e-5):
        for rules in (Run2017Config(difficulty=0), Run2017Config(round=1), Run2017Config(round=2)):
            model = rules.build().model
            engine = make_engine(replace(ReferenceConfig(), accuracy=accuracy), model)
            rate = measure_rate(engine, n_step)
            engine.close()
            times = (rate.step_median, rate.step_95, rate.step_longest, rate.measure_mean, rate.reset_mean)
            table.add_row(
                f"{accuracy:g}", str(rules.n_obstacle), f"{rate.steps_per_second:.0f}",
                *(f"{1e3 * time:.2f}" for time in times),
            )  # fmt: skip
    return table


def _learner_table() -> Table:
    """SAC at the size of the 2019 challenge, where the bar was set, and at that of the demo."""
    table = Table("learner", "networks", "update ms", "limit ms", "share of limit", title="SAC updates, batch 256")
    demo = find_recipe("demo").build("run2017").learner
    for config, n_observation, n_action in (
        (SacConfig(critic_layer_norm=False), 97, 22),
        (SacConfig(), 97, 22),
        (replace(demo, updates_per_transition=1.0), 59, 18),
    ):
        speed = measure_update(config, n_observation, n_action)
        sizes = f"{n_observation} -> {' x '.join(map(str, config.critic_hidden))}"
        table.add_row(
            "sac" + (", layer norm" if config.critic_layer_norm else ""), sizes,
            f"{speed.update_ms:.2f}", f"{speed.limit_ms:.2f}", f"{speed.share_of_limit:.0%}",
        )  # fmt: skip
    return table
