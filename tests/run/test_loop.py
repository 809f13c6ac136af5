"""How sampling and learning keep pace, on the fast engine."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import PpoConfig
from soleus.learner.replay.learner import ReplayLearner
from soleus.learner.sac_config import SacConfig
from soleus.nets import load_policy
from soleus.run import loop
from soleus.run.build import build_learner
from soleus.run.config import SamplerConfig
from soleus.run.folder import Progress, RunFolder
from soleus.run.loop import start_run
from soleus.run.recipe import RECIPES
from soleus.sampler.base import Explore

SMALL = SacConfig(
    actor_hidden=(16,),
    critic_hidden=(16,),
    batch_size=16,
    n_scan=4,
    n_step=3,
    random_transitions=100,
    updates_per_transition=0.1,
)

PENDULUM = replace(
    RECIPES["plain"].build("Pendulum-v1", None),
    learner=replace(SMALL, n_step=1),
    evaluate_steps=300,
    evaluate_episodes=2,
)


@pytest.mark.parametrize("sharing", ["overlap", "alternate"])
@pytest.mark.parametrize("kind", ["thread", "serial"])
def test_updates_follow_transitions_and_evaluations_count_for_nothing(tmp_path, kind, sharing):
    config = replace(
        RECIPES["plain"].build("run2017", "fast"),
        learner=SMALL,
        sampler=SamplerConfig(kind=kind, worlds=16, chunk=4, sharing=sharing),
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


def test_evaluations_by_steps_make_the_same_run_again(tmp_path):
    """Also the best policy: nothing in it goes by the clock."""
    config = replace(PENDULUM, steps=1100)
    one, same = (start_run(config, tmp_path / name) for name in ("one", "same"))
    evaluated = [record["n_env_steps"] for record in one.metrics() if "evaluate/score" in record]
    assert len(evaluated) >= 1
    for file in ("best_file", "policy_file"):
        policies = [load_policy(getattr(run, file)) for run in (one, same)]
        for name, array in policies[0].parameters.items():
            np.testing.assert_array_equal(array, policies[1].parameters[name], err_msg=name)


def test_taking_turns_every_batch_comes_from_the_present_policy(tmp_path, monkeypatch):
    """In overlap there is one older request in hand."""
    stale = {}
    for sharing in ("overlap", "alternate"):
        asked = []

        def request(self, n_world, chunk, asked=asked):
            asked.append(self.n_updates)
            return Explore(self.policy(), n_world * chunk)

        monkeypatch.setattr(ReplayLearner, "request", request)
        config = replace(
            RECIPES["plain"].build("Pendulum-v1", None),
            learner=replace(SMALL, n_step=1),
            sampler=SamplerConfig(chunk=40, sharing=sharing),
            steps=400,
            evaluate_steps=0,
            evaluate_s=0,
        )
        last = start_run(config, tmp_path / sharing).metrics()[-1]
        stale[sharing] = last["n_updates"] - asked[-1]
    assert stale["alternate"] == 0
    assert stale["overlap"] > 0


def test_a_schedule_that_the_run_does_not_finish_is_told(caplog):
    config = replace(RECIPES["plain"].build("Pendulum-v1", None), steps=5000)
    learner = replace(SMALL, updates_per_transition=1.0, learning_rate_left=0.1, learning_rate_updates=5000)
    build_learner(replace(config, learner=learner))
    assert caplog.messages == []
    build_learner(replace(config, learner=replace(learner, learning_rate_updates=5001)))
    (told,) = caplog.messages
    assert "rates fall to 0.1 of themselves in 5001 updates, and this run makes 5000;" in told


@pytest.mark.parametrize(("kind", "n_worker"), [("serial", 1), ("process", 2)])
def test_ppo_learns_once_from_what_all_workers_did(tmp_path, kind, n_worker):
    learner = PpoConfig(actor_hidden=(8,), critic_hidden=(8,), n_decision=20, n_transition=1, n_epoch=2, n_minibatch=4)
    config = replace(
        RECIPES["plain"].build("Pendulum-v1", None),
        learner=learner,
        sampler=SamplerConfig(kind=kind, workers=n_worker),
        steps=400,
        evaluate_steps=0,
        evaluate_s=0.0,
    )
    last = start_run(config, tmp_path / "run").metrics()[-1]
    assert last["n_transitions"] == 400
    assert last["n_updates"] == 400 / (20 * n_worker) * 2 * 4


def test_the_best_policy_is_kept_when_its_score_is(tmp_path, monkeypatch):
    """So that after kill -9 no worse one takes its place."""
    written = []

    def noting(name):
        write = getattr(RunFolder, name)

        def noted(folder, *arguments):
            written.append(arguments)
            write(folder, *arguments)

        return noted

    monkeypatch.setattr(loop, "NEWS_S", 0.0)
    for name in ("save_policy", "save_checkpoint"):
        monkeypatch.setattr(RunFolder, name, noting(name))
    config = replace(PENDULUM, steps=1500)
    folder = start_run(config, tmp_path / "run")
    kept = [i for i, arguments in enumerate(written) if arguments[0] == folder.best_file]
    assert kept
    assert all(isinstance(written[i + 1][-1], Progress) for i in kept)
    assert folder.load_checkpoint()[1].best_score == max(
        record["evaluate/score"] for record in folder.metrics() if "evaluate/score" in record
    )
