"""What a user gets: the wheel, in an environment of its own, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

STEP_A_WORLD = """
import sys
import gymnasium

env = gymnasium.make("soleus:soleus/Run2017-v0", engine="opensim")
observation, _ = env.reset(seed=0)
assert env.observation_space.contains(observation)
for _ in range(3):
    observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
    assert env.observation_space.contains(observation)
    assert not terminated, info
env.close()
print(sys.modules["soleus"].__file__, *sys.modules)
"""


def run(*command: object, directory: Path) -> str:
    """The output of a command that knows nothing of this checkout; its words when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(word) for word in command], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", folder, ROOT, directory=folder)
    (file,) = folder.glob("soleus-*.whl")
    return file


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of a new environment that holds the wheel and its core dependencies."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder, directory=folder)
    (python,) = (*folder.glob("bin/python"), *folder.glob("Scripts/python.exe"))
    constraints = ROOT / "constraints.txt"
    run(python, "-m", "pip", "install", "-qq", "--constraint", constraints, wheel, directory=folder)
    return python


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "soleus/py.typed" in names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"soleus"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.opensim
def test_an_environment_steps_where_only_the_wheel_is(python, tmp_path):
    file, *modules = run(python, "-c", STEP_A_WORLD, directory=tmp_path).split()
    assert Path(file).is_relative_to(python.parents[1])
    assert not {"jax", "matplotlib"} & set(modules)
    assert not list(tmp_path.iterdir()), "files were written into the working directory"


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["evaluate", "--help"], ["tasks"]], ids=" ".join)
def test_the_command_needs_no_extra_to_explain_itself(python, tmp_path, words):
    assert "soleus" in run(python.with_name("soleus"), *words, directory=tmp_path)


@pytest.mark.parametrize("words", [["train", "run2017"], ["demo"]], ids=" ".join)
def test_a_missing_extra_is_named(python, tmp_path, words):
    done = subprocess.run(
        [python.with_name("soleus"), *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "soleus[train" in done.stderr
    assert not list(tmp_path.iterdir()), "a run that cannot start leaves no folder"
