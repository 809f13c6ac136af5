"""How sampling and learning keep pace, on the fast engine."""

from dataclasses import replace

import pytest

from soleus.learner.ppo_config import PpoConfig
from soleus.learner.sac_config import SacConfig
from soleus.run.config import SamplerConfig
from soleus.run.loop import start_run
from soleus.run.recipe import RECIPES

SMALL = SacConfig(
    actor_hidden=(16,),
    critic_hidden=(16,),
    batch_size=16,
    n_scan=4,
    n_step=3,
    random_transitions=100,
    updates_per_transition=0.1,
)


@pytest.mark.parametrize("kind", ["thread", "serial"])
def test_updates_follow_transitions_and_evaluations_count_for_nothing(tmp_path, kind):
    config = replace(
        RECIPES["plain"].build("run2017", "fast"),
        learner=SMALL,
        sampler=SamplerConfig(kind=kind, worlds=16, chunk=4),
        steps=12_000,
        evaluate_s=0.2,
        evaluate_episodes=3,
    )
    folder = start_run(config, tmp_path / "run")
    records = folder.metrics()
    last = records[-1]
    assert last["n_env_steps"] >= config.steps
    due = SMALL.updates_per_transition * (last["n_transitions"] - SMALL.random_transitions)
    waiting = SMALL.updates_per_transition * 16 * SMALL.n_step
    assert due - waiting - SMALL.n_scan <= last["n_updates"] <= due
    assert last["n_transitions"] % (16 * 4) == 0, "played episodes are not counted"
    assert any("evaluate/score" in record for record in records)
    assert folder.best_file.is_file()


@pytest.mark.parametrize(("kind", "n_worker"), [("serial", 1), ("process", 2)])
def test_ppo_learns_once_from_what_all_workers_did(tmp_path, kind, n_worker):
    learner = PpoConfig(actor_hidden=(8,), critic_hidden=(8,), n_decision=20, n_transition=1, n_epoch=2, n_minibatch=4)
    config = replace(
        RECIPES["plain"].build("Pendulum-v1", None),
        learner=learner,
        sampler=SamplerConfig(kind=kind, workers=n_worker, chunk=3),
        steps=400,
        evaluate_s=0.0,
    )
    last = start_run(config, tmp_path / "run").metrics()[-1]
    assert last["n_transitions"] == 400
    assert last["n_updates"] == 400 / (20 * n_worker) * 2 * 4
