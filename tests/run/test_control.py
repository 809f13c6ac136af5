"""How a policy sees and moves the body: what a run may ask for, and what it gets of real worlds."""

import json
from dataclasses import replace

import numpy as np
import pytest

from observed import observation
from run_made import CONFIG, make_run
from soleus.cli import main
from soleus.engine.fast.config import FastConfig
from soleus.learner.sac_config import SacConfig
from soleus.run.build import build_learner, signature
from soleus.run.candidate import find_candidate
from soleus.run.config import SamplerConfig, from_json, to_json
from soleus.run.control import PLAIN, ControlConfig, acted, observed
from soleus.run.error import RunError
from soleus.run.evaluate import judge
from soleus.run.export import export_onnx
from soleus.run.film import film
from soleus.run.folder import RunFolder
from soleus.run.loop import start_run
from soleus.run.recipe import plain
from soleus.run.worlds import MuscleWorlds
from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.run2017 import Run2017Config

FLAT = Run2017Config(difficulty=0, time_limit=20)
SMALL = SacConfig(
    actor_hidden=(16,), critic_hidden=(16,), batch_size=16, random_transitions=50, updates_per_transition=0.1
)
RECODINGS = ("stelmaszczyk82", "qin79", "full67", "reason8_39", "reduced33")


def worlds(control, n_world=3, task=FLAT):
    return MuscleWorlds(task, FastConfig(), control, n_world=n_world)()


def test_plain_tells_what_the_task_tells():
    env = worlds(PLAIN)
    try:
        assert env.reset(seed=0)[0][0] == pytest.approx(observation()[0], abs=1e-6)
        assert env.single_observation_space.shape == (41,)
    finally:
        env.close()


def test_by_default_places_are_centred_and_the_last_action_is_told():
    env = worlds(ControlConfig())
    try:
        env.reset(seed=0)
        seen = env.step(np.full((3, 18), 0.25, np.float32))[0]
        assert seen.shape == (3, 59)
        assert (seen[:, 1] == 0).all()
        assert (seen[:, 41:] == 0.25).all()
    finally:
        env.close()


@pytest.mark.parametrize("name", RECODINGS)
def test_a_real_episode_is_told_in_numbers_of_size_one(name):
    """Standing first, then a fall: scaled numbers stay small, and differences are those of the motion."""
    control = ControlConfig(hold=3, observe=(name,))
    env, raw = worlds(control), worlds(replace(PLAIN, hold=3))
    layout = observed(FLAT.build(), control)
    try:
        env.reset(seed=0)
        raw.reset(seed=0)
        for _ in range(6):
            action = np.full((3, 18), 0.3, np.float32)
            told, seen = env.step(action)[0], raw.step(action)[0]
        assert np.isfinite(told).all()
        if name in ("stelmaszczyk82", "qin79"):
            assert np.abs(told).max() < 8
        if name == "full67":
            column = FLAT.build().observation.index
            own = told[:, layout.index("head x speed")] - seen[:, column("mass_center x speed")]
            assert np.abs(own).max() < 1.0, "the head moves as the body does"
    finally:
        env.close()
        raw.close()


def test_tied_legs_move_alike():
    control = replace(PLAIN, legs="tied")
    env = worlds(control)
    try:
        seen, _ = env.reset(seed=0)
        random = np.random.default_rng(0)
        for _ in range(15):
            seen = env.step(random.uniform(-1, 1, (3, 9)).astype(np.float32))[0]
        layout = FLAT.build().observation
        assert seen[:, layout.index("knee_angle_r")] == pytest.approx(seen[:, layout.index("knee_angle_l")], abs=1e-5)
        assert np.ptp(seen[:, layout.index("knee_angle_r")]) > 1e-3
    finally:
        env.close()


@pytest.mark.parametrize(
    ("control", "task", "sentence"),
    [
        (
            {"observe": ("centre",)},
            "run2017",
            r"'centre', which is none of centre_pelvis, .* \(did you mean centre_pelvis",
        ),
        ({"observe": ("last_action", "last_action")}, "run2017", "observe names last_action twice"),
        ({"observe": ("qin79",)}, "walk2019", "qin79: it reads 'pelvis_tilt', which the task walk2019 does not tell"),
        ({"observe": ("target_code",)}, "run2017", "does not tell; it fits the task walk2019"),
        (
            {"observe": ("near_obstacle", "two_frames", "previous_obstacle")},
            "run2017",
            "previous_obstacle: it reads 'obstacle distance' as the task tells it, and near_obstacle tells it",
        ),
        ({"observe": ("qin79", "reduced33")}, "run2017", "reads 'pelvis_tilt', which qin79 does not tell"),
        (
            {"legs": "tied"},
            "prosthetics2018",
            "prosthetics2018: legs are tied of a body with two equal ones, and gastroc_l",
        ),
        ({"legs": "tied"}, "arm", "has no partner; take --control.legs free"),
    ],
)
def test_what_does_not_fit_is_refused_when_the_config_is_made(control, task, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(plain(task), control=ControlConfig(**control))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"hold": 3, "centre_pelvis": True, "tell_action": True}, ControlConfig(hold=3)),
        ({"hold": 3, "centre_pelvis": False, "tell_action": True}, ControlConfig(3, ("last_action",))),
        ({"hold": 3, "centre_pelvis": True, "tell_action": False}, ControlConfig(3, ("centre_pelvis",))),
        ({"hold": 1, "centre_pelvis": False, "tell_action": False}, PLAIN),
        ({"hold": 3}, ControlConfig(hold=3)),
    ],
)
def test_a_file_from_before_there_were_transforms_is_read(written, meant, tmp_path):
    data = json.loads(to_json(CONFIG)) | {"control": written}
    assert from_json(json.dumps(data), tmp_path) == replace(CONFIG, control=meant)


@pytest.mark.parametrize(
    "control",
    [
        {"centre_pelvis": "yes"},
        {"observe": ["last_action"], "tell_action": True},
        {"observe": ["last"]},
        {"legs": "tight"},
    ],
)
def test_a_control_that_is_unknown_or_contradicts_itself_is_named(control, tmp_path):
    data = json.loads(to_json(CONFIG)) | {"control": control}
    with pytest.raises(RunError, match="does not fit this version of Soleus: .*(centre_pelvis|tell_action|last|tight)"):
        from_json(json.dumps(data), tmp_path)


def test_an_old_run_folder_still_plays(tmp_path):
    """Its policy's file says the names that it had, which are still those."""
    folder, policy = make_run(tmp_path / "run")
    data = json.loads(folder.config_file.read_text())
    data["control"] = {"hold": 4, "centre_pelvis": True, "tell_action": True}
    folder.config_file.write_text(json.dumps(data))
    candidate = find_candidate(str(folder.path), CONFIG.task)
    assert candidate.control == ControlConfig()
    assert candidate.policy.n_observation == policy.n_observation == 59


def test_a_policy_is_not_played_through_other_transforms(tmp_path):
    folder, _ = make_run(tmp_path / "run")
    data = json.loads(folder.config_file.read_text())
    data["control"]["observe"] = ["centre_pelvis"]
    folder.config_file.write_text(json.dumps(data))
    with pytest.raises(RunError, match=r"observation 41 is 'last hamstrings_r \[1\]' for the policy and 'nothing'"):
        find_candidate(str(folder.path), CONFIG.task)


def test_a_policy_for_transforms_that_another_task_has_not_is_refused(tmp_path):
    folder, _ = make_run(tmp_path / "run", ControlConfig(observe=("qin79",)))
    with pytest.raises(RunError, match="cannot play this task: observe qin79: it reads"):
        find_candidate(str(folder.path), plain("walk2019").task)


@pytest.mark.parametrize("name", ["two_frames", "stelmaszczyk82", "foot_touch"])
def test_what_a_file_cannot_hold_is_not_exported(tmp_path, name):
    folder, _ = make_run(tmp_path / "run", ControlConfig(observe=(name, "last_action")))
    with pytest.raises(RunError, match=f"a file cannot hold the transform {name}: it remembers, or is no matrix"):
        export_onnx(folder, tmp_path / "policy.onnx")


def test_a_last_action_that_is_not_told_last_is_not_exported(tmp_path):
    folder, _ = make_run(tmp_path / "run", ControlConfig(observe=("last_action", "centre_pelvis")))
    with pytest.raises(RunError, match="a file cannot hold the transform last_action"):
        export_onnx(folder, tmp_path / "policy.onnx")


def test_flags_choose_the_chain(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small = ["--steps", "1", "--sampler.kind", "serial", "--sampler.worlds", "1", "--evaluate-s", "0"]
    small += ["--learner.random-transitions", "5", "--task.time-limit", "5", "--out"]
    main(["train", "--control.observe", "reduced33", "last_action", "--control.legs", "tied", *small, "one"])
    assert RunFolder.open(tmp_path / "one").config.control == ControlConfig(4, ("reduced33", "last_action"), "tied")
    main(["train", "--control.observe", *small, "two"])
    assert RunFolder.open(tmp_path / "two").config.control == ControlConfig(4, ())
    capsys.readouterr()


@pytest.mark.parametrize("flag", ["centre-pelvis", "no-centre-pelvis", "tell-action", "no-tell-action"])
def test_flags_from_before_are_refused_with_the_way_out(flag, capsys):
    with pytest.raises(SystemExit):
        main(["train", f"--control.{flag}"])
    assert f"--control.{flag} is called --control.observe" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("observe", "legs", "symmetry"),
    [
        (("finite_velocity", "centre_pelvis", "two_frames"), "free", "data"),
        (("reduced33", "last_action"), "tied", "loss"),
    ],
)
def test_a_chain_trains_and_is_played(tmp_path, observe, legs, symmetry):
    """From the first step to evaluation and video."""
    config = replace(
        plain("run2017"),
        task=FLAT,
        learner=SMALL,
        control=ControlConfig(2, observe, legs),
        symmetry=symmetry,
        sampler=SamplerConfig(kind="serial", worlds=8, chunk=4),
        steps=800,
        evaluate_s=0.1,
    )
    folder = start_run(config, tmp_path / "run")
    assert folder.metrics()[-1]["n_updates"] > 0
    candidate = find_candidate(str(folder.path), FLAT)
    made_for = signature(FLAT, config.control)
    assert candidate.policy.n_action == len(made_for.action_names) == (9 if legs == "tied" else 18)
    assert candidate.policy.n_observation == len(made_for.observation_names)
    first, again = (judge(candidate, FLAT, FastConfig(), [1, 2]) for _ in range(2))
    assert [episode.score for episode in first] == [episode.score for episode in again]
    pictures = film(candidate, FLAT, FastConfig(), seed=1)
    assert next(pictures).shape[2] == 3
    pictures.close()


def test_a_learner_of_tied_legs_knows_that_their_mirror_is_the_identity():
    control = ControlConfig(legs="tied")
    config = replace(plain("run2017"), control=control, learner=SMALL, symmetry="equivariant")
    policy = build_learner(config).policy()
    layout = observed(config.task.build(), control)
    seen = np.random.default_rng(0).normal(size=(5, len(layout))).astype(np.float32)
    image = seen[:, layout.mirror_index] * layout.mirror_sign
    np.testing.assert_allclose(policy.act(seen, None), policy.act(image, None), atol=1e-6)
    assert len(acted(config.task.build(), control)) == policy.n_action == 9


def test_a_tied_file_excites_all_muscles(tmp_path):
    folder, policy = make_run(tmp_path / "run", ControlConfig(legs="tied"))
    file = export_onnx(folder, tmp_path / "policy.onnx").file
    played = find_candidate(str(file), CONFIG.task)
    seen = np.random.default_rng(0).normal(size=(5, 59)).astype(np.float32)
    action = played.policy.act(seen, None)
    assert policy.n_action == 9
    assert action.shape == (5, 18)
    assert np.array_equal(action[:, :9], action[:, 9:])
    assert played.control == ControlConfig(4, ("last_action",))


def test_a_body_with_two_legs_of_the_prosthetics_challenge_can_be_tied():
    rules = Prosthetics2018Config(prosthesis=False)
    config = replace(plain("prosthetics2018"), task=rules, control=ControlConfig(legs="tied"))
    assert len(acted(config.task.build(), config.control)) == 11
