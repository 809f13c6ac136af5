"""Where a run came from: versions, commit, machine and command, so that it can be repeated."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from soleus import __version__

PACKAGES = ("numpy", "gymnasium", "mujoco", "opensim", "llvmlite", "cmaes", "jax", "optax", "safetensors")
"""Packages whose version can change a result."""


def origin(seed: int) -> dict[str, object]:
    """A description that JSON can hold."""
    return {
        "soleus": __version__,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": sys.argv,
        "seed": seed,
        **_commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: installed_version(name) for name in PACKAGES},
    }


def installed_version(package: str) -> str | None:
    """Version of an installed package, None without it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> dict[str, str | None]:
    """The commit of the checkout that this package runs from; None for an installed one, though it may lie within
    somebody else's repository.
    """
    here = Path(__file__)
    ours = _git(here.parent, "ls-files", "--error-unmatch", here.name) is not None
    return {
        "commit": _git(here.parent, "rev-parse", "HEAD") if ours else None,
        "uncommitted_changes": _git(here.parent, "diff", "HEAD") if ours else None,
    }


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says in a folder; None where it has nothing to say."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
