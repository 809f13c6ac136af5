"""Runs in stages: settings change on the way, and what has been learnt is kept."""

import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from run.test_interruption import n_env_steps, soleus, wait_for
from soleus.learner import CmaEsConfig, PpoConfig
from soleus.learner.evolution.generation import Generation
from soleus.learner.part.prediction_config import DisagreementConfig, PredictorConfig
from soleus.learner.sac_config import SacConfig
from soleus.nets import load_policy
from soleus.run import loop
from soleus.run.beginning import begun
from soleus.run.config import SamplerConfig
from soleus.run.error import RunError
from soleus.run.folder import Progress, RunFolder
from soleus.run.loop import resume_run, start_run
from soleus.run.recipe import RECIPES
from soleus.run.training import TrainingConfig
from soleus.task.bonus import RewardConfig

SMALL = SacConfig(
    actor_hidden=(16,),
    critic_hidden=(16,),
    batch_size=16,
    n_scan=4,
    n_step=3,
    random_transitions=100,
    updates_per_transition=0.1,
)
RUN = replace(
    RECIPES["plain"].build("run2017", "fast"),
    learner=SMALL,
    sampler=SamplerConfig(kind="serial", worlds=8, chunk=4),
    steps=6_000,
    evaluate_s=0.0,
    checkpoint_s=1000.0,
)


def stages_of(folder):
    """(stage, control steps) of every record."""
    return [(int(record["stage"]), int(record["n_env_steps"])) for record in folder.metrics()]


@pytest.mark.parametrize("kind", ["serial", "thread"])
def test_a_stage_by_steps_and_one_by_what_is_measured(tmp_path, kind):
    config = replace(
        RUN,
        sampler=replace(RUN.sampler, kind=kind),
        task=replace(RUN.task, difficulty=0),
        stages=(
            "n_env_steps >= 1500: task.difficulty=1 training.reward.alive=2",
            "episode/env_steps >= 10 and stage_env_steps >= 1000: learner.actor_learning_rate=1e-4",
        ),
    )
    folder = start_run(config, tmp_path / "run")
    told = stages_of(folder)
    assert [stage for stage, _ in told] == sorted(stage for stage, _ in told)
    assert {stage for stage, _ in told} == {0, 1, 2}
    progress = folder.load_checkpoint()[1]
    assert progress.stage == 2
    first = max(n for stage, n in told if stage == 0)
    assert 1500 <= first < 2500
    assert progress.stage_began >= first + 1000
    paid = [record["stage"] for record in folder.metrics() if "episode/paid/alive" in record]
    assert min(paid) >= 1, "nobody is paid for it before its stage"
    assert paid
    state, _ = folder.load_checkpoint()
    assert int(state["replay.n_received"]) == folder.metrics()[-1]["n_transitions"] - waiting(state), "all are kept"


def waiting(state):
    """Transitions that look further ahead than there has been time for."""
    return len(state.get("waiting.reward", ()))


def test_a_run_goes_on_in_the_stage_in_which_it_stopped(tmp_path, monkeypatch):
    """As if it had not: the stage's worlds and learner, and no stage is entered twice."""
    stages = (
        "n_env_steps >= 1500: task.difficulty=0 learner.critic_learning_rate=1e-3",
        "n_env_steps >= 1e9: task.round=1",
    )
    folder = start_run(replace(RUN, steps=3000, stages=stages), tmp_path / "run")
    before = folder.load_checkpoint()[1]
    assert before.stage == 1
    data = json.loads(folder.config_file.read_text()) | {"steps": 6000}
    folder.config_file.write_text(json.dumps(data))
    seen = []

    def build_sampler(config, *given):
        seen.append((config.task.difficulty, config.learner.critic_learning_rate))
        return build(config, *given)

    build = loop.build_sampler
    monkeypatch.setattr(loop, "build_sampler", build_sampler)
    after = resume_run(folder.path).load_checkpoint()[1]
    assert seen == [(0, 1e-3)]
    assert (after.stage, after.stage_began) == (1, before.stage_began)
    assert after.n_env_steps >= 6000
    assert all(stage == 1 for stage, n in stages_of(folder) if n > before.n_env_steps)


@pytest.mark.parametrize("kind", ["serial", "thread"])
def test_worlds_go_on_where_only_the_learner_changes(tmp_path, monkeypatch, kind):
    built = []

    def build_sampler(*given):
        built.append(given)
        return build(*given)

    build = loop.build_sampler
    monkeypatch.setattr(loop, "build_sampler", build_sampler)
    config = replace(
        RUN,
        sampler=replace(RUN.sampler, kind=kind),
        stages=(
            "n_env_steps >= 1000: learner.actor_learning_rate=1e-4",
            "n_env_steps >= 2000: learner.discount=0.9",
            "n_env_steps >= 3000: training.reward.alive=1",
        ),
    )
    progress = start_run(config, tmp_path / "run").load_checkpoint()[1]
    assert progress.stage == 3
    assert len(built) == 2
    assert built[1][0].training.reward.alive == 1.0


def test_the_same_seed_takes_the_same_stages_to_the_bit(tmp_path):
    config = replace(
        RUN,
        steps=4000,
        training=TrainingConfig(reward=RewardConfig(alive=1.0)),
        stages=("episode/paid/alive >= 0.1: training.starts.own=0.5 training.starts.own_after_s=0.1",),
    )
    one, same = (start_run(config, tmp_path / name) for name in ("one", "same"))
    assert one.load_checkpoint()[1].stage == 1
    policies = [load_policy(run.policy_file) for run in (one, same)]
    for name, array in policies[0].parameters.items():
        np.testing.assert_array_equal(array, policies[1].parameters[name], err_msg=name)


def test_the_best_policy_is_one_under_the_last_rules(tmp_path, monkeypatch):
    """A score on an easy track must not beat those on a hard one."""
    monkeypatch.setattr(loop, "NEWS_S", 0.0)
    config = replace(
        RUN,
        steps=4000,
        evaluate_steps=500,
        evaluate_episodes=2,
        stages=("n_env_steps >= 2000: task.time_limit=20",),
    )
    folder = start_run(config, tmp_path / "run")
    scores = [(record["evaluate/score"], record["stage"]) for record in folder.metrics() if "evaluate/score" in record]
    assert {stage for _, stage in scores} == {0, 1}
    assert folder.load_checkpoint()[1].best_score == max(score for score, stage in scores if stage == 1)


def test_ppo_takes_its_rollouts_whole_into_no_stage(tmp_path):
    learner = PpoConfig(actor_hidden=(8,), critic_hidden=(8,), n_decision=20, n_transition=1, n_epoch=2, n_minibatch=4)
    config = replace(
        RECIPES["plain"].build("Pendulum-v1", None),
        learner=learner,
        sampler=SamplerConfig(kind="process", workers=2),
        stages=("n_env_steps >= 150: learner.actor_learning_rate=1e-4 training.reward_scale=0.5",),
        steps=400,
        evaluate_steps=0,
        evaluate_s=0.0,
    )
    last = start_run(config, tmp_path / "run").metrics()[-1]
    assert last["stage"] == 1
    assert last["n_transitions"] == 400
    assert last["n_updates"] == 400 / 40 * 2 * 4


def test_progress_from_before_there_were_stages_is_read(tmp_path):
    folder = RunFolder.create(tmp_path / "run", RUN, {})
    folder.save_checkpoint({}, Progress(n_env_steps=5))
    (file,) = folder.checkpoints.glob("*/progress.json")
    data = json.loads(file.read_text())
    del data["stage"], data["stage_began"]
    file.write_text(json.dumps(data))
    assert folder.load_checkpoint()[1] == Progress(n_env_steps=5)


def test_a_stage_survives_kill(tmp_path):
    folder = RunFolder(tmp_path / "run")
    killed = soleus(
        "train", "run2017", "--engine", "fast", "--sampler.worlds", "16", "--checkpoint-s", "1", "--evaluate-s", "0",
        "--learner.actor-hidden", "16", "--learner.critic-hidden", "16", "--learner.n-scan", "4",
        "--learner.batch-size", "16", "--learner.random-transitions", "16",
        "--stages", "n_env_steps >= 500: task.difficulty=1", "n_env_steps >= 1e12: task.difficulty=0",
        "--out", folder.path,
    )  # fmt: skip
    wait_for(lambda: n_env_steps(folder) > 1000, killed)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    before = folder.load_checkpoint()[1]
    assert before.stage == 1
    second = soleus("train", "--resume", folder.path)
    # Metrics may still be those of the run that was killed.
    wait_for(lambda: folder.load_checkpoint()[1].n_env_steps > before.n_env_steps, second)
    os.kill(second.pid, signal.SIGINT)
    assert second.wait(timeout=60) == 130
    after = folder.load_checkpoint()[1]
    assert (after.stage, after.stage_began) == (1, before.stage_began)
    assert {stage for stage, n in stages_of(folder) if n > before.n_env_steps} == {1}


WALK = replace(
    RECIPES["plain"].build("walk2019", "fast"), learner=SMALL, sampler=RUN.sampler, steps=1500, evaluate_s=0.0
)


def test_a_run_begins_with_what_another_has_learnt_in_the_plane(tmp_path):
    plane = start_run(replace(WALK, task=replace(WALK.task, planar=True)), tmp_path / "plane")
    space = start_run(replace(WALK, start_from=str(plane.path)), tmp_path / "space")
    taught, found = (folder.load_checkpoint()[0] for folder in (plane, space))
    n_taught = int(taught["replay.n_received"])
    assert int(found["n_updates"]) > int(taught["n_updates"]) > 0
    assert int(found["replay.n_received"]) > n_taught
    np.testing.assert_array_equal(found["replay.rows"][:n_taught], taught["replay.rows"])
    assert space.load_checkpoint()[1].n_env_steps < 2 * WALK.steps


def test_predictors_may_come_and_go_from_run_to_run(tmp_path, caplog):
    sure = replace(WALK, learner=replace(SMALL, n_step=1), steps=600)
    curious = replace(sure, disagreement=DisagreementConfig(1.0), predictor=PredictorConfig(hidden=(8,)))
    first = start_run(curious, tmp_path / "first")
    n_update = int(first.load_checkpoint()[0]["n_updates"])
    assert begun(replace(sure, start_from=str(first.path))).n_updates == n_update > 0
    wider = replace(curious, predictor=PredictorConfig(hidden=(9,)), start_from=str(first.path))
    assert begun(wider).n_updates == n_update
    assert "predictors of this run are made otherwise than those it starts from, and begin anew" in caplog.text


def test_a_symmetric_network_does_not_begin_with_one_sided_moments(tmp_path):
    plain = start_run(replace(WALK, symmetry="none", steps=300), tmp_path / "plain")
    begun(replace(WALK, symmetry="data", start_from=str(plain.path)))
    with pytest.raises(RunError, match="networks of symmetry equivariant would not be symmetric; take --symmetry data"):
        begun(replace(WALK, symmetry="equivariant", start_from=str(plain.path)))


def test_who_observes_otherwise_or_learns_otherwise_does_not_start_from_it(tmp_path):
    plane = start_run(replace(WALK, task=replace(WALK.task, planar=True)), tmp_path / "plane")
    there = str(plane.path)
    with pytest.raises(RunError, match="this run changes observation names: it has pelvis_tilt, otherwise than"):
        start_run(replace(RUN, start_from=there), tmp_path / "run")
    larger = replace(SMALL, actor_hidden=(32,))
    with pytest.raises(RunError, match="is not the one of this run: "):
        start_run(replace(WALK, learner=larger, start_from=there), tmp_path / "run")
    with pytest.raises(RunError, match="there is no run folder"):
        start_run(replace(WALK, start_from=str(tmp_path / "nowhere")), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_generation_is_played_under_one_stage_s_rules(tmp_path, monkeypatch):
    """Else members would be ranked by when they played."""
    n_dealt = []
    deal = Generation.deal

    def spied(self, n_world):
        n_dealt.append(self._n_dealt)
        return deal(self, n_world)

    monkeypatch.setattr(Generation, "deal", spied)
    config = replace(
        RUN,
        learner=CmaEsConfig(population=24),
        symmetry="none",
        stages=("n_env_steps >= 1: training.reward.alive=5",),
        steps=1_000,
    )
    records = start_run(config, tmp_path / "run").metrics()
    assert records[-1]["stage"] == 1
    assert n_dealt[:2] == [0, 0], "one request of the first generation, then the same from its beginning"
