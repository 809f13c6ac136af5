"""Judging a policy: whole episodes under a task's graded rules, one for each seed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from soleus.engine.registry import EngineConfig
from soleus.run.build import build_player
from soleus.run.candidate import Candidate
from soleus.run.config_data import engine_to_data
from soleus.run.error import RunError
from soleus.run.folder import write_report
from soleus.run.worlds import find_worlds
from soleus.sampler.base import Play, SamplerError
from soleus.sampler.batch import Episode
from soleus.task.protocol import Protocol
from soleus.task.registry import TaskConfig, task_name

STEP_TIMEOUT_S = 300.0
"""A worker that takes longer for one action is replaced [s]."""


def judge(
    candidate: Candidate,
    task: TaskConfig,
    engine: EngineConfig | None,
    seeds: Sequence[int],
    workers: int = 0,
    on_progress: Callable[[Sequence[Episode]], None] = lambda done: None,
) -> tuple[Episode, ...]:
    """Play one episode from each seed.

    Args:
        candidate: who plays.
        task: the rules.
        engine: the judge; None for a task of Gymnasium, which brings its own simulator.
        seeds: of start and course.
        workers: processes, for an engine of one world; 0 takes one for each core.
        on_progress: called with the episodes that are done, in the order of the seeds, whenever there are more.

    Returns:
        The episodes, in the order of the seeds.

    Raises:
        RunError: when workers keep dying, with the reason, or when an episode's score is no number.
    """
    play = find_worlds(task, engine, candidate.control)
    play.check()
    episodes: dict[int, Episode] = {}
    with build_player(play, len(seeds), workers, STEP_TIMEOUT_S) as sampler:
        for first in range(0, len(seeds), sampler.n_play):
            sampler.submit(Play(candidate.policy, tuple(seeds[first : first + sampler.n_play]), candidate.noise))
        while len(episodes) < len(seeds):
            try:
                found = sampler.receive().batch.episodes
            except SamplerError as error:
                raise RunError(f"judging stopped: {error}") from error
            _check_scores(found)
            episodes |= {episode.seed: episode for episode in found}
            on_progress([episodes[seed] for seed in seeds if seed in episodes])
    return tuple(episodes[seed] for seed in seeds)


def _check_scores(episodes: Sequence[Episode]) -> None:
    """RunError for an episode whose rewards, of an environment of a user's own, do not add up to a number."""
    for episode in episodes:
        if not math.isfinite(episode.score):
            raise RunError(
                f"the rewards of the episode from seed {episode.seed} add up to {episode.score}; "
                "an environment pays finite numbers"
            )


def save_evaluation(
    file: Path,
    policy: str,
    task: TaskConfig,
    engine: EngineConfig | None,
    episodes: Sequence[Episode],
    protocol: Protocol | None = None,
) -> None:
    """Write what an evaluation found as JSON.

    Args:
        file: where; a run has its `evaluation_file`.
        policy: name of the policy.
        task: the rules.
        engine: the judge.
        episodes: what was played.
        protocol: of the round that was graded so; None when it was none.
    """
    found: dict[str, object] = {"policy": policy, "task": task_name(task), "rules": asdict(task)}
    found |= {"engine": engine_to_data(engine), "episodes": [_record(episode) for episode in episodes]}
    if protocol is not None:
        score = protocol.score([episode.score for episode in episodes])
        found["official"] = {"round": protocol.title, "episodes": protocol.episodes, "score": score}
    write_report(file, (json.dumps(found, indent=2) + "\n").encode())


def _record(episode: Episode) -> dict[str, Any]:
    """A judged episode as JSON has it, where a distance that is no number is null."""
    record = asdict(episode) | {"distance": episode.distance if math.isfinite(episode.distance) else None}
    return {name: value for name, value in record.items() if name not in ("paid_terms", "number")}  # of training
