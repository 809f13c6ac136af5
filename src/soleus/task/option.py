"""Where an episode begins when the user says so: the options of `reset`.

- "pose": the value of every free coordinate, by name or as an array in the order of `Model.coordinate_names`
  [rad or m], for all worlds or with a row for each; angles and height within the model's ranges. Muscles start in
  balance with their tendons.
- "velocity": the speeds to go with a pose, alike [rad/s or m/s]; at rest without.
- "state": a State with a row for each world, fibres and activations included.
- "snapshot": a Snapshot of the same task, which goes on where it was taken: course, clock and rewards due included.
- "reset_mask": which worlds to reset, shape (n_world,); all without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from soleus.engine.base import Array, State
from soleus.model.spec import Model
from soleus.task.base import Snapshot, Start, Task
from soleus.task.check import differences

ALLOWED = ("reset_mask", "pose", "velocity", "state", "snapshot")
UNLIMITED = ("pelvis_tx", "pelvis_tz")
EXCLUSIVE = ("pose", "state", "snapshot")
"""Options that each say where to begin."""


@dataclass(frozen=True)
class ResetOptions:
    """What the caller of `reset` wants."""

    reset_mask: NDArray[np.bool_]
    pose: Array | None
    """shape (n_world, n_q)"""
    velocity: Array | None
    state: State | None
    snapshot: Snapshot | None

    def change(self, start: Start, worlds: NDArray[np.integer]) -> Start:
        """The task's own start of some worlds, with what was asked for in its place."""
        balanced = np.zeros(len(worlds), dtype=bool)
        if self.snapshot is not None:
            whole = self.snapshot
            return Start(whole.state[worlds], whole.parameters[worlds], balanced, whole.memory[worlds])
        if self.state is not None:
            return replace(start, state=self.state[worlds], equilibrate=balanced)
        if self.pose is None:
            return start
        speed = np.zeros_like(self.pose) if self.velocity is None else self.velocity
        state = replace(start.state, q=self.pose[worlds], u=speed[worlds])
        return replace(start, state=state, equilibrate=~balanced)


def read_options(options: Mapping[str, Any] | None, task: Task, n_world: int) -> ResetOptions:
    """Check the options of `reset`; ValueError with the field that does not fit."""
    if not isinstance(options, Mapping | None):
        raise ValueError(f"the options of reset are {options!r}; they are a dict, such as {{'pose': ...}}")
    given, model = dict(options or {}), task.model
    unknown = [name for name in given if name not in ALLOWED]
    if unknown:
        raise ValueError(f"unknown reset options {', '.join(unknown)}; allowed are {', '.join(ALLOWED)}")
    starts = [name for name in EXCLUSIVE if given.get(name) is not None]
    if len(starts) > 1:
        raise ValueError(f"the reset options {' and '.join(starts)} each say where to begin; give one of them")
    pose, velocity = given.get("pose"), given.get("velocity")
    if velocity is not None and pose is None:
        raise ValueError("the reset option velocity goes with a pose; give the option pose too, or a state")
    checked = None if pose is None else _rows("pose", pose, model, n_world)
    if checked is not None:
        _check_range(checked, model)
    for name in ("state", "snapshot"):
        if given.get(name) is not None:
            _check_rows(name, given[name], n_world)
    if given.get("snapshot") is not None:
        check_snapshot(given["snapshot"], task)
    return ResetOptions(
        reset_mask=reset_mask(given, n_world),
        pose=checked,
        velocity=None if velocity is None else _rows("velocity", velocity, model, n_world),
        state=given.get("state"),
        snapshot=given.get("snapshot"),
    )


def check_snapshot(snapshot: Snapshot, task: Task) -> None:
    """ValueError, naming each rule, for a snapshot of a task with other rules."""
    if type(snapshot.rules) is not type(task.config):
        raise ValueError(f"the snapshot is one of {type(snapshot.rules).__name__}; this is {task.name}")
    wrong = differences(snapshot.rules, task.config)
    if wrong:
        raise ValueError(f"the snapshot was taken under other rules of {task.name}: {'; '.join(wrong)}")


def reset_mask(options: Mapping[str, Any] | None, n_world: int) -> NDArray[np.bool_]:
    """Which worlds a reset is of, shape (n_world,): all where its options do not say; ValueError for another shape."""
    given = (options or {}).get("reset_mask")
    mask = np.ones(n_world, dtype=bool) if given is None else np.asarray(given)
    if mask.shape != (n_world,) or mask.dtype != bool:
        raise ValueError(f"reset_mask is {mask.dtype} of shape {mask.shape}; it is bool of shape ({n_world},)")
    return mask


def _rows(option: str, given: Mapping[str, ArrayLike] | ArrayLike, model: Model, n_world: int) -> Array:
    """Coordinates of every world, shape (n_world, n_q)."""
    names = model.coordinate_names
    if isinstance(given, Mapping):
        missing, surplus = [x for x in names if x not in given], [x for x in given if x not in names]
        if missing or surplus:
            fault = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(surplus)}, which cannot move"
            raise ValueError(f"the {option} {fault}; it needs each of {', '.join(names)}")
        values = np.stack([np.broadcast_to(np.asarray(given[name], np.float64), n_world) for name in names], axis=1)
    else:
        values = np.asarray(given, dtype=np.float64)
        if values.shape not in ((len(names),), (n_world, len(names))):
            raise ValueError(
                f"the {option} has shape {values.shape}; it needs ({len(names)},), one number for each of "
                f"{', '.join(names)}, or a row of them for each world"
            )
        values = np.broadcast_to(values, (n_world, len(names)))
    if not np.isfinite(values).all():
        name = names[int(np.argmin(np.isfinite(values).all(axis=0)))]
        raise ValueError(f"the {option} has a {name} that is not a finite number")
    return values


def _check_range(pose: Array, model: Model) -> None:
    """Refuse what is outside the range that the model names; but its ranges of places would end every track at 5 m."""
    limited = [(column, item) for column, item in enumerate(model.free_coordinates) if item.name not in UNLIMITED]
    for column, item in limited:
        for world in np.flatnonzero((pose[:, column] < item.minimum) | (pose[:, column] > item.maximum)):
            raise ValueError(
                f"{item.name} is {pose[world, column]:g} in the pose of world {world}; {model.name} allows "
                f"{item.minimum:g} to {item.maximum:g}"
            )


def _check_rows(option: str, given: Any, n_world: int) -> None:
    kind = State if option == "state" else Snapshot
    if not isinstance(given, kind):
        raise ValueError(f"the reset option {option} is a {type(given).__name__}; it must be a {kind.__name__}")
    parts = [given] if isinstance(given, State) else [given.state, given.parameters, given.memory]
    for part in parts:
        for item in fields(part):
            n_row = len(np.atleast_1d(getattr(part, item.name)))
            if n_row != n_world:
                raise ValueError(f"{item.name} of the {option} has {n_row} rows; there are {n_world} worlds")
    if isinstance(given, Snapshot) and len(given.seed) != n_world:
        raise ValueError(f"seed of the {option} has {len(given.seed)} rows; there are {n_world} worlds")
