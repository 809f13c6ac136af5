"""Anybody's Python as a policy."""

import pickle

import numpy as np
import pytest

from controllers import Counter
from soleus.nets import FunctionPolicy, PolicyError
from soleus.sampler.base import Play
from soleus.sampler.process import ProcessSampler
from soleus.sampler.threads import ThreadSampler
from soleus.sampler.worker import Worker
from worlds import N_STEP, pendulums

OBSERVATION = np.array([[0.25, 0.0, 1.0], [0.5, 0.75, 0.125]], np.float32)


def test_excitations_become_actions_world_by_world():
    action = FunctionPolicy("controllers:follow", 3).act(OBSERVATION, None)
    assert action.dtype == np.float32
    assert action.tolist() == [[-0.5, -1.0, 1.0], [0.0, 0.5, -0.75]]


def test_each_episode_has_a_controller_of_its_own():
    policy = FunctionPolicy("controllers:Counter", 1)
    policy.begin(np.arange(2))
    first, second = (policy.act(OBSERVATION, None)[:, 0] for _ in range(2))
    policy.begin(np.array([1]))
    third = policy.act(OBSERVATION, None)[:, 0]
    excitations = (np.array([first, second, third]) + 1) / 2
    np.testing.assert_allclose(excitations, [[0.01, 0.01], [0.02, 0.02], [0.03, 0.01]], atol=1e-7)


def test_it_travels_by_its_name_and_leaves_memory_behind():
    policy = FunctionPolicy("controllers:Counter", 1)
    policy.act(OBSERVATION, None)
    arrived = pickle.loads(pickle.dumps(policy))
    np.testing.assert_allclose(arrived.act(OBSERVATION, None), 2 * 0.01 - 1)
    assert Counter().n == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nowhere_at_all:f", "the module nowhere_at_all cannot be imported (ModuleNotFoundError"),
        ("controllers:run", "there is no run in controllers"),
        ("controllers:NUMBER", "is a int; a function or a class is needed"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(name, sentence):
    with pytest.raises(PolicyError) as told:
        FunctionPolicy(name, 1)
    assert sentence in str(told.value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("rest", "gives excitations of shape (1,); the task needs (3,)"),
        ("mute", "the task needs (3,)"),
        ("lost", "the task needs (3,)"),
        ("stumble", "raised ZeroDivisionError when it was asked: float division by zero"),
        ("Undecided", "raised OSError when it was made: no map"),
        ("leave", "raised SystemExit when it was asked: "),
        ("exaggerate", "gives 1e+300 as excitation 1; excitations are finite"),
    ],
)
def test_a_wrong_answer_is_explained(name, sentence):
    with pytest.raises(PolicyError) as told:
        FunctionPolicy(f"controllers:{name}", 3).act(OBSERVATION, None)
    assert sentence in str(told.value)


def test_a_number_that_is_not_finite_is_named():
    with pytest.raises(PolicyError, match="gives nan as excitation 0; excitations are finite"):
        FunctionPolicy("controllers:lost", 1).act(OBSERVATION, None)


def test_modules_of_the_current_folder_are_found(tmp_path, monkeypatch):
    (tmp_path / "my_own_controller.py").write_text("def act(observation):\n    return [0.5]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("nowhere")  # puts the path back afterwards
    assert FunctionPolicy("my_own_controller:act", 1).act(OBSERVATION, None).tolist() == [[0.0], [0.0]]


def test_a_worker_tells_when_episodes_begin():
    """Three seeds in two worlds: the world that plays a second episode counts from the start again."""
    batch = Worker(pendulums(n_world=2), seed=0).serve(Play(FunctionPolicy("controllers:Counter", 1), (3, 1, 4)))
    excitation = ((batch.action[:, 0] + 1) / 2).reshape(3, N_STEP)
    np.testing.assert_allclose(excitation, np.tile(np.arange(1, N_STEP + 1) / 100, (3, 1)), atol=1e-6)


@pytest.mark.parametrize("kind", [ThreadSampler, lambda envs, seed: ProcessSampler(envs, 1, seed)])
def test_a_policy_that_cannot_play_is_told_at_once(kind):
    with kind(pendulums(), seed=0) as sampler:
        sampler.submit(Play(FunctionPolicy("controllers:stumble", 1), (3,)))
        with pytest.raises(PolicyError, match=r"raised ZeroDivisionError .*controllers.py, line"):
            sampler.receive()
        assert sampler.n_restart == 0
