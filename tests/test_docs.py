"""The documentation keeps its word: examples run, and commands exist with the flags it names."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in FENCE.findall(page.read_text(encoding="utf-8")) if kind == language]


def commands(program: str) -> list[str]:
    """Every `$ program ...` line of the pages, without its comment."""
    lines = [line for page in PAGES for text in blocks(page, "console") for line in text.splitlines()]
    return sorted({line[2:].partition("#")[0].strip() for line in lines if line.startswith(f"$ {program} ")})


@pytest.mark.opensim
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.stem)
def test_examples_run(page, tmp_path):
    """The Python blocks of a page, one after the other, as a reader would paste them."""
    example = "\n".join(blocks(page, "python"))
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", commands("soleus"))
def test_commands_are_understood(command):
    """The command's own help knows every flag that the page gives it."""
    _, name, *words = command.split()
    # A learner and a task decide which flags there are.
    chosen = [part for pair in pairwise(words) if pair[0] in ("--learner", "--task") for part in pair]
    call = [sys.executable, "-m", "soleus.cli", name, *chosen, "--help"]
    help_text = subprocess.run(call, capture_output=True, text=True, timeout=60, check=False)
    assert help_text.returncode == 0, help_text.stderr
    for flag in (word for word in words if word.startswith("--")):
        assert re.search(rf"(?<![\w-]){flag}(?![\w-])", help_text.stdout), f"{command}: no flag {flag}"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_tables_are_those_of_the_code(page):
    """`python docs/tables.py` renews them."""
    place = importlib.util.spec_from_file_location("tables", ROOT / "docs" / "tables.py")
    tables = importlib.util.module_from_spec(place)
    place.loader.exec_module(tables)
    text = page.read_text(encoding="utf-8")
    assert tables.renewed(text) == text


@pytest.mark.parametrize("command", commands("make"))
def test_make_targets_exist(command):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = {word for word in command.split()[1:] if re.fullmatch("[a-z]+", word)}
    assert asked <= targets, f"{command}: the Makefile has {', '.join(sorted(targets))}"
