"""Stages: how they are written, when they begin, and what they change."""

from dataclasses import replace

import pytest

from soleus.run.build import build_learner, check_stages
from soleus.run.config import from_json, to_json
from soleus.run.error import RunError
from soleus.run.recipe import RECIPES
from soleus.run.stage import N_EPISODE, Condition, Measured, parse_stage
from soleus.sampler.batch import Episode

CONFIG = RECIPES["plain"].build("run2017", "fast")


def episode(n_env_steps, **paid):
    return Episode(1.0, n_env_steps, "fall", 2.0, 0, 1.0, paid_terms=paid)


def test_a_stage_waits_for_all_of_its_conditions_and_changes_settings():
    stage = parse_stage("episode/env_steps >= 500 and evaluate/falls<=0.1: task.difficulty=1 training.reward.alive=0.5")
    assert stage.conditions == (Condition("episode/env_steps", True, 500), Condition("evaluate/falls", False, 0.1))
    assert stage.changes == {"task.difficulty": 1, "training.reward.alive": 0.5}
    assert not stage.due({})
    assert not stage.due({"episode/env_steps": 600.0})
    assert not stage.due({"episode/env_steps": 499.0, "evaluate/falls": 0.0})
    assert stage.due({"episode/env_steps": 500.0, "evaluate/falls": 0.1})


def test_values_are_numbers_truth_values_lists_and_words():
    stage = parse_stage("n_env_steps >= 2e6: task.a=3 task.b=true task.c=False task.d=None task.e=[1,2] task.f=stand")
    assert stage.conditions == (Condition("n_env_steps", True, 2e6),)
    assert list(stage.changes.values()) == [3, True, False, None, [1, 2], "stand"]


def test_the_settings_of_a_stage_add_to_those_of_the_stages_before():
    config = replace(
        CONFIG,
        stages=(
            "n_env_steps >= 10: task.difficulty=0 training.reward.knee-hyperextension=1.5",
            "stage_env_steps >= 10: learner.target_entropy_per_action=-1 training.speed=3",
        ),
    )
    first, second = config.at_stage(1), config.at_stage(2)
    assert config.at_stage(0) == CONFIG
    assert (first.task.difficulty, first.training.reward.knee_hyperextension) == (0, 1.5)
    assert first.learner == CONFIG.learner
    assert second.task == first.task
    assert (second.training.speed, second.learner.target_entropy_per_action) == (3.0, -1.0)
    assert replace(second, task=CONFIG.task, training=CONFIG.training, learner=CONFIG.learner) == CONFIG


def test_stages_come_back_from_a_file(tmp_path):
    config = replace(CONFIG, stages=("n_env_steps >= 10: task.difficulty=0",))
    assert from_json(to_json(config), tmp_path) == config


REFUSED = {
    "n_env_steps >= 10": "it is not of the form",
    "n_env_steps >= 10: ": "it is not of the form",
    "n_env_steps > 10: task.difficulty=1": "'n_env_steps > 10' is no condition of the form METRIC >= NUMBER",
    "evaluate/env_steps >= 10: task.difficulty=1": "evaluate/env_steps is not measured while training; there are n_env",
    "evaluate/distnce >= 10: task.difficulty=1": "evaluate/distnce is not measured while training; there are n_env",
    "episode/paid/knee >= 1: task.difficulty=1": "episode/paid/knee is not measured while training; there are n_env",
    "steps >= 10: task.difficulty=1": "steps is not measured while training; there are n_env_steps, stage_env_steps",
    "n_env_steps >= ten: task.difficulty=1": "ten is no number to compare n_env_steps with",
    "n_env_steps >= 10: control.hold=2": "control.hold=2 is no SETTING=VALUE of task, engine, training, learner",
    "n_env_steps >= 10: task.difficulty": "task.difficulty is no SETTING=VALUE of",
    "n_env_steps >= 10: task.dificulty=1": "there is no setting task.dificulty to change; there are task.difficulty",
    "n_env_steps >= 10: training.reward=1": "there is no setting training.reward to change",
    "n_env_steps >= 10: learner.name=ddpg": "there is no setting learner.name to change",
    "n_env_steps >= 10: task.difficulty=7": "7 not in",
    "n_env_steps >= 10: training.starts.stride=2": "training starts stride is 2.0; it is a share, from 0 to 1",
    "n_env_steps >= 10: learner.discount=many": "'many' is no number",
    "n_env_steps >= nan: task.difficulty=1": "nan is no number to compare n_env_steps with",
    "n_env_steps >= 10: task.time_limit=99.9": "99.9 is no whole number",
    "n_env_steps >= 10: learner.batch_size=true": "True is no whole number",
    "n_env_steps >= 10: learner.critic_layer_norm=no": "'no' is neither true nor false",
    "n_env_steps >= 10: learner.discount=true": "True is no number",
}


@pytest.mark.parametrize(("text", "sentence"), REFUSED.items())
def test_what_cannot_be_is_refused_with_the_stage(text, sentence):
    with pytest.raises(ValueError, match="stage ") as refused:
        replace(CONFIG, stages=(text,))
    assert sentence in str(refused.value)
    assert text in str(refused.value)


def test_means_are_of_enough_and_of_the_last_episodes():
    measured, (least, most) = Measured(), N_EPISODE
    measured.receive([episode(100)] * (least - 1), {"train/temperature": 0.5})
    assert measured.values() == {"train/temperature": 0.5}
    measured.receive([episode(100, alive=3.0)], {})
    assert measured.values()["episode/env_steps"] == 100.0
    assert measured.values()["episode/paid/alive"] == pytest.approx(3.0 / least)
    measured.receive([episode(700)] * most, {"train/temperature": 0.1})
    assert measured.values()["episode/env_steps"] == 700.0
    assert measured.values()["train/temperature"] == 0.1


SMALL = replace(CONFIG.learner, actor_hidden=(8,), critic_hidden=(8,))
IMPOSSIBLE = {
    "learner.actor_hidden=[16]": r"needs another learner: .*leave out what changes it",
    "learner.replay_capacity=20000": "changes replay_capacity from 1000000 to 20000; a run keeps its replay",
}


@pytest.mark.parametrize(("change", "sentence"), IMPOSSIBLE.items())
def test_a_stage_that_a_learner_cannot_go_into_is_refused_before_the_run(change, sentence):
    config = replace(CONFIG, learner=SMALL, stages=(f"n_env_steps >= 10: {change}",))
    with pytest.raises(RunError, match=sentence):
        check_stages(config, build_learner(config.at_stage(0)))


def test_a_stage_with_other_observations_is_refused_before_the_run():
    walk = RECIPES["plain"].build("prosthetics2018", "fast")
    config = replace(walk, learner=SMALL, stages=("n_env_steps >= 10: task.observe_target=false",))
    with pytest.raises(RunError, match="which the policy was not made for; train that in a run of its own"):
        check_stages(config, build_learner(config.at_stage(0)))


def test_in_learn_to_move_the_plane_comes_before_space():
    walk = RECIPES["plain"].build("walk2019", "fast")
    config = replace(
        walk,
        task=replace(walk.task, planar=True, difficulty=1),
        learner=SMALL,
        stages=("n_env_steps >= 10: task.planar=false", "n_env_steps >= 20: task.difficulty=3"),
    )
    check_stages(config, build_learner(config.at_stage(0)))
    assert not config.at_stage(1).task.planar
