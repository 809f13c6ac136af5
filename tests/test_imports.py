"""Imports follow the flow, and heavy packages stay where they are wrapped.

model -> engine -> view -> task -> sampler -> run -> report -> command -> cli, with nets -> learner beside the worlds:
an import points left.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "soleus"
PACKAGE = "soleus"

FLOW: dict[str, tuple[str, ...]] = {
    "model": (),
    "engine": ("model",),
    "view": ("model", "engine"),
    "task": ("model", "engine", "view"),
    "compat": ("model", "engine", "task"),
    "nets": (),
    "sampler.batch": (),
    "sampler.base": ("nets.policy", "sampler.batch"),
    "sampler": ("task", "nets.policy"),
    "learner": ("nets", "sampler.base", "sampler.batch"),
    "run": ("", "model", "engine", "view", "task", "nets", "sampler", "learner"),
    "report": ("run.folder", "run.error", "sampler.batch", "task.protocol", "model", "engine", "view"),
    "command": ("", "model", "engine", "view", "task", "nets", "sampler", "learner", "run", "report"),
    "cli": ("command", "engine.base", "run.error", "view.error"),
    "": ("task.registration",),
}
"""What a part of the package may import besides itself. The most exact key counts; "" is the package's own __init__."""

WRAPPERS: dict[str, tuple[str, ...]] = {
    "cmaes": ("learner/evolution/cma_es_search.py",),
    "imageio_ffmpeg": ("view/video.py",),
    "jax": ("learner/*.py",),
    "llvmlite": ("engine/fast/compile.py",),
    "matplotlib": ("report/plot.py", "view/canvas.py"),
    "onnx": ("nets/export.py",),
    "onnxruntime": ("nets/onnx_policy.py",),
    "opensim": ("model/osim.py",),
    "optax": ("learner/*.py",),
    "stable_baselines3": ("learner/peer.py",),
    "tensorboardX": ("run/metrics.py",),
    "torch": ("learner/peer.py",),
}
"""The files that may import a heavy package; everybody else asks them."""


@dataclass(frozen=True)
class Import:
    """One imported module, and where the statement stands."""

    file: Path
    """Relative to the package folder."""
    line: int
    module: str
    """Absolute, the longest dotted name that is a module."""

    def __str__(self) -> str:
        return f"{PACKAGE}/{self.file}:{self.line} imports {self.module}"


def find_imports(package: Path) -> list[Import]:
    """Every import under a package folder: at the top of files, inside functions, for types only."""
    modules = {_module_name(file.relative_to(package)) for file in package.rglob("*.py")}
    found = []
    for file in sorted(package.rglob("*.py")):
        place = file.relative_to(package)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), filename=str(file))):
            found += [Import(place, node.lineno, name) for name in _names(node, place, modules)]
    return found


def forbidden_arrows(imports: list[Import], flow: Mapping[str, tuple[str, ...]] = FLOW) -> list[str]:
    """A sentence for each import of ours that does not point left."""
    wrong = []
    for item in imports:
        if not _within(item.module, PACKAGE):
            continue
        part = _part(_module_name(item.file), flow)
        target = item.module.removeprefix(PACKAGE).removeprefix(".")
        if part is None:
            wrong.append(f"{item}: the file belongs to no part of the flow; give it a row in FLOW")
        elif not any(_within(target, allowed) for allowed in (part, *flow[part])):
            wrong.append(f"{item}: {part or PACKAGE} may import {', '.join(flow[part]) or 'nothing of ours'}")
    return wrong


def forbidden_packages(imports: list[Import], wrappers: Mapping[str, tuple[str, ...]] = WRAPPERS) -> list[str]:
    """A sentence for each heavy package that is imported outside the files that wrap it."""
    return [
        f"{item}: only {', '.join(wrappers[package])} may"
        for item in imports
        if (package := item.module.partition(".")[0]) in wrappers
        and not any(fnmatch(item.file.as_posix(), pattern) for pattern in wrappers[package])
    ]


def _names(node: ast.AST, file: Path, modules: set[str]) -> Iterator[str]:
    """Modules that a syntax node imports."""
    match node:
        case ast.Import():
            yield from (alias.name for alias in node.names)
        case ast.ImportFrom():
            base = _absolute(node, file)
            members = {f"{base}.{alias.name}" for alias in node.names}
            yield from {member if member.removeprefix(f"{PACKAGE}.") in modules else base for member in members}
        case ast.Call(args=[ast.Constant(value=str(name)), *_]):
            if ast.unparse(node.func).endswith(("import_module", "__import__")):
                yield name


def _absolute(node: ast.ImportFrom, file: Path) -> str:
    """The module of a `from` import, a relative one resolved against the folder of its file."""
    if not node.level:
        return node.module or ""
    folders = (PACKAGE, *file.parent.parts)
    return ".".join([*folders[: len(folders) - node.level + 1], *filter(None, [node.module])])


def _module_name(file: Path) -> str:
    """engine/base.py -> engine.base, engine/__init__.py -> engine, __init__.py -> empty."""
    return ".".join(file.with_suffix("").parts).removesuffix("__init__").removesuffix(".")


def _part(module: str, flow: Mapping[str, tuple[str, ...]]) -> str | None:
    """The most exact key of the flow that holds a module."""
    return max((key for key in flow if _within(module, key)), key=len, default=None)


def _within(module: str, prefix: str) -> bool:
    """Whether a dotted name is the prefix or lies below it; nothing but itself lies below the empty one."""
    return module == prefix or (bool(prefix) and module.startswith(f"{prefix}."))


# ------------------------------------------------------------------------------------------------------ our own source


def test_imports_point_left_along_the_flow():
    wrong = forbidden_arrows(find_imports(SOURCE))
    assert not wrong, "\n".join(wrong)


def test_heavy_packages_are_imported_where_they_are_wrapped():
    wrong = forbidden_packages(find_imports(SOURCE))
    assert not wrong, "\n".join(wrong)


def test_the_linter_bans_the_same_packages():
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    banned = lint["flake8-tidy-imports"]["banned-api"]
    exempt = {file for file, rules in lint["per-file-ignores"].items() if "TID251" in rules}
    exempt -= {"tests/**", "benchmarks/*.py"}
    assert set(banned) == set(WRAPPERS)
    assert exempt == {f"src/soleus/{file}" for files in WRAPPERS.values() for file in files}


def test_every_other_package_comes_with_the_bare_install():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    core = {re.split(r"[^\w-]", requirement)[0].replace("-", "_") for requirement in declared}
    known = core | set(WRAPPERS) | sys.stdlib_module_names | {PACKAGE}
    wrong = [str(item) for item in find_imports(SOURCE) if item.module.partition(".")[0] not in known]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("who", "modules", "spared"),
    [
        ("the command line", ["cli", "command.train", "command.evaluate", "command.video"], WRAPPERS),
        ("a worker", ["run.build", "sampler", "nets"], WRAPPERS),
    ],
)
def test_start_up_loads_no_heavy_package(who, modules, spared):
    """A spawned worker imports the command line's module anew, so what that loads is paid once for each core."""
    code = f"import sys, {', '.join(f'soleus.{name}' for name in modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(spared) & set(done.stdout.split())
    assert not loaded, f"{who} loads {', '.join(sorted(loaded))}"


# --------------------------------------------------------------------------------------- the checker, on made-up trees


@pytest.fixture
def tree(tmp_path):
    """Writes a package of one-line files and gives its imports."""

    def write(files: dict[str, str]) -> list[Import]:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(text))
        return find_imports(tmp_path)

    return write


@pytest.mark.parametrize(
    ("file", "statement", "module"),
    [
        ("model/spec.py", "import soleus.engine.base", "soleus.engine.base"),
        ("model/spec.py", "from soleus.engine.base import Engine", "soleus.engine.base"),
        ("model/spec.py", "from soleus import engine", "soleus.engine"),
        ("model/spec.py", "from ..engine import base", "soleus.engine.base"),
        ("model/spec.py", "def load():\n    from soleus.engine.base import Engine", "soleus.engine.base"),
        ("model/spec.py", "import importlib\nimportlib.import_module('soleus.engine.base')", "soleus.engine.base"),
        ("view/draw.py", "from soleus.task.env import Env", "soleus.task.env"),
        ("nets/mlp.py", "from soleus.sampler.batch import Batch", "soleus.sampler.batch"),
        ("sampler/batch.py", "from soleus.sampler.worker import Worker", "soleus.sampler.worker"),
        ("sampler/worker.py", "from soleus.nets import load_policy", "soleus.nets"),
        ("learner/replay/learner.py", "from soleus.task.env import Env", "soleus.task.env"),
        ("learner/replay/learner.py", "from soleus.sampler import Batch", "soleus.sampler"),
        ("run/loop.py", "from soleus.report import plot", "soleus.report"),
        ("report/plot.py", "from soleus.run.loop import train", "soleus.run.loop"),
        ("cli.py", "from soleus.task.registry import TASKS", "soleus.task.registry"),
    ],
)
def test_an_arrow_to_the_right_is_named(tree, file, statement, module):
    imports = tree({"engine/__init__.py": "", "engine/base.py": "", "report/__init__.py": "", file: statement})
    (sentence,) = forbidden_arrows(imports)
    line = 1 + statement.count("\n")
    assert sentence.startswith(f"soleus/{file}:{line} imports {module}: ")


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        ("engine/base.py", "from soleus.model.spec import Model"),
        ("task/env.py", "from soleus.view import draw_world"),
        ("sampler/worker.py", "from soleus.sampler.batch import Batch"),
        ("learner/replay/learner.py", "from soleus.sampler.batch import Batch"),
        ("run/build.py", "from soleus.learner.replay.learner import ReplayLearner"),
        ("report/plot.py", "from soleus.run.folder import RunFolder"),
        ("cli.py", "import numpy, soleus.command.train"),
        ("command/train.py", "from soleus import __version__"),
    ],
)
def test_an_arrow_to_the_left_passes(tree, file, statement):
    assert not forbidden_arrows(tree({file: statement}))


def test_a_folder_outside_the_flow_is_named(tree):
    (sentence,) = forbidden_arrows(tree({"utils/misc.py": "import soleus.model"}))
    assert "soleus/utils/misc.py:1" in sentence
    assert "no part of the flow" in sentence


def test_a_heavy_package_out_of_place_is_named(tree):
    files = {"model/osim.py": "import opensim", "task/env.py": "def step():\n    from jax.numpy import tanh"}
    (sentence,) = forbidden_packages(tree(files))
    assert sentence == "soleus/task/env.py:2 imports jax.numpy: only learner/*.py may"
