"""`soleus doctor`"""

from __future__ import annotations

import importlib
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from soleus import __version__
from soleus.command.parse import parse
from soleus.engine.base import EngineError
from soleus.engine.core import n_core
from soleus.run.origin import installed_version


@dataclass(frozen=True)
class DoctorOptions:
    """Nothing to choose."""


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and what to do if that is bad."""

    what: str
    found: str
    remedy: str = ""


def doctor(arguments: Sequence[str], console: Console) -> None:
    """Check what is installed, simulate a step on both engines, and say what to do about what is missing.

    Exit code 2 when something is missing.

    soleus doctor
    """
    parse(DoctorOptions, "doctor", doctor.__doc__, arguments)
    findings = [check() for check in CHECKS]
    for finding in findings:
        word, style = ("missing", "red") if finding.remedy else ("ok", "green")
        console.print(Text.assemble((f"{word:>9}", style), f"  {finding.what}: {finding.found}"), highlight=False)
        if finding.remedy:
            console.print(f"          {finding.remedy}", highlight=False)
    if any(finding.remedy for finding in findings):
        sys.exit(2)


def _python() -> Finding:
    version = sys.version_info
    remedy = "" if (3, 11) <= version < (3, 14) else "Soleus and OpenSim need Python 3.11 to 3.13"
    return Finding("Python", f"{platform.python_version()} on {platform.platform()}, Soleus {__version__}", remedy)


def _cores() -> Finding:
    return Finding("cores", f"{n_core()}; the fast engine shares its worlds out over them, OpenSim puts one on each")


def _opensim() -> Finding:
    """A real step, since an installed wheel may still not load."""
    try:
        _step("opensim")
    except EngineError as error:
        return Finding("OpenSim engine", "does not work", str(error))
    return Finding("OpenSim engine", f"{installed_version('opensim')}, made a step")


def _fast() -> Finding:
    """A real step, since the compiler may not know the processor."""
    from soleus.engine.fast.cache import cache_folder
    from soleus.engine.fast.compile import processor, widest

    began_at = time.monotonic()
    try:
        _step("fast")
    except (EngineError, ImportError, RuntimeError) as error:
        reinstall = "pip install --force-reinstall llvmlite; until then train with --engine opensim"
        return Finding("fast engine", f"does not work: {error}", reinstall)
    took_s = time.monotonic() - began_at
    name, _ = processor()
    width = widest("float64").width
    kept = cache_folder() or "nowhere (each start compiles anew)"
    return Finding(
        "fast engine", f"made a step after {took_s:.1f} s; {width} worlds a vector on {name}; programs kept in {kept}"
    )


def _step(engine: str) -> None:
    from soleus.task.registration import make_env

    env = make_env("run2017", engine=engine, difficulty=0)
    env.reset(seed=0)
    env.step(env.action_space.sample())
    env.close()


def _extra(what: str, extra: str, *modules: str) -> Callable[[], Finding]:
    def check() -> Finding:
        missing = []
        for module in modules:
            try:
                importlib.import_module(module)
            except ImportError:
                missing.append(module)
        if missing:
            return Finding(what, f"{', '.join(missing)} cannot be imported", f'pip install "soleus[{extra}]"')
        return Finding(what, ", ".join(modules))

    return check


def _disk() -> Finding:
    free_gb = shutil.disk_usage(".").free / 1e9
    remedy = "" if free_gb > 2 else "the checkpoints of a run take up to 2 GB, of walk2019 up to 9 GB: free some"
    return Finding("disk", f"{free_gb:.1f} GB free here", remedy)


CHECKS: tuple[Callable[[], Finding], ...] = (
    _python,
    _cores,
    _fast,
    _opensim,
    _extra("training", "train", "cmaes", "jax", "optax", "tensorboardX"),
    _extra("pictures and video", "view", "matplotlib", "imageio_ffmpeg"),
    _disk,
)
