"""What a world was doing when it failed, kept in a file so that the step can be done again."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from soleus.engine.base import Array, Parameters, State

logger = logging.getLogger(__name__)

MOST_DUMPS = 20
"""Files that one engine writes; a policy that fails often fails in the same way."""


@dataclass(frozen=True)
class Dump:
    """One failed control step: with this start, parameters and excitation it fails again."""

    reason: str
    state: State
    """Before the step, one row"""
    parameters: Parameters
    """One row"""
    excitation: Array
    """shape (1, n_muscle)"""


def save_dump(folder: Path, name: str, dump: Dump) -> None:
    """Write a dump; a folder that cannot be written is no reason to stop a run.

    Args:
        folder: is made if it is not there.
        name: of the file, without its ending; a number is added until it is new.
        dump: what to keep.
    """
    arrays = {**vars(dump.state), **vars(dump.parameters), "excitation": dump.excitation, "reason": dump.reason}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        n_file = sum(1 for _ in folder.glob("*.npz"))
        np.savez_compressed(folder / f"{name}-{n_file}.npz", **arrays)
    except OSError as error:
        logger.warning("a failed world is not dumped into %s: %s", folder, error)


def load_dump(file: Path | str) -> Dump:
    """Read a dump.

    Raises:
        ValueError: if the file is no dump.
    """
    try:
        with np.load(file, allow_pickle=False) as data:
            arrays = dict(data)
        return Dump(
            reason=str(arrays["reason"]),
            state=State(*(arrays[name] for name in ("time", "q", "u", "activation", "fiber_length"))),
            parameters=Parameters(arrays["strength"], arrays["obstacle"]),
            excitation=arrays["excitation"],
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"{file} is no dump of a failed world: {error}") from error
