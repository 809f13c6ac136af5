"""`soleus evaluate`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from rich.console import Console
from tyro import MISSING
from tyro.conf import Positional, arg

from soleus.command.parse import parse, value_of
from soleus.engine.reference import ReferenceConfig
from soleus.engine.registry import EngineConfig, find_engine
from soleus.report.table import episode_table
from soleus.run.candidate import Candidate, find_candidate
from soleus.run.evaluate import judge, save_evaluation
from soleus.run.progress import ProgressDisplay
from soleus.sampler.batch import Episode
from soleus.task.registry import TaskConfig
from soleus.task.run2017 import Run2017Config


@dataclass(frozen=True)
class EvaluateOptions:
    run: Positional[str]
    """A run folder, or "random" or "constant" for the untrained policies."""
    seeds: int = 10
    """Episodes, one for each seed from --first-seed on."""
    first_seed: int = 0
    """Seed of the first episode."""
    workers: int = 0
    """Processes; 0 takes one for each core."""
    task: TaskConfig = field(default_factory=Run2017Config)
    """Rules; by default those of the graded final."""
    engine: str = "opensim"
    """The judge, "opensim" or "fast"; its settings are --engine.*"""
    engine_settings: Annotated[EngineConfig, arg(name="engine")] = field(default_factory=ReferenceConfig)

    def __post_init__(self) -> None:
        if self.seeds < 1:
            raise ValueError(f"--seeds is {self.seeds}; at least one episode is needed")


def evaluate(arguments: Sequence[str], console: Console) -> None:
    """Play whole episodes under the graded rules on OpenSim, and print the score that a leaderboard would have shown.

    soleus evaluate runs/first --seeds 10

    soleus evaluate constant --seeds 3 --task.round 1
    """
    engine = value_of(arguments, "--engine") or "opensim"
    default = EvaluateOptions(run=MISSING, engine=engine, engine_settings=find_engine(engine).config())
    options = parse(EvaluateOptions, "evaluate", evaluate.__doc__, arguments, default)
    candidate = find_candidate(options.run, options.task)
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    episodes = judge_with_progress(candidate, options.task, options.engine_settings, seeds, options.workers)
    console.print(episode_table(options.run, episodes))
    if candidate.folder:
        save_evaluation(candidate.folder, options.task, options.engine_settings, episodes)


def judge_with_progress(
    candidate: Candidate, task: TaskConfig, engine: EngineConfig, seeds: Sequence[int], workers: int = 0
) -> tuple[Episode, ...]:
    """`judge`, with its progress on the console."""
    with ProgressDisplay(f"judging {candidate.name}") as display:

        def show(n_done: int) -> None:
            display.show(n_done / len(seeds), f"{n_done} of {len(seeds)} episodes")

        return judge(candidate, task, engine, seeds, workers, show)
