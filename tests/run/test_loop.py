"""How sampling and learning keep pace, on the fast engine."""

import os
import signal
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import PpoConfig
from soleus.learner.replay.learner import ReplayLearner
from soleus.learner.sac_config import SacConfig
from soleus.nets import load_policy
from soleus.nets.registry import load_signed_policy
from soleus.run import loop
from soleus.run.build import build_learner
from soleus.run.config import SamplerConfig
from soleus.run.error import RunError
from soleus.run.folder import RunFolder
from soleus.run.loop import Stopped, resume_run, start_run
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


def test_the_best_policy_outlives_a_disk_that_is_too_full_for_its_checkpoint(tmp_path, monkeypatch):
    """It says its score, or after going on a worse one would take its place."""

    def full(*arguments):
        raise RunError("full")

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "save_checkpoint", full)
        with pytest.raises(RunError, match="full"):
            start_run(replace(PENDULUM, steps=1500), tmp_path / "run")
    folder = RunFolder.open(tmp_path / "run")
    policy, signature = load_signed_policy(folder.best_file)
    assert signature.score <= 0.0
    folder.save_policy(folder.best_file, policy, replace(signature, score=1.0))
    resume_run(folder.path)
    assert load_signed_policy(folder.best_file)[1].score == 1.0
    assert folder.load_checkpoint()[1].best_score == 1.0


def test_who_is_impatient_loses_nothing(tmp_path, monkeypatch, caplog):
    """Ctrl-C while the last checkpoint is written."""
    save = RunFolder.save_checkpoint

    def interrupted(*arguments):
        os.kill(os.getpid(), signal.SIGINT)
        save(*arguments)

    monkeypatch.setattr(RunFolder, "save_checkpoint", interrupted)
    try:
        folder = start_run(replace(PENDULUM, steps=200), tmp_path / "run")
    except KeyboardInterrupt:
        pytest.fail("what was being saved was abandoned")  # and not the whole suite
    assert "saving; a moment" in caplog.text
    assert folder.load_checkpoint()[1].n_env_steps >= 200


def _interrupted_and_lost(real):
    """What it does, while somebody wants an end, of which a callback of JAX tells nobody."""

    def call(*arguments):
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        return real(*arguments)

    return call


def test_an_interruption_that_is_lost_while_a_run_begins_ends_it_all_the_same(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(loop, "begun", _interrupted_and_lost(loop.begun))
        with pytest.raises(KeyboardInterrupt):
            start_run(PENDULUM, tmp_path / "run")
    assert not (tmp_path / "run").exists(), "the same command begins it"

    with monkeypatch.context() as patch:
        patch.setattr(loop, "build_sampler", _interrupted_and_lost(loop.build_sampler))
        with pytest.raises(Stopped, match=r"soleus train --resume .*run"):
            start_run(replace(PENDULUM, steps=400), tmp_path / "run")
    assert RunFolder.open(tmp_path / "run").load_checkpoint()[1].n_env_steps < 400
    assert resume_run(tmp_path / "run").load_checkpoint()[1].n_env_steps >= 400


def test_a_finished_run_that_is_resumed_stays_as_it_is(tmp_path, caplog):
    folder = start_run(replace(PENDULUM, steps=200), tmp_path / "run")
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*") if path.name != "run.lock"}
    resume_run(folder.path)
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*") if path.name != "run.lock"} == before
    assert "all its steps or minutes are done" in caplog.text


def test_a_fault_of_ours_keeps_its_traceback(tmp_path, monkeypatch):
    """Once training, a ValueError tells nothing that a user could put right."""
    monkeypatch.setattr(ReplayLearner, "receive", lambda *given: np.zeros(2) + np.zeros(3))
    with pytest.raises(RuntimeError, match="training failed; what was learnt until then is in") as raised:
        start_run(replace(PENDULUM, steps=500), tmp_path / "run")
    assert "could not be broadcast" in str(raised.value.__cause__)
    assert not isinstance(raised.value, RunError)


def test_a_stage_that_waits_for_what_is_not_told_is_named_once(tmp_path, caplog):
    stages = ("train/entropyy <= 1 and train/critic_loss <= 9: learner.tau=0.1",)
    start_run(replace(PENDULUM, stages=stages, steps=900), tmp_path / "run")
    told = [message for message in caplog.messages if "waits for" in message]
    assert len(told) == 1
    assert "waits for train/entropyy, which this learner has not told: so far there are train/" in told[0]


def test_a_stage_waits_for_an_evaluation_of_its_own(tmp_path, monkeypatch):
    """One that an earlier stage began may come in later, and tells of a policy from before."""
    monkeypatch.setattr(loop, "METRICS_S", 0.0)
    config = replace(
        PENDULUM,
        sampler=SamplerConfig(kind="serial", chunk=10, sharing="overlap"),
        stages=("n_env_steps >= 310: learner.tau=0.1", "evaluate/score >= -1e9: learner.tau=0.2"),
        steps=900,
    )
    records = start_run(config, tmp_path / "run").metrics()
    assert records[-1]["stage"] == 2
    assert next(record["n_env_steps"] for record in records if record["stage"] == 2) >= 610


def test_numbers_that_run_away_end_a_run_with_what_to_do(tmp_path):
    learner = replace(SMALL, n_step=1, critic_learning_rate=1e30)
    with pytest.raises(RunError, match=r"became .*begin another run with it, `--start-from .*run`, and smaller"):
        start_run(replace(PENDULUM, learner=learner, steps=2000), tmp_path / "run")
    assert RunFolder.open(tmp_path / "run").load_checkpoint() is not None
