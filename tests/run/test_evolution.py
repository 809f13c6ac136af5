"""Whole runs of evolutionary learners, on a task of Gymnasium and on the fast engine."""

import json
from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import EsConfig
from soleus.nets.registry import load_policy
from soleus.run.config import SamplerConfig
from soleus.run.loop import resume_run, start_run
from soleus.run.recipe import plain, with_learner
from soleus.task.foreign import GymnasiumConfig

N_STEP, POPULATION = 30, 6
GENERATION = N_STEP * POPULATION


def _config(learner, **changes):
    config = with_learner(plain("Pendulum-v1"), learner)
    settings = replace(config.learner, population=POPULATION, hidden=(4,))
    task = GymnasiumConfig("Pendulum-v1", time_limit=N_STEP)
    return replace(config, task=task, learner=settings, evaluate_s=0.0, **changes)


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


@pytest.mark.parametrize("sampler", [SamplerConfig(worlds=4), SamplerConfig(kind="process", workers=2, worlds=2)])
def test_every_sampler_plays_generations(tmp_path, sampler):
    records = start_run(_config("es", sampler=sampler, steps=3 * GENERATION), tmp_path / "run").metrics()
    assert records[-1]["n_updates"] >= 2
    told = [record for record in records if "train/fitness_mean" in record]
    assert -17 * N_STEP < told[0]["train/fitness_mean"] < told[0]["train/fitness_best"] < 0


def test_a_generation_on_the_fast_engine(tmp_path):
    config = with_learner(plain("run2017"), "es")
    assert config.symmetry == "none"
    config = replace(config, learner=EsConfig(population=16, hidden=(8,)), sampler=SamplerConfig(worlds=16), steps=1000)
    records = start_run(config, tmp_path / "run").metrics()
    assert records[-1]["n_episodes"] >= 16
    assert records[-1]["n_updates"] >= 1
