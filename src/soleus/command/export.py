"""`soleus export`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from tyro.conf import Positional

from soleus.command.parse import parse
from soleus.run.export import export_onnx
from soleus.run.folder import RunFolder
from soleus.run.shipped import shipped_folder


@dataclass(frozen=True)
class ExportOptions:
    run: Positional[Path]
    """A run folder, or a name that `soleus policies` lists."""
    onnx: Path | None = None
    """The file to write; by default RUN/policy.onnx, and NAME.onnx here of a policy that comes with Soleus."""


def export(arguments: Sequence[str], console: Console) -> None:
    """Write a run's best policy as one ONNX file that needs nothing of Soleus: observations in the task's units in,
    excitations out. The file is run and compared with the policy before it is kept.

    soleus export runs/first

    soleus export sprinter

    soleus export runs/first --onnx runner.onnx
    """
    options = parse(ExportOptions, "export", export.__doc__, arguments)
    shipped = shipped_folder(str(options.run))
    usual = options.run.with_suffix(".onnx") if shipped else options.run / "policy.onnx"
    done = export_onnx(shipped or RunFolder.open(options.run), options.onnx or usual)
    console.print(
        f"wrote {done.file}; its excitations differ from the policy's by at most {done.difference:.1e} "
        f"on {done.n_compared} observations",
        highlight=False,
        soft_wrap=True,
    )
