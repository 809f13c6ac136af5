"""Anybody's policy before the judge."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from run_made import make_run
from soleus.cli import main
from soleus.command.evaluate import evaluation_file
from soleus.command.parse import judge_asked_for, rules_asked_for
from soleus.run.evaluate import judge
from soleus.run.folder import RunFolder
from soleus.task.arm import ArmConfig
from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.protocol import find_protocol
from soleus.task.run2017 import Run2017Config
from soleus.task.walk2019 import Walk2019Config

CONTROLLER = """
class Rest:
    def __init__(self):
        self.n = 0

    def __call__(self, observation):
        assert observation.shape == (41,)
        self.n += 1
        return [0.05 if self.n <= 300 else float("nan")] * 18
"""


def judged(file="judged.json"):
    found = json.loads(Path(file).read_text())
    return found, [episode["score"] for episode in found["episodes"]]


@pytest.fixture
def here(here, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    return here


def test_the_task_is_the_policy_s_own(here):
    make_run(here / "run")
    assert rules_asked_for(["run"]) == Run2017Config()
    assert rules_asked_for(["--seeds", "3", "run", "--task", "walk2019"]) == Walk2019Config()
    assert rules_asked_for(["constant", "--task=arm", "--task.time-limit", "1"]) == ArmConfig()
    assert rules_asked_for(["constant", "--task=Pendulum-v1", "--task.time-limit", "9"]).id == "Pendulum-v1"


def test_what_is_named_after_a_flag_is_no_policy(here):
    """Unless the flag is a switch."""
    make_run(here / "run")
    make_run(here / "other", task=Walk2019Config())
    words = ["run", "--seeds", "2", "--out", "sprinter"]
    assert rules_asked_for(words) == Run2017Config()
    assert judge_asked_for(words, Run2017Config()) == "opensim"
    assert rules_asked_for(["run", "--out", "other"]) == Run2017Config()
    assert rules_asked_for(["--official", "other"]) == Walk2019Config()


def test_what_a_policy_is_told_is_as_it_learnt(here):
    make_run(here / "run", task=Prosthetics2018Config(planar=True, observe_target=True))
    assert rules_asked_for(["run"]) == Prosthetics2018Config(observe_target=True), "but it is judged as graded"
    assert rules_asked_for(["run", "--task", "prosthetics2018"]) == Prosthetics2018Config(observe_target=True)
    assert rules_asked_for(["run", "--task", "run2017"]) == Run2017Config()


@pytest.mark.opensim
def test_a_module_s_class_is_judged_officially(here, capsys):
    """It rests, as the policy called constant does; its memory is fresh in each episode."""
    (here / "resting.py").write_text(CONTROLLER)
    main(["evaluate", "resting:Rest", "--official", "--task.round", "1", "--workers", "1", "--out", "judged.json"])
    told = capsys.readouterr().out
    for words in ("resting:Rest: Learning to Run 2017, round 1", "leaderboard score [m]", "USTC-IMCL", "44.61"):
        assert words in told
    found, scores = judged()
    assert found["official"]["round"] == "Learning to Run 2017, round 1"
    assert found["official"]["score"] == pytest.approx(np.mean(scores))
    assert found["engine"]["accuracy"] == 1e-3
    assert [episode["seed"] for episode in found["episodes"]] == [20171000, 20171001, 20171002]
    assert all(episode["end"] == "fall" for episode in found["episodes"])


def test_a_file_scores_as_its_run(here):
    make_run(here / "run")
    main(["export", "run", "--onnx", "policy.onnx"])
    for policy in ("run", "policy.onnx"):
        main(["evaluate", policy, "--engine", "fast", "--seeds", "4", "--out", f"{policy}.json"])
    (_, run), (found, file) = judged("run.json"), judged("policy.onnx.json")
    assert found["policy"] == "policy.onnx"
    np.testing.assert_allclose(file, run, rtol=0.02)


def test_a_policy_that_fails_in_a_worker_is_told_in_a_sentence(here, capsys):
    (here / "broken.py").write_text("def act(observation):\n    return [0.5] * 17\n")
    with pytest.raises(SystemExit) as exit_:
        main(["evaluate", "broken:act", "--engine", "fast", "--seeds", "2"])
    said = " ".join(capsys.readouterr().err.split())
    assert exit_.value.code == 2
    assert "broken:act gives excitations of shape (17,); the task needs (18,)" in said
    assert "Traceback" not in said


def test_a_function_is_filmed(here, capsys):
    (here / "rest.py").write_text("def act(observation):\n    return [0.05] * 18\n")
    main(["video", "rest:act", "--engine", "fast", "--frames-per-second", "5"])
    assert "wrote rest.act.mp4" in capsys.readouterr().out
    assert (here / "rest.act.mp4").stat().st_size > 1000


def test_what_was_judged_is_kept_when_it_is_stopped(here, monkeypatch, capsys):
    """In the middle, as Ctrl-C does; an evaluation from before stays until another one is whole."""
    arguments = ["evaluate", "random", "--task", "Pendulum-v1", "--task.time-limit", "5", "--out", "judged.json"]
    main([*arguments, "--seeds", "1"])

    def stopped(*given):
        *others, on_progress = given

        def until(done):
            on_progress(done)
            raise KeyboardInterrupt

        return judge(*others, until)

    with monkeypatch.context() as patch:
        patch.setattr("soleus.command.evaluate.judge", stopped)
        with pytest.raises(SystemExit, match="130"):
            main([*arguments, "--seeds", "40"])
    assert "16 of 40 episodes were done; they are in judged.json.part" in capsys.readouterr().out
    assert len(judged("judged.json.part")[1]) == 16
    assert len(judged()[1]) == 1
    main([*arguments, "--seeds", "2"])
    assert len(judged()[1]) == 2
    assert not Path("judged.json.part").exists()


def test_a_look_does_not_replace_what_was_judged_officially(here):
    make_run(here / "run")
    (here / "run" / "official.json").write_text("{}")
    main(["evaluate", "run", "--engine", "fast", "--seeds", "2"])
    assert len(judged("run/evaluation.json")[1]) == 2
    assert Path("run/official.json").read_text() == "{}"
    round_1 = find_protocol("run2017", Run2017Config(round=1))
    folder = RunFolder(here / "run")
    assert [evaluation_file(folder, each).name for each in (None, round_1)] == ["evaluation.json", "official.json"]
