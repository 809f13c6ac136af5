"""Stages of a run: when each begins, by what is measured, and which settings it changes.

A stage is written as "WHEN: SETTING=VALUE SETTING=VALUE ...", for example

    n_env_steps >= 2e6: task.difficulty=1
    episode/env_steps >= 500 and evaluate/falls <= 0.1: training.reward.alive=1 learner.target_entropy_per_action=-1
"""

from __future__ import annotations

import json
import math
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, final

import numpy as np

from soleus.sampler.batch import Episode
from soleus.task.bonus import RewardConfig

GROUPS = ("task", "engine", "training", "learner")
"""Parts of a config that a stage may change: with them observations, actions and what has been learnt stay what they
are."""
COUNTERS = ("n_env_steps", "stage_env_steps", "n_transitions", "n_updates", "n_episodes", "time_s", "cpu_s")
MEASURED = (
    *("evaluate/score", "evaluate/distance", "evaluate/falls", "evaluate/failures"),
    *("episode/score", "episode/distance", "episode/env_steps", "episode/failures"),
    *(f"episode/paid/{item.name}" for item in fields(RewardConfig)),
)
"""What else a stage may wait for, beside the metrics of the learner, which begin with train/."""
N_EPISODE = (20, 100)
"""Training episodes of the present stage that a mean is of: at least and at most."""

_CONDITION = re.compile(r"(\S+?)\s*(>=|<=)\s*(\S+)")
_WORDS = {"True": True, "False": False, "None": None}


@dataclass(frozen=True)
class Condition:
    """Something measured has come up, or down, to a number."""

    metric: str
    rises: bool
    threshold: float

    def met(self, measured: Mapping[str, float]) -> bool:
        """Whether it has; not while nothing is known of it."""
        if self.metric not in measured:
            return False
        value = measured[self.metric]
        return value >= self.threshold if self.rises else value <= self.threshold


@dataclass(frozen=True)
class Stage:
    """What changes, and when."""

    conditions: tuple[Condition, ...]
    """All of them have to be met"""
    changes: Mapping[str, Any]
    """Setting -> value, a setting being named as on the command line, without dashes: training.reward.alive"""

    def due(self, measured: Mapping[str, float]) -> bool:
        """Whether the stage begins."""
        return all(condition.met(measured) for condition in self.conditions)


def parse_stage(text: str) -> Stage:
    """A stage from its text; ValueError with what does not fit."""
    when, colon, what = text.partition(":")
    if not colon or not what.split():
        raise ValueError('it is not of the form "METRIC >= NUMBER: SETTING=VALUE ..."')
    conditions = tuple(_parse_condition(part.strip()) for part in when.split(" and "))
    changes = {}
    for item in what.split():
        name, equals, value = item.partition("=")
        if not equals or name.partition(".")[0] not in GROUPS:
            raise ValueError(
                f"{item} is no SETTING=VALUE of {', '.join(GROUPS)}, such as training.reward.alive=0.5; the rest of a "
                "run stays as it is"
            )
        changes[name.replace("-", "_")] = _parse_value(value)
    return Stage(conditions, changes)


def changed(data: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A config as JSON has it, with some settings changed; ValueError for one that is not there."""
    result = deepcopy(dict(data))
    for name, value in changes.items():
        *groups, setting = name.split(".")
        place = result
        for group in groups:
            place = place.get(group) if isinstance(place, dict) else None
        if not isinstance(place, dict) or setting not in place or setting == "name" or isinstance(place[setting], dict):
            known = sorted(_settings(result))
            near = get_close_matches(name, known, cutoff=0.3) or known[:3]
            raise ValueError(f"there is no setting {name} to change; there are {', '.join(near)}, ...")
        place[setting] = value
    return result


@final
class Measured:
    """What is known of the present stage."""

    def __init__(self) -> None:
        self._latest: dict[str, float] = {}
        self._episodes: deque[Episode] = deque(maxlen=N_EPISODE[1])

    def receive(self, episodes: Sequence[Episode], metrics: Mapping[str, float]) -> None:
        """Note training episodes that have ended, and metrics."""
        self._episodes.extend(episodes)
        self._latest |= metrics

    def values(self) -> dict[str, float]:
        """By metric: the latest of the learner and of evaluations, and means over the last training episodes."""
        means = episode_means(self._episodes) if len(self._episodes) >= N_EPISODE[0] else {}
        return self._latest | means


def episode_means(episodes: Iterable[Episode]) -> dict[str, float]:
    """Metrics of training episodes: means over them, none of none."""
    episodes = list(episodes)
    values = {
        "episode/score": [episode.score for episode in episodes],
        "episode/distance": [episode.distance for episode in episodes],
        "episode/env_steps": [episode.n_env_steps for episode in episodes],
        "episode/failures": [episode.failed for episode in episodes],
    }
    for name in sorted({name for episode in episodes for name in episode.paid_terms}):
        values[f"episode/paid/{name}"] = [episode.paid_terms.get(name, 0.0) for episode in episodes]
    return {name: float(np.mean(value)) for name, value in values.items() if value}


def _parse_condition(text: str) -> Condition:
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no condition of the form METRIC >= NUMBER or METRIC <= NUMBER")
    metric, relation, number = found.groups()
    if metric not in (*COUNTERS, *MEASURED) and not metric.startswith("train/"):
        raise ValueError(
            f"{metric} is not measured while training; there are {', '.join((*COUNTERS, *MEASURED))}, and what begins "
            "with train/"
        )
    try:
        threshold = float(number)
    except ValueError:
        threshold = math.nan
    if not math.isfinite(threshold):
        raise ValueError(f"{number} is no number to compare {metric} with")
    return Condition(metric, relation == ">=", threshold)


def _parse_value(text: str) -> Any:
    """A number, a truth value, a list of them, or a word."""
    if text in _WORDS:
        return _WORDS[text]
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _settings(data: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Names of all settings that a stage may change."""
    names = []
    for name, value in data.items():
        if isinstance(value, dict):
            names += _settings(value, f"{prefix}{name}.")
        elif prefix.partition(".")[0] in GROUPS and name != "name":
            names.append(prefix + name)
    return names
