"""The commands on a task of Gymnasium, from training to judging, and what they refuse."""

import json
from pathlib import Path

import numpy as np
import pytest

from soleus.cli import main
from soleus.nets.registry import load_policy
from soleus.run.config import PLAIN, from_json, to_json
from soleus.run.error import RunError
from soleus.run.folder import RunFolder
from soleus.run.recipe import plain
from soleus.task.foreign import GymnasiumConfig

SMALL = [
    *("--learner.actor-hidden", "16", "--learner.critic-hidden", "16", "--learner.batch-size", "16"),
    *("--learner.random-transitions", "50", "--learner.updates-per-transition", "0.2"),
    *("--evaluate-s", "0.05", "--evaluate-episodes", "2", "--task.time-limit", "40"),
]


def train(*arguments):
    main(["train", "Pendulum-v1", *SMALL, *arguments])


def test_a_run_is_trained_resumed_judged_and_drawn(here, capsys):
    train("--steps", "300", "--evaluate-steps", "100", "--task.settings", "g", "5.0")
    folder = RunFolder.open(Path("runs/Pendulum-v1-seed0"))
    assert folder.config.task == GymnasiumConfig("Pendulum-v1", {"g": 5.0}, 40)
    last = folder.metrics()[-1]
    assert 300 <= last["n_env_steps"] == last["n_transitions"] < 320
    assert last["n_updates"] > 0
    scores = [record["episode/score"] for record in folder.metrics() if "episode/score" in record]
    assert scores
    assert all(-17 * 40 < score < 0 for score in scores)
    assert not any("episode/distance" in record for record in folder.metrics())
    assert any("evaluate/score" in record for record in folder.metrics())

    config = json.loads(folder.config_file.read_text())
    folder.config_file.write_text(json.dumps(config | {"steps": 400}))
    main(["train", "--resume", str(folder.path)])
    assert 400 <= folder.metrics()[-1]["n_env_steps"] < 420

    main(["evaluate", str(folder.path), "--seeds", "3"])
    told = " ".join(capsys.readouterr().out.split())
    assert "mean return" in told
    assert "fall" not in told
    judged = json.loads(folder.evaluation_file.read_text(), parse_constant=pytest.fail)  # no NaN, which is no JSON
    assert (judged["task"], judged["engine"], judged["rules"]["settings"]) == ("Pendulum-v1", None, {"g": 5.0})
    assert [(episode["seed"], episode["n_env_steps"]) for episode in judged["episodes"]] == [(0, 40), (1, 40), (2, 40)]
    assert {(episode["end"], episode["distance"]) for episode in judged["episodes"]} == {("time", None)}

    main(["plot", str(folder.path)])
    assert folder.learning_curve.is_file()


def test_the_same_seed_gives_the_same_run(here):
    policies = []
    for name in ("first", "second"):
        train("--steps", "150", "--out", name, "--evaluate-s", "0")
        policies.append(load_policy(Path(name, "policy.safetensors")))
    observation = np.random.default_rng(0).normal(size=(9, 3))
    np.testing.assert_array_equal(*(policy.act(observation, None) for policy in policies))
    assert policies[0].act(observation, None).any()


def test_the_learner_sees_a_scaled_reward_and_the_score_stays(here):
    returns = []
    for scale in ("1", "0.1"):
        train("--steps", "100", "--out", scale, "--training.reward-scale", scale, "--evaluate-s", "0",
              "--learner.random-transitions", "1000")  # fmt: skip
        told = [record for record in RunFolder.open(Path(scale)).metrics() if "episode/score" in record]
        n_new = np.diff([0, *(record["n_episodes"] for record in told)])  # means since the record before
        returns.append(np.dot(n_new, [record["episode/score"] for record in told]))
    np.testing.assert_allclose(*returns)


@pytest.mark.parametrize("kind", ["thread", "process"])
def test_worlds_may_be_elsewhere(here, kind):
    train("--steps", "200", "--sampler.kind", kind, "--sampler.worlds", "2", "--sampler.workers", "1")
    assert RunFolder.open(Path("runs/Pendulum-v1-seed0")).metrics()[-1]["n_env_steps"] >= 200


def test_a_run_without_a_step_is_not_called_trained(here, capsys):
    train("--minutes", "1e-9")  # 60 ns: no machine makes a step within them
    assert "not one step was made: to begin took all of --minutes 1e-09" in " ".join(capsys.readouterr().out.split())


def test_an_environment_that_pays_no_number_is_refused(tmp_path_factory, monkeypatch, check_refused):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.syspath_prepend(elsewhere)
    (elsewhere / "paying.py").write_text(
        "import gymnasium\nfrom gymnasium.envs.classic_control import PendulumEnv\n"
        "class Bad(PendulumEnv):\n"
        "    def step(self, action):\n"
        "        observation, _, *rest = super().step(action)\n"
        "        return observation, float('nan'), *rest\n"
        "gymnasium.register('Bad-v0', entry_point=Bad, max_episode_steps=3)\n"
    )
    check_refused(
        ["evaluate", "random", "--task", "paying:Bad-v0", "--seeds", "1"],
        "the rewards of the episode from seed 0 add up to nan; an environment pays finite numbers",
    )


def test_a_folder_may_be_called_as_it_likes(here, capsys):
    train("--steps", "200", "--out", "sweep[/a] b")
    main(["plot", "sweep[/a] b"])
    told = " ".join(capsys.readouterr().out.split())
    assert "judge it with: soleus evaluate 'sweep[/a] b'" in told
    assert "wrote sweep[/a] b/learning_curve.png" in told


def test_untrained_policies_play_too(here, capsys):
    main(["evaluate", "random", "--task", "Pendulum-v1", "--seeds", "2", "--out", "random.json"])
    main(["evaluate", "constant", "--task=Pendulum-v1", "--seeds", "2", "--task.settings", "g", "0.0"])
    scores = [episode["score"] for episode in json.loads(Path("random.json").read_text())["episodes"]]
    assert all(-2000 < score < -500 for score in scores)


def test_mujoco_s_tasks_are_learnt_too(here):
    pytest.importorskip("mujoco")
    main(["train", "HalfCheetah-v5", *SMALL, "--steps", "100"])
    main(["evaluate", "runs/HalfCheetah-v5-seed0", "--seeds", "2"])
    made_for = RunFolder.open(Path("runs/HalfCheetah-v5-seed0"))
    assert json.loads(made_for.evaluation_file.read_text())["episodes"][0]["n_env_steps"] == 40


def test_a_task_is_described_before_it_is_learnt(capsys):
    main(["tasks", "Pendulum-v1", "--task.settings", "g", "5.0"])
    told = " ".join(capsys.readouterr().out.split())
    for words in (
        "Pendulum-v1, a task of Gymnasium, 200 steps at most no mirror: Gymnasium does not tell",
        "settings={'g': 5.0}",
        "`soleus train Pendulum-v1` learns it",
        "observation, 3 numbers",
        "2 observation 2 -8 8",
        "action, 1 number, learnt in [-1, 1]",
        "0 action 0 -2 2",
    ):
        assert words in told
    main(["tasks", "Pendulum-v1", "--task.time-limit", "50"])
    assert "Pendulum-v1, a task of Gymnasium, 50 steps at most" in capsys.readouterr().out
    main(["tasks"])
    assert "every task of Gymnasium" in capsys.readouterr().out


def test_a_config_comes_back_from_its_file(here):
    config = plain("Pendulum-v1")
    assert (config.engine, config.control, config.symmetry) == (None, PLAIN, "none")
    assert (config.sampler_kind, config.n_world, config.learner.updates_per_transition) == ("serial", 1, 1.0)
    assert from_json(to_json(config), here) == config
    settings = {"g": 5.0, "n": 3, "flag": True, "kind": "a"}
    data = json.loads(to_json(config))
    data["task"] |= {"settings": settings}
    back = from_json(json.dumps(data), here).task.settings
    assert back == settings
    assert [type(value) for value in back.values()] == [float, int, bool, str]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"engine": {"name": "fast"}}, "engine fast: no engine simulates Pendulum-v1"),
        ({"training": {"alive": 0.5}}, "--training.reward.alive: these are about a body with muscles"),
        ({"task": {"name": "run2017"}}, "run2017 needs an engine; the engines are fast, opensim"),
        ({"task": {"name": "gymnasium", "id": "Pendulum-v1", "gravity": 3}}, "gravity"),
    ],
)
def test_a_config_that_contradicts_itself_is_refused(here, change, sentence):
    data = json.loads(to_json(plain("Pendulum-v1")))
    with pytest.raises(RunError, match=sentence):
        from_json(json.dumps(data | change), here)


CASES = {
    "unknown id": (["train", "Pendulm-v1"], "unknown task 'Pendulm-v1'; did you mean Pendulum-v1"),
    "unknown id to judge in": (["evaluate", "random", "--task", "Pendulm-v1"], "did you mean Pendulum-v1"),
    "discrete actions": (["train", "CartPole-v1"], "its action is a Discrete; a Box of one dimension with finite"),
    "discrete actions to judge in": (["evaluate", "random", "--task", "CartPole-v1"], "its action is a Discrete"),
    "discrete actions to describe": (["tasks", "CartPole-v1"], "its action is a Discrete; a Box of one dimension"),
    "unknown id to describe": (["tasks", "Pendulm-v1"], "did you mean Pendulum-v1"),
    "structured observations": (["train", "Blackjack-v1"], "its observation is a Tuple; a Box of one dimension"),
    "mirror": (["train", "Pendulum-v1", "--symmetry=loss"], "Pendulum-v1 has no mirror: Gymnasium does not tell which"),
    "engine": (["train", "Pendulum-v1", "--engine", "fast"], "--engine: no engine simulates Pendulum-v1"),
    "engine setting": (["train", "Pendulum-v1", "--engine.accuracy=1"], "--engine.accuracy: no engine simulates"),
    "judge": (["evaluate", "random", "--task", "Pendulum-v1", "--engine", "opensim"], "no engine simulates Pendulum-v"),
    "training term": (["train", "Pendulum-v1", "--training.starts.stride", "0.5"], "--training.starts.stride: these"),
    "control": (["train", "Pendulum-v1", "--control.hold", "2"], "--control.hold: these are about a body with muscles"),
    "rule of ours": (
        ["train", "Pendulum-v1", "--task.difficulty", "1"],
        "--task.difficulty is no setting of Pendulum-v1, a task of Gymnasium; there are --task.id, --task.settings",
    ),
    "unknown setting": (["train", "Pendulum-v1", "--task.settings", "gg", "3"], "unexpected keyword argument 'gg'"),
    "manual numbers": (
        ["train", "Pendulum-v1", "--learner.normaliser", "manual", "--learner.manual-offset", "0", "-1",
         "--learner.manual-deviation", "1", "8"],
        "have 2 numbers, and a policy observes 3: observation 0, observation 1, observation 2; give one",
    ),
    "recipe": (["train", "Pendulum-v1", "--recipe", "demo"], "this recipe is for run2017, not Pendulum-v1"),
    "official": (
        ["evaluate", "random", "--task", "Pendulum-v1", "--official"],
        "Pendulum-v1 was never graded in a challenge; --official is for prosthetics2018, run2017, walk2019",
    ),
    "function": (["evaluate", "json:act", "--task", "Pendulum-v1"], 'give a run folder, or "random" or "constant"'),
    "ONNX file": (["evaluate", "a.onnx", "--task", "Pendulum-v1"], 'give a run folder, or "random" or "constant"'),
    "rate": (
        ["video", "random", "--task", "Pendulum-v1", "--frames-per-second", "20"],
        "Pendulum-v1 is filmed at its own rate; leave --frames-per-second out",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "sentence"), CASES.values(), ids=CASES.keys())
def test_bad_input_is_explained(arguments, sentence, check_refused):
    check_refused(arguments, sentence)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_sac_swings_the_pendulum_up(here):
    main(["train", "Pendulum-v1", "--steps", "20000", "--out", "run"])
    main(["evaluate", "run", "--seeds", "20"])
    judged = json.loads(Path("run/evaluation.json").read_text())
    assert np.mean([episode["score"] for episode in judged["episodes"]]) >= -200
