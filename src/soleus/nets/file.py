"""Policy files: safetensors with a JSON description in the header. Reading one never runs code from it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save, save_file

from soleus.nets.signature import UNKNOWN, Signature

FORMAT = "soleus-policy"
VERSION = 2
"""Raised whenever a file written today could not be read by the code of yesterday"""
READABLE = ("1", "2")
"""Versions that the code of today reads"""


def write_policy(
    path: Path,
    kind: str,
    arrays: Mapping[str, NDArray],
    description: Mapping[str, Any],
    signature: Signature = UNKNOWN,
) -> None:
    """Write a policy file; a reader finds the old file or the new one, never half of one.

    Args:
        path: where; an existing file is replaced.
        kind: the policy's name in the registry.
        arrays: its numbers.
        description: everything else, as JSON can hold it.
        signature: what the policy was made for.
    """
    told = json.dumps({**description, **asdict(signature)})
    metadata = {"format": FORMAT, "version": str(VERSION), "kind": kind, "description": told}
    content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, metadata)
    replace_file(path, content)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, also where the power fails."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        write_synced(draft, content)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def write_synced(path: Path, content: bytes) -> None:
    """Write a file, and do not return before the disk has it."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def write_arrays_synced(path: Path, arrays: Mapping[str, NDArray]) -> None:
    """As `write_synced`, arrays by name, straight from where they lie: gigabytes of a replay are in memory once."""
    try:
        save_file({name: np.asarray(array, order="C") for name, array in arrays.items()}, path)
    except SafetensorError as error:
        number = re.search(r"os error (\d+)", str(error))  # the library tells what the system said in words only
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def read_policy(path: Path) -> tuple[str, dict[str, NDArray], dict[str, Any]]:
    """What `write_policy` wrote: kind, arrays, description.

    Raises:
        ValueError: the file is damaged, of another program or of a newer version.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged or not a policy file ({error}): save the policy again") from error
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path} is safetensors but no policy of Soleus: give a file that a policy's save() wrote")
    if metadata.get("version") not in READABLE:
        raise ValueError(
            f"{path} has policy format version {metadata.get('version')}, this Soleus reads "
            f"{' and '.join(READABLE)}: use the Soleus that wrote it, or save the policy again"
        )
    try:
        return metadata["kind"], arrays, json.loads(metadata["description"])
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path} is damaged: its description is not whole ({error}); save the policy again") from error
