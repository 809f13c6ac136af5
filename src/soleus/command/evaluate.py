"""`soleus evaluate`"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated

from rich.console import Console
from tyro import MISSING
from tyro.conf import Positional, arg

from soleus.command.parse import judge_asked_for, parse, rules_asked_for
from soleus.engine.reference import ReferenceConfig
from soleus.engine.registry import EngineConfig, find_engine
from soleus.nets.policy import PolicyError
from soleus.report.standing import standing_table, verdict_table
from soleus.report.table import episode_table, return_table
from soleus.run.candidate import Candidate, find_candidate
from soleus.run.error import RunError
from soleus.run.evaluate import judge, save_evaluation
from soleus.run.folder import RunFolder, check_report
from soleus.run.official import check_official, graded_engine
from soleus.run.progress import ProgressDisplay
from soleus.sampler.batch import Episode
from soleus.task.env import N_SEED
from soleus.task.protocol import Protocol, find_protocol
from soleus.task.registry import TaskConfig, default_rules, task_name
from soleus.task.run2017 import Run2017Config

N_EPISODE = 10
"""Episodes that are played unless somebody says how many."""


@dataclass(frozen=True)
class EvaluateOptions:
    policy: Positional[str]
    """A run folder, a name that `soleus policies` lists, an .onnx file, module:function, or "random" or "constant"."""
    official: bool = False
    """Judge as the round was graded that --task.round names (--task.difficulty 2 or 3 in walk2019): episodes, accuracy
    and rules are the round's."""
    seeds: int | None = None
    """Episodes, one for each seed; 10 by default, and as many as the round has with --official."""
    first_seed: int | None = None
    """Seed of the first episode; 0 by default, and the round's own with --official."""
    workers: int = 0
    """Processes; 0 takes one for each core."""
    out: Path | None = None
    """JSON file for what was found; RUN/evaluation.json by default, or RUN/official.json with --official; none for a
    policy that is no run. Until all is done, what was found so far is beside it, under .part."""
    task: str = "run2017"
    """Task; by default the one that the policy was made for. Its rules are --task.*, by default as graded."""
    task_settings: Annotated[TaskConfig, arg(name="task")] = field(default_factory=Run2017Config)
    engine: str | None = "opensim"
    """The judge, "opensim" or "fast", for a task of ours; its settings are --engine.*"""
    engine_settings: Annotated[EngineConfig | None, arg(name="engine")] = field(default_factory=ReferenceConfig)

    def __post_init__(self) -> None:
        if self.seeds is not None and self.seeds < 1:
            raise ValueError(f"--seeds is {self.seeds}; at least one episode is needed")
        first, n = self.first_seed or 0, self.seeds or N_EPISODE
        if not 0 <= first <= first + n - 1 < N_SEED:
            raise ValueError(f"{n} episodes from seed {first} on; seeds lie from 0 to {N_SEED - 1}")


def evaluate(arguments: Sequence[str], console: Console) -> None:
    """Play whole episodes under the graded rules on OpenSim, and print their scores; with --official, in all as a
    leaderboard had them.

    soleus evaluate runs/first --seeds 10

    soleus evaluate runs/first --official --task.round 1

    soleus evaluate policy.onnx --official --out judged.json

    soleus evaluate controllers:Runner --task run2017 --seeds 3

    soleus evaluate random --task Pendulum-v1
    """
    options, protocol = _options(arguments)
    first, n_episode = options.first_seed or 0, options.seeds or N_EPISODE
    if protocol is not None:
        first = protocol.first_seed if options.first_seed is None else first
        n_episode = options.seeds or protocol.episodes
        check_official(protocol, options.task_settings, options.engine_settings, n_episode)
    candidate = find_candidate(options.policy, options.task_settings)
    file = options.out or evaluation_file(candidate.folder, protocol)
    if file:
        check_report(file)
    judged = options.task_settings, options.engine_settings
    done = _Kept(file and file.with_name(f"{file.name}.part"), options)
    try:
        seeds = range(first, first + n_episode)
        episodes = judge_with_progress(candidate, *judged, seeds, options.workers, done.receive)
    except (KeyboardInterrupt, PolicyError, RunError):
        done.tell(console, n_episode)
        raise
    _tell(console, options, episodes, protocol)
    if file:
        save_evaluation(file, options.policy, *judged, episodes, protocol)
    done.drop()


def judge_with_progress(
    candidate: Candidate,
    task: TaskConfig,
    engine: EngineConfig | None,
    seeds: Sequence[int],
    workers: int = 0,
    on_progress: Callable[[Sequence[Episode]], None] = lambda done: None,
) -> tuple[Episode, ...]:
    """`judge`, with its progress on the console."""
    with ProgressDisplay(f"judging {candidate.name}") as display:

        def show(done: Sequence[Episode]) -> None:
            display.show(len(done) / len(seeds), f"{len(done)} of {len(seeds)} episodes")
            on_progress(done)

        return judge(candidate, task, engine, seeds, workers, show)


def evaluation_file(folder: RunFolder | None, protocol: Protocol | None) -> Path | None:
    """Where a run's evaluation belongs: what was judged officially, for minutes or hours, is not replaced by a look."""
    if folder is None:
        return None
    return folder.evaluation_file if protocol is None else folder.official_file


class _Kept:
    """Episodes that are done while others are still played: OpenSim takes minutes or hours, and nothing is lost."""

    def __init__(self, file: Path | None, options: EvaluateOptions) -> None:
        self._file, self._options = file, options
        self._episodes: Sequence[Episode] = ()

    def receive(self, episodes: Sequence[Episode]) -> None:
        self._episodes = episodes
        if self._file:
            judged = self._options.task_settings, self._options.engine_settings
            save_evaluation(self._file, self._options.policy, *judged, episodes)

    def tell(self, console: Console, n_episode: int) -> None:
        """What is known though it was stopped."""
        if self._episodes:
            _tell(console, self._options, self._episodes, None)
            where = f"; they are in {self._file}" if self._file else ""
            console.print(f"{len(self._episodes)} of {n_episode} episodes were done{where}", highlight=False)

    def drop(self) -> None:
        """The whole is there."""
        if self._file:
            self._file.unlink(missing_ok=True)


def _options(arguments: Sequence[str]) -> tuple[EvaluateOptions, Protocol | None]:
    """What was asked for, and the protocol of an official round, which decides how its engine is set by default."""
    rules = rules_asked_for(arguments)
    engine = judge_asked_for(arguments, rules)
    default = EvaluateOptions(
        policy=MISSING,
        task=task_name(rules),
        task_settings=rules,
        engine=engine,
        engine_settings=find_engine(engine).config() if engine else None,
    )
    options = parse(EvaluateOptions, "evaluate", evaluate.__doc__, arguments, default)
    if not options.official:
        return options, None
    protocol = find_protocol(task_name(rules), options.task_settings)
    if engine == "opensim":
        default = replace(default, engine_settings=graded_engine(protocol))
    return parse(EvaluateOptions, "evaluate", evaluate.__doc__, arguments, default), protocol


def _by_whom(options: EvaluateOptions) -> str:
    """The task, its rules where they are not those of a grader, and the engine."""
    graded, rules = default_rules(options.task), options.task_settings
    own = [item.name for item in fields(rules) if getattr(rules, item.name) != getattr(graded, item.name)]
    changed = ", ".join(f"{name} {getattr(rules, name)}" for name in own)
    return f"{options.task}{f' with {changed}' if changed else ''}{f', on {options.engine}' if options.engine else ''}"


def _tell(console: Console, options: EvaluateOptions, episodes: Sequence[Episode], protocol: Protocol | None) -> None:
    name = options.policy
    console.print(_by_whom(options), highlight=False)
    console.print((return_table if options.engine is None else episode_table)(name, episodes))
    if protocol is None:
        return
    console.print(verdict_table(name, protocol, episodes))
    if protocol.leaderboard:
        console.print(standing_table(name, protocol, episodes))
    else:
        console.print("No scores of this round are known to us.", highlight=False)
    if protocol.caveat:
        console.print(protocol.caveat, highlight=False)
