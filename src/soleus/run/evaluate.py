"""Judging a policy: whole episodes under a task's graded rules, one for each seed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from soleus.engine.registry import EngineConfig
from soleus.nets.baseline import ConstantPolicy, UniformPolicy
from soleus.nets.policy import Policy
from soleus.nets.registry import load_policy
from soleus.run.build import EnvBuilder, build_player, check_engine
from soleus.run.config import ControlConfig, engine_to_data
from soleus.run.error import RunError
from soleus.run.folder import RunFolder
from soleus.sampler.base import Play
from soleus.sampler.batch import Episode
from soleus.task.registry import TaskConfig

UNTRAINED = ControlConfig(centre_pelvis=False, tell_action=False)
"""How policies that have learnt nothing see and move the body."""
CONSTANT_EXCITATION = 0.05
"""Excitation of every muscle under the policy called "constant" [1]."""
STEP_TIMEOUT_S = 300.0
"""A worker that takes longer for one action is replaced [s]."""


@dataclass(frozen=True)
class Candidate:
    """A policy with what it needs to act: how it sees and moves the body."""

    name: str
    policy: Policy
    control: ControlConfig
    trained: bool
    noise: bool = False
    """Whether its actions are drawn at random"""


def find_candidate(name: str, task: TaskConfig) -> Candidate:
    """A run folder's best policy, or one of the untrained ones.

    Args:
        name: path of a run folder, "random" or "constant".
        task: what it is to play.

    Raises:
        RunError: for a folder that is missing, damaged, or holds no policy for this task.
    """
    n_action = len(task.build().excitation)
    if name == "random":
        return Candidate(name, UniformPolicy(n_action), UNTRAINED, trained=False, noise=True)
    if name == "constant":
        action = (2.0 * CONSTANT_EXCITATION - 1.0,) * n_action
        return Candidate(name, ConstantPolicy(action), UNTRAINED, trained=False)
    folder = RunFolder.open(Path(name))
    try:
        policy = load_policy(folder.policy_to_play())
    except ValueError as error:
        raise RunError(str(error)) from error
    return Candidate(name, policy, folder.config.control, trained=True)


def judge(
    candidate: Candidate,
    task: TaskConfig,
    engine: EngineConfig,
    seeds: Sequence[int],
    workers: int = 0,
    on_episode: Callable[[int], None] = lambda n_done: None,
) -> tuple[Episode, ...]:
    """Play one episode from each seed.

    Args:
        candidate: who plays.
        task: the rules.
        engine: the judge.
        seeds: of start and course.
        workers: processes, for an engine of one world; 0 takes one for each core.
        on_episode: called with the number of episodes done, whenever it grows.

    Returns:
        The episodes, in the order of the seeds.
    """
    check_engine(task, engine)
    episodes: dict[int, Episode] = {}
    play = EnvBuilder(task, engine, candidate.control)
    with build_player(play, len(seeds), workers, STEP_TIMEOUT_S) as sampler:
        for first in range(0, len(seeds), sampler.n_play):
            sampler.submit(Play(candidate.policy, tuple(seeds[first : first + sampler.n_play]), candidate.noise))
        while len(episodes) < len(seeds):
            episodes |= {episode.seed: episode for episode in sampler.receive().batch.episodes}
            on_episode(len(episodes))
    return tuple(episodes[seed] for seed in seeds)


def save_evaluation(folder: RunFolder, task: TaskConfig, engine: EngineConfig, episodes: Sequence[Episode]) -> None:
    """Write what an evaluation found into the run folder."""
    played = [asdict(episode) for episode in episodes]
    found = {"rules": asdict(task), "engine": engine_to_data(engine), "episodes": played}
    folder.write(folder.evaluation_file, (json.dumps(found, indent=2) + "\n").encode())
