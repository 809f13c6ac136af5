"""A policy plays only what it was made for."""

import numpy as np
import pytest

from soleus.nets import ActorPolicy, GaussianHead
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import Scaling
from soleus.nets.signature import Signature
from soleus.run.build import signature
from soleus.run.candidate import find_candidate
from soleus.run.error import RunError
from soleus.run.folder import RunFolder
from soleus.run.recipe import RECIPES
from soleus.task.run2017 import Run2017Config

CONFIG = RECIPES["plain"].build("run2017", "fast")


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path / "run", CONFIG, {})


def actor(n_observation=59, n_action=18, seed=0):
    network = Mlp((n_observation, 8, 2 * n_action))
    scaling = Scaling(np.zeros(n_observation, np.float32), np.ones(n_observation, np.float32), np.float32(10))
    return ActorPolicy(
        network, network.initial(np.random.default_rng(seed)), scaling, GaussianHead(n_action, (-5.0, 2.0))
    )


def test_the_signature_of_a_task_tells_what_the_policy_sees():
    told = signature(Run2017Config(), CONFIG.control)
    assert (told.task, told.task_version) == ("run2017", 0)
    assert (len(told.observation_names), len(told.action_names)) == (41 + 18, 18)
    assert told.observation_names[6] == "hip_flexion_r"
    assert told.observation_units[:4] == ("rad", "m", "m", "rad/s")
    assert told.observation_names[41] == f"last {told.action_names[0]}"


def test_a_run_s_policy_plays_its_own_task(folder):
    folder.save_policy(folder.best_file, actor(), signature(CONFIG.task, CONFIG.control))
    candidate = find_candidate(str(folder.path), Run2017Config(difficulty=0))
    assert candidate.control == CONFIG.control
    assert candidate.folder.path == folder.path


def test_a_policy_of_another_task_is_refused(folder):
    folder.save_policy(folder.best_file, actor(), Signature("walk2019", 0))
    with pytest.raises(RunError, match=r"best.safetensors cannot play this task: .* walk2019, not for run2017"):
        find_candidate(str(folder.path), Run2017Config())


def test_an_old_policy_without_names_is_known_by_its_size(folder):
    folder.save_policy(folder.best_file, actor())
    assert find_candidate(str(folder.path), Run2017Config()).policy.n_observation == 59
    folder.save_policy(folder.best_file, actor(n_observation=41))
    with pytest.raises(RunError, match="the policy has 41 observations and the task 59"):
        find_candidate(str(folder.path), Run2017Config())
    folder.save_policy(folder.best_file, actor(n_action=19))
    with pytest.raises(RunError, match="the policy has 19 actions and the task 18"):
        find_candidate(str(folder.path), Run2017Config())
