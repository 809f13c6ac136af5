"""Whole runs of evolutionary learners, on a task of Gymnasium and on the fast engine."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from soleus.cli import main
from soleus.learner import EsConfig
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.mlp import Mlp
from soleus.nets.registry import load_policy
from soleus.run.config import SamplerConfig
from soleus.run.error import RunError
from soleus.run.loop import resume_run, start_run
from soleus.run.recipe import plain, with_learner
from soleus.task.foreign import GymnasiumConfig

N_STEP, POPULATION = 30, 6
TASK = GymnasiumConfig("Pendulum-v1", time_limit=N_STEP)
GENERATION = N_STEP * POPULATION


def _config(learner, **changes):
    config = with_learner(plain("Pendulum-v1"), learner)
    settings = replace(config.learner, population=POPULATION, hidden=(4,))
    return replace(config, task=TASK, learner=settings, evaluate_s=0.0, **changes)


@pytest.mark.parametrize("learner", ["es", "cma_es"])
def test_a_run_that_was_interrupted_comes_to_the_same_end(tmp_path, learner):
    """In the middle of its third generation, of which nothing is left but the count of steps."""
    whole = start_run(_config(learner, steps=4 * GENERATION), tmp_path / "whole")
    parts = start_run(_config(learner, steps=2 * GENERATION + 2 * N_STEP), tmp_path / "parts")
    assert parts.metrics()[-1]["n_updates"] == 2
    data = json.loads(parts.config_file.read_text())
    parts.config_file.write_text(json.dumps(data | {"steps": 4 * GENERATION + 2 * N_STEP}))
    resume_run(parts.path)
    assert parts.metrics()[-1]["n_updates"] == whole.metrics()[-1]["n_updates"] == 4
    observation = np.random.default_rng(0).normal(size=(9, 3))
    actions = [load_policy(folder.policy_file).act(observation, None) for folder in (whole, parts)]
    np.testing.assert_array_equal(*actions)
    assert actions[0].std() > 0


def test_a_strategy_goes_on_from_the_policy_of_another_learner(tmp_path):
    """From its best policy, found again after an interruption too; who learns values has to know more."""
    td3 = replace(with_learner(plain("Pendulum-v1"), "td3"), task=TASK, steps=300, evaluate_steps=150)
    td3 = replace(td3, learner=replace(td3.learner, actor_hidden=(4,), random_transitions=100, batch_size=16))
    taught = start_run(td3, tmp_path / "taught")
    es = _config("es", steps=GENERATION, start_from=str(taught.path))
    with pytest.raises(RunError, match=r"cannot go on from .*taught: its network is .*'relu'.*'tanh'"):
        start_run(es, tmp_path / "es")
    es = replace(es, learner=replace(es.learner, activation="relu", sigma=1e-6, learning_rate=1e-6))
    found = start_run(es, tmp_path / "es")
    observation = np.random.default_rng(0).normal(size=(9, 3))
    actions = [load_policy(file).act(observation, None) for file in (taught.policy_to_play(), found.policy_file)]
    np.testing.assert_allclose(*actions, atol=1e-4)
    shutil.rmtree(taught.path)
    data = json.loads(found.config_file.read_text())
    found.config_file.write_text(json.dumps(data | {"steps": 3 * GENERATION}))
    resume_run(found.path)
    assert found.metrics()[-1]["n_updates"] == 3
    sac = replace(td3, learner=with_learner(td3, "sac").learner, start_from=str(found.path))
    with pytest.raises(RunError, match="this learner needs all that one like it has learnt, not its policy alone"):
        start_run(sac, tmp_path / "sac")


def test_its_network_is_chosen_on_the_command_line(tmp_path):
    """SAC once had a setting of this name that is called otherwise now."""
    given = ["--learner.hidden", "4", "--learner.activation", "relu", "--learner.population", "4", "--steps", "100"]
    main(["train", "Pendulum-v1", "--learner", "es", *given, "--out", str(tmp_path / "run")])
    policy = load_policy(tmp_path / "run" / "policy.safetensors")
    assert isinstance(policy, DeterministicPolicy)
    assert policy.network == Mlp((3, 4, 1), "relu")


@pytest.mark.parametrize("sampler", [SamplerConfig(worlds=4), SamplerConfig(kind="process", workers=2, worlds=2)])
def test_every_sampler_plays_generations(tmp_path, sampler):
    records = start_run(_config("es", sampler=sampler, steps=3 * GENERATION), tmp_path / "run").metrics()
    assert records[-1]["n_updates"] >= 2
    told = [record for record in records if "train/fitness_mean" in record]
    assert -17 * N_STEP < told[0]["train/fitness_mean"] < told[0]["train/fitness_best"] < 0


@pytest.mark.parametrize("sampler", [SamplerConfig("thread", 16), SamplerConfig("process", 8, 2)])
def test_a_generation_on_the_fast_engine(tmp_path, sampler):
    config = with_learner(plain("run2017"), "es")
    assert config.symmetry == "none"
    config = replace(config, learner=EsConfig(population=16, hidden=(8,)), sampler=sampler, steps=1000)
    records = start_run(config, tmp_path / "run").metrics()
    assert records[-1]["n_episodes"] >= 16
    assert records[-1]["n_updates"] >= 1
