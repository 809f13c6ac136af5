"""What a policy was made for, and what it was kept for, written into its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import Any


@dataclass(frozen=True)
class Signature:
    """The task of a policy, and what its inputs and outputs mean. What is not known is empty, as in old files."""

    task: str = ""
    """As in the task registry"""
    task_version: int | None = None
    """Raised whenever the same task would score the same policy differently"""
    observation_names: tuple[str, ...] = ()
    """One for each number that is observed"""
    observation_units: tuple[str, ...] = ()
    action_names: tuple[str, ...] = ()
    """The muscle that each action excites"""
    score: float | None = None
    """Mean score for which the policy was kept, where it was judged"""
    stage: int = 0
    """Stage of its run under whose rules that was"""

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Signature:
        """The signature among what the description of a file tells; empty where it tells nothing."""
        told = {field.name: description[field.name] for field in fields(cls) if field.name in description}
        found: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
        }
        return cls(**found)

    def check(self, n_observation: int, n_action: int) -> None:
        """Refuse names that are not as many as what they name."""
        for names, n in ((self.observation_names, n_observation), (self.action_names, n_action)):
            if names and len(names) != n:
                raise ValueError(f"{len(names)} names {names} for {n} quantities: name all of them or none")

    def difference(self, offered: Signature) -> str | None:
        """Why a policy of this signature cannot play what is offered: the first thing that differs; None if it can."""
        if self.task and self.task != offered.task:
            return f"it is a policy for the task {self.task}, not for {offered.task}"
        if self.task_version is not None and self.task_version != offered.task_version:
            return (
                f"it is a policy for version {self.task_version} of {self.task}, this Soleus has {offered.task_version}"
            )
        there = _labels(self.observation_names, self.observation_units)
        here = _labels(offered.observation_names, offered.observation_units if self.observation_units else ())
        return _first_difference("observation", there, here) or _first_difference(
            "action", self.action_names, offered.action_names
        )


UNKNOWN = Signature()
"""Of a policy that does not say what it was made for"""


def _labels(names: tuple[str, ...], units: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{name} [{unit}]" if unit else name for name, unit in zip_longest(names, units, fillvalue=""))


def _first_difference(what: str, there: tuple[str, ...], here: tuple[str, ...]) -> str | None:
    """A sentence on the first field that is not the same; None without one, or for a policy that names none."""
    if not there:
        return None
    for i, (its, ours) in enumerate(zip_longest(there, here, fillvalue="nothing")):
        if its != ours:
            return f"{what} {i} is {its!r} for the policy and {ours!r} in the task"
    return None
