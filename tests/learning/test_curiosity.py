"""What disagreement is worth: a car that has to swing up, where acting costs and only the goal pays."""

import json
from dataclasses import replace

import pytest

from soleus.learner.part.prediction_config import DisagreementConfig
from soleus.run.loop import start_run
from soleus.run.recipe import plain

N_STEP = 6000
GOAL = 50.0
"""Only who reaches it has a score above 0"""


def _best_episode(path, seed, weight):
    config = plain("MountainCarContinuous-v0")
    learner = replace(config.learner, actor_hidden=(64, 64), critic_hidden=(64, 64))
    config = replace(config, learner=learner, seed=seed, steps=N_STEP, evaluate_steps=0, evaluate_s=0.0)
    folder = start_run(replace(config, disagreement=DisagreementConfig(weight)), path)
    records = [json.loads(line) for line in (folder.path / "metrics.jsonl").read_text().splitlines()]
    return max(record["episode/score"] for record in records if "episode/score" in record)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_who_is_curious_finds_a_goal_that_others_do_not(tmp_path):
    curious = [_best_episode(tmp_path / f"curious{seed}", seed, 1000.0) for seed in range(2)]
    others = [_best_episode(tmp_path / f"plain{seed}", seed, 0.0) for seed in range(2)]
    assert min(curious) > GOAL
    assert max(others) < 0
