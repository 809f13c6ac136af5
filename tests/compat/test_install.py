"""Scripts that import osim-rl run unchanged."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

OLD_SCRIPT = """
import sys
import numpy as np
from osim.env import *
from osim.env import L2M2019Env, ProstheticsEnv, RunEnv
from osim.env.osim import L2RunEnv
from osim.env.run import RunEnv as SameRunEnv
from osim.env.utils.mygym import convert_to_gym
from osim.control.mine import stimulate

assert __name__ == "__main__" and SameRunEnv is RunEnv
assert convert_to_gym(([0.0] * 3, [1.0] * 3)).shape == (3,)
env = L2M2019Env(visualize=True, seed=3, difficulty=2)
env.change_model(model="2D", difficulty=2, seed=3)
obs_dict = env.reset(project=True, seed=3, obs_as_dict=True)
total = 0.0
for t in range(int(sys.argv[1])):
    obs_dict, reward, done, info = env.step(stimulate(obs_dict), project=True, obs_as_dict=True)
    total += reward
print("score", round(total, 6), "height", round(obs_dict["pelvis"]["height"], 2))
"""
OLD_CONTROLLER = """
def stimulate(obs_dict):
    return [min(1.0, 0.05 + obs_dict["r_leg"]["VAS"]["f"])] * 22
"""
INSTALL_LATE = """
import sys, types
sys.modules["osim"] = types.ModuleType("osim")
from soleus.compat.osim_rl import install
install()
"""


def python(*words, folder, **variables):
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("engine", [pytest.param("opensim", marks=pytest.mark.opensim), "fast"])
def test_an_old_script_runs_unchanged_beside_what_it_brought_of_osim_rl(tmp_path, engine):
    (tmp_path / "script.py").write_text(OLD_SCRIPT)
    own = tmp_path / "osim" / "control"
    own.mkdir(parents=True)
    for folder in (own.parent, own):
        (folder / "__init__.py").touch()
    (own / "mine.py").write_text(OLD_CONTROLLER)
    done = python("-m", "soleus.compat.osim_rl", "--engine", engine, "script.py", "3", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "score 0.3 height 0.94\n"


def test_a_script_that_is_not_there_is_named(tmp_path):
    done = python("-m", "soleus.compat.osim_rl", "nothing.py", folder=tmp_path)
    assert done.returncode == 2
    assert "nothing.py" in done.stderr


def test_osim_rl_itself_is_not_covered_up(tmp_path):
    done = python("-c", INSTALL_LATE, folder=tmp_path)
    assert "osim-rl itself is imported already" in done.stderr


def test_installing_imports_no_simulator(tmp_path):
    source = (
        "import sys; from soleus.compat.osim_rl import install; install(); install()\n"
        "from osim.env import L2M2019Env; assert 'opensim' not in sys.modules"
    )
    done = python("-c", source, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert not list(Path(tmp_path).iterdir())
