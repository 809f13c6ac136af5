"""Snapshots in files: safe .npz archives of arrays, without pickle, in which a moment of an episode is kept or sent."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Batched, Measurement
from soleus.task.base import Snapshot, Task
from soleus.task.option import check_snapshot

BatchedT = TypeVar("BatchedT", bound=Batched)
DAMAGED = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError, TypeError)
"""What reading something else than an archive of NumPy's may end in"""
PARTS = ("state", "measurement", "parameters", "memory")


def save_snapshot(file: str | os.PathLike[str], snapshot: Snapshot, task: Task) -> None:
    """Write a snapshot of a task; an existing file is replaced at once."""
    file, rules = Path(file), json.dumps(asdict(task.config))
    arrays = {"task": np.array(f"{task.name}-v{task.version}"), "rules": np.array(rules), "seed": snapshot.seed}
    for part in PARTS:
        arrays |= _flat(getattr(snapshot, part), part)
    unfinished = file.with_name(f"{file.name}.part")
    with unfinished.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    os.replace(unfinished, file)


def load_snapshot(file: str | os.PathLike[str], task: Task) -> Snapshot:
    """The snapshot in a file, for `reset(options={"snapshot": ...})` of the same task.

    Raises:
        ValueError: the file is missing, damaged, or of another task, version or rules; it says which.
    """
    try:
        with np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise ValueError(f"there is no snapshot {file}; save_snapshot writes one") from error
    except IsADirectoryError as error:
        raise ValueError(f"{file} is a folder; name a file in it") from error
    except DAMAGED as error:
        raise ValueError(f"{file} is damaged or no snapshot ({error}); save it again") from error
    found, own = str(arrays.get("task", "nothing")), f"{task.name}-v{task.version}"
    if found != own:
        raise ValueError(f"{file} is a snapshot of {found}, and this is {own}; restore it where it was saved")
    like = task.start([0])
    try:
        rules, seed = type(task.config)(**json.loads(str(arrays["rules"]))), arrays["seed"]
        measurement = Measurement(**{item.name: arrays[f"measurement.{item.name}"] for item in fields(Measurement)})
        parts = {part: _like(getattr(like, part), arrays, part) for part in ("state", "parameters", "memory")}
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file} lacks {error}, so another version of Soleus wrote it; save it again") from error
    snapshot = Snapshot(measurement=measurement, rules=rules, seed=seed, **parts)
    check_snapshot(snapshot, task)
    return snapshot


def _flat(batched: Batched, name: str) -> dict[str, NDArray]:
    """All arrays of a dataclass and of those inside it, by dotted names."""
    found: dict[str, NDArray] = {}
    for item in fields(batched):
        value = getattr(batched, item.name)
        found |= _flat(value, f"{name}.{item.name}") if isinstance(value, Batched) else {f"{name}.{item.name}": value}
    return found


def _like(example: BatchedT, arrays: Mapping[str, NDArray], name: str) -> BatchedT:
    """What `_flat` took apart, put together as the example is."""
    parts = {}
    for item in fields(example):
        own, place = getattr(example, item.name), f"{name}.{item.name}"
        parts[item.name] = _like(own, arrays, place) if isinstance(own, Batched) else arrays[place]
    return type(example)(**parts)
