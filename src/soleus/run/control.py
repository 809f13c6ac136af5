"""How a policy sees and moves the body of a task: the setting, and what becomes of observations and actions by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from soleus.task.base import Task
from soleus.task.foreign import GymnasiumTask
from soleus.task.layout import Layout
from soleus.task.tie import Tie
from soleus.task.transform import Transform, build_chain, check_names


@dataclass(frozen=True)
class ControlConfig:
    """How a policy sees and moves the body, whatever the task."""

    hold: int = 4
    """Control steps of 10 ms for which an action is held. More makes a horizon shorter and learning faster, fewer
    allow a finer gait."""
    observe: tuple[str, ...] = ("centre_pelvis", "last_action")
    """Transforms through which the policy observes, one after the other; docs/observations.md lists them. What tells
    more of the state takes longer to learn from. Without any, the policy is told what the task tells."""
    legs: Literal["free", "tied"] = "free"
    """"tied" excites both legs alike, as in a kangaroo: half as many actions, and no stride."""

    def __post_init__(self) -> None:
        check_names(self.observe)


PLAIN = ControlConfig(hold=1, observe=())
"""The task as it is."""


def chain(task: Task | GymnasiumTask, control: ControlConfig) -> tuple[Transform, ...]:
    """The transforms through which a policy observes a task; ValueError for one that does not fit there."""
    return build_chain(control.observe, task.name, task.observation, acted(task, control))


def observed(task: Task | GymnasiumTask, control: ControlConfig) -> Layout:
    """The fields of what a policy observes of a task."""
    transforms = chain(task, control)
    return transforms[-1].layout if transforms else task.observation


def tie(task: Task, control: ControlConfig) -> Tie | None:
    """How the legs are tied; None if they are free, ValueError if this body has not two equal ones."""
    if control.legs == "free":
        return None
    try:
        return Tie(task.excitation)
    except ValueError as error:
        raise ValueError(f"{task.name}: {error}; take --control.legs free") from error


def acted(task: Task | GymnasiumTask, control: ControlConfig) -> Layout:
    """The fields of a policy's actions in a task."""
    tied = None if isinstance(task, GymnasiumTask) else tie(task, control)
    return task.action if tied is None else tied.action


def of_file(hold: int, beside: str | None) -> ControlConfig:
    """How the policy of an exported file sees and moves the body; other transforms, and tied legs, are inside it."""
    return ControlConfig(hold, observe=() if beside is None else (beside,))


OLD_SETTINGS = {"centre_pelvis": "centre_pelvis", "tell_action": "last_action"}
"""What older files say in place of `observe`: settings, True unless they say otherwise -> the transform of each."""


def by_present_names(data: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a file by their present names."""
    if "observe" in data or not all(isinstance(data.get(old, True), bool) for old in OLD_SETTINGS):
        return dict(data)
    kept = {name: value for name, value in data.items() if name not in OLD_SETTINGS}
    return kept | {"observe": [name for old, name in OLD_SETTINGS.items() if data.get(old, True)]}
