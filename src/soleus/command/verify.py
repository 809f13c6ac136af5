"""`soleus verify`"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text
from tyro.conf import Positional

from soleus.command.parse import parse
from soleus.engine.base import EngineError
from soleus.engine.compare import Comparison, compare, draw_excitations
from soleus.engine.fast.config import FastConfig
from soleus.engine.random_state import random_sample
from soleus.engine.reference import ReferenceConfig, ReferenceEngine
from soleus.model import MODELS, Model, OpenSimMissingError
from soleus.model.reader import Unsupported, UnsupportedModelError, read_osim
from soleus.run.folder import write_report

FAST = FastConfig(method="merson", accuracy=1e-10, minimum_step=1e-9, threads=1)
OPENSIM = ReferenceConfig(accuracy=1e-9, minimum_step=1e-9)
"""So tight that the error of neither integrator hides a difference in the equations."""
N_WORLD = 16
"""Enough to fill the widest vectors of a processor."""


@dataclass(frozen=True)
class VerifyOptions:
    model: Positional[str]
    """A body that comes with Soleus, or an .osim file."""
    states: int = 400
    """Random states to compare, about half of them on the ground."""
    seconds: float = 1.0
    """Of each trajectory; the tolerance is meant for one second."""
    seed: int = 0
    """Of states and excitations."""
    json: Path | None = None
    """Write the comparison to this file too."""

    def __post_init__(self) -> None:
        if self.states < 1:
            raise ValueError(f"--states is {self.states}; at least one state is needed")
        if not FAST.control_step <= self.seconds <= 60.0:
            raise ValueError(f"--seconds is {self.seconds:g}; it lies from {FAST.control_step:g} to 60")
        if self.seed < 0:
            raise ValueError(f"--seed is {self.seed}; it must not be negative")
        if self.json and not self.json.parent.is_dir():
            raise ValueError(f"--json is {self.json}; there is no folder {self.json.parent}")
        if self.json and self.json.is_dir():
            raise ValueError(f"--json is {self.json}, which is a folder; name a file in it")


def verify(arguments: Sequence[str], console: Console) -> None:
    """Compare the fast engine with OpenSim on a body: stage by stage, in its equilibria, and along trajectories.

    Exit code 0 if they agree, 1 if not, and 2 for a body that Soleus cannot simulate.

    soleus verify gait9dof18musc

    soleus verify body.osim --states 100
    """
    options = parse(VerifyOptions, "verify", verify.__doc__, arguments)
    try:
        model, file = _find_model(options.model)
    except UnsupportedModelError as error:
        console.print(_refusal_table(options.model, error.elements))
        sys.exit(2)
    with console.status(f"comparing {model.name} with OpenSim (about half a minute) ..."):
        comparison = _compare(model, file, options)
    console.print(_difference_table(comparison))
    console.print(_verdict(comparison), highlight=False)
    if options.json:
        write_report(options.json, (json.dumps(_record(comparison), indent=2) + "\n").encode())
    if not comparison.agrees:
        sys.exit(1)


def _find_model(name: str) -> tuple[Model, Path | None]:
    """The model of a name, or of a file, and the file."""
    if name in MODELS:
        return MODELS[name](), None
    file = Path(name)
    if file.suffix != ".osim" and not file.is_file():
        raise ValueError(f"unknown model {name!r}; known models are {', '.join(MODELS)}, or give an .osim file")
    try:
        return read_osim(file), file
    except FileNotFoundError as error:
        raise ValueError(str(error)) from error
    except OpenSimMissingError as error:
        raise EngineError(str(error)) from error


def _compare(model: Model, file: Path | None, options: VerifyOptions) -> Comparison:
    """The fast engine beside OpenSim, which has the body from its own file if there is one."""
    engine, reference = FAST.build(model, N_WORLD), ReferenceEngine(model, OPENSIM, file=file)
    sample = random_sample(engine, options.states, options.seed)
    n_step = round(options.seconds / FAST.control_step)
    comparison = compare(engine, reference, sample, draw_excitations(len(model.muscles), n_step, options.seed))
    engine.close()
    reference.close()
    return comparison


def _difference_table(comparison: Comparison) -> Table:
    about = f"{comparison.n_state} states, {comparison.n_contact} in contact"
    table = Table(
        Column("field", no_wrap=True), "worst error", "where", "tolerance", "",
        title=f"{comparison.model}: the fast engine against OpenSim",
        caption=f"{about}, {comparison.n_unbalanced} without equilibrium; {comparison.duration:g} s of each motion",
    )  # fmt: skip
    for item in comparison.differences:
        mark = Text("ok", "green") if item.agrees else Text("differs", "red")
        where = ", ".join(filter(None, (item.place, item.element))) if item.error else ""
        table.add_row(item.field, _short(item.error), where, _short(item.tolerance.limit), mark)
    return table


def _short(number: float) -> str:
    return f"{number:.2g}"


def _verdict(comparison: Comparison) -> Text:
    worst = comparison.worst
    where = ", ".join(filter(None, (worst.place, worst.element)))
    if comparison.agrees:
        nearest = f" Nearest to its tolerance: {worst.field}, {_short(worst.error)} ({where})."
        return Text.assemble(("They agree.", "green"), nearest)
    failed = [item.field for item in comparison.differences if not item.agrees]
    told = f" in {', '.join(failed)}. Worst: {worst.field}, {_short(worst.error)} ({where})."
    return Text.assemble(("They differ", "red"), told)


def _refusal_table(name: str, elements: Sequence[Unsupported]) -> Table:
    table = Table("element", "class", "why", "what to do", title=f"{name}: Soleus cannot simulate all of it")
    for item in elements:
        table.add_row(item.element, item.kind, item.reason, item.advice)
    return table


def _record(comparison: Comparison) -> dict[str, Any]:
    """The comparison as JSON has it, where an infinite error is null."""
    differences = [asdict(item) | {"agrees": item.agrees} for item in comparison.differences]
    for item in differences:
        item["error"] = item["error"] if np.isfinite(item["error"]) else None
    return asdict(comparison) | {"differences": differences, "agrees": comparison.agrees}
