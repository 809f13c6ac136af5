"""An exported file acts as its policy does, says what it is, and is never written wrong."""

import json
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest

from run_made import CONFIG, make_run
from soleus.cli import main
from soleus.learner.part import Equivariance
from soleus.nets import ConstantPolicy, EnsemblePolicy, load_onnx
from soleus.nets.critics import Critics
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import Mlp
from soleus.nets.policy import PolicyError
from soleus.run import export
from soleus.run.build import signature
from soleus.run.candidate import find_candidate, own_rules
from soleus.run.control import ControlConfig, observed
from soleus.run.error import RunError
from soleus.run.export import export_onnx
from soleus.run.folder import RunFolder
from soleus.task.run2017 import Run2017Config


@pytest.mark.parametrize(("activation", "layer_norm"), [("relu", False), ("elu", True), ("tanh", False)])
@pytest.mark.parametrize(
    "observe",
    [
        ("centre_pelvis", "last_action"),
        ("last_action",),
        ("centre_pelvis", "activation"),
        ("centre_pelvis",),
        (),
        ("reduced33", "last_action"),
        ("body34",),
        ("centre_pelvis", "reduced33"),
    ],
)
@pytest.mark.parametrize("legs", ["free", "tied"])
def test_a_file_acts_as_its_policy(tmp_path, activation, layer_norm, observe, legs):
    folder, _ = make_run(tmp_path / "run", ControlConfig(2, observe, legs), activation, layer_norm)
    done = export_onnx(folder, tmp_path / "policy.onnx")
    assert done.n_compared >= 300
    assert 0 < done.difference <= 1e-5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["policy.onnx", "run"]


def test_a_file_acts_as_a_deterministic_policy(tmp_path):
    folder, _ = make_run(tmp_path / "run", kind="deterministic")
    assert 0 < export_onnx(folder, tmp_path / "policy.onnx").difference <= 1e-5


@pytest.mark.parametrize("kind", ["actor", "deterministic"])
@pytest.mark.parametrize("layer_norm", [False, True])
def test_a_file_acts_as_an_equivariant_policy(tmp_path, kind, layer_norm):
    folder, plain = make_run(tmp_path / "run", layer_norm=layer_norm, kind=kind)
    task, control = CONFIG.task.build(), CONFIG.control
    layouts = observed(task, control), task.action
    part = Equivariance(*(Mirror.of(layout.mirror_index, -layout.mirror_sign) for layout in layouts))  # signs matter
    network, _ = part.change_networks(plain.network, Mlp((len(layouts[0]), 1)))
    folder.save_policy(folder.best_file, replace(plain, network=network), signature(CONFIG.task, control))
    file = export_onnx(folder, tmp_path / "policy.onnx").file
    observation = np.random.default_rng(1).normal(0, 1, (5, len(task.observation))).astype(np.float32)
    given = {"observation": observation, "last_action": np.full((5, 18), 0.5, np.float32)}
    both = onnxruntime.InferenceSession(file).run(["action"], given)[0]
    for i in range(5):  # an image meets the rows of its own batch only
        alone = {name: array[i : i + 1] for name, array in given.items()}
        (action,) = onnxruntime.InferenceSession(file).run(["action"], alone)
        np.testing.assert_allclose(action[0], both[i], atol=1e-6)


@pytest.mark.parametrize(("beside", "slope", "offset"), [("last_action", 2, -1), ("activation", 1, 0)])
def test_the_contract_by_hand(tmp_path, beside, slope, offset):
    """What a stranger does with the file: raw observations, and what muscles were told or have, in [0, 1]."""
    folder, policy = make_run(tmp_path / "run", ControlConfig(observe=("centre_pelvis", beside)))
    file = export_onnx(folder, tmp_path / "policy.onnx").file
    random = np.random.default_rng(1)
    observation = random.normal(0, 1, (7, 41)).astype(np.float32)
    muscles = random.uniform(0, 1, (7, 18)).astype(np.float32)
    session = onnxruntime.InferenceSession(file)
    (action,) = session.run(["action"], {"observation": observation, beside: muscles})
    centred = observation.copy()
    centred[:, [1, 18, 22, 24, 26, 28, 30, 32, 34]] -= observation[:, [1]]
    expected = (policy.act(np.concatenate([centred, slope * muscles + offset], axis=1), None) + 1) / 2
    np.testing.assert_allclose(action, expected, atol=1e-6)
    assert np.ptp(action) > 0.5
    told = session.get_modelmeta().custom_metadata_map
    assert (told["format"], told["task"], told["task_version"], told["hold"]) == ("soleus-onnx-1", "run2017", "0", "4")
    assert float(told[f"first_{beside}"]) == pytest.approx(0.05)
    assert json.loads(told["observation_names"])[0] == "pelvis_tilt"
    assert json.loads(told["observation_units"])[:2] == ["rad", "m"]
    assert json.loads(told["action_names"])[0] == "hamstrings_r"


def test_the_file_plays_as_the_run_does(tmp_path):
    folder, _ = make_run(tmp_path / "run")
    file = export_onnx(folder, tmp_path / "policy.onnx").file
    assert own_rules(str(file)) == own_rules(str(folder.path)) == Run2017Config()
    candidate = find_candidate(str(file), Run2017Config())
    assert candidate.control == ControlConfig(hold=4, observe=("last_action",))


def test_a_file_that_would_act_otherwise_is_not_written(tmp_path, monkeypatch):
    folder, _ = make_run(tmp_path / "run")
    (tmp_path / "policy.onnx").write_text("what was there before")
    monkeypatch.setattr(export, "TOLERANCE", 0.0)
    with pytest.raises(RunError, match=r"differ from the policy by up to .* nothing was written"):
        export_onnx(folder, tmp_path / "policy.onnx")
    assert (tmp_path / "policy.onnx").read_text() == "what was there before"


def test_the_check_sees_a_missing_centring(tmp_path, monkeypatch):
    folder, policy = make_run(tmp_path / "run")
    file = export_onnx(folder, tmp_path / "policy.onnx").file
    other = replace(CONFIG.control, observe=("last_action",))
    assert export.largest_difference(policy, load_onnx(file, 18), other, Run2017Config().build()) > 0.1


def test_a_run_that_has_not_learnt_yet_is_refused(tmp_path):
    folder = RunFolder.create(tmp_path / "run", CONFIG, {})
    folder.save_policy(folder.policy_file, ConstantPolicy((0.0,) * 18))
    with pytest.raises(RunError, match="no trained policy yet"):
        export_onnx(folder, tmp_path / "policy.onnx")


def test_an_ensemble_is_refused_with_the_reason(tmp_path):
    folder, plain = make_run(tmp_path / "run")
    form = Mlp((plain.n_observation + plain.n_action, 4, 1))
    judge = Critics(form, (form.initial(np.random.default_rng(0)),), plain.scaling)
    folder.save_policy(
        folder.best_file, EnsemblePolicy((plain, plain), (judge,)), signature(CONFIG.task, CONFIG.control)
    )
    with pytest.raises(RunError, match="an ensemble, whose 2 members vote .* --learner.ensemble.n-member 1"):
        export_onnx(folder, tmp_path / "policy.onnx")


def test_a_file_of_another_task_is_refused(tmp_path, monkeypatch):
    folder, _ = make_run(tmp_path / "run")
    real = signature(CONFIG.task, CONFIG.control)
    monkeypatch.setattr(export, "signature", lambda *_: replace(signature(*_), task_version=7))
    file = export_onnx(folder, tmp_path / "policy.onnx").file
    assert real.task_version == 0
    with pytest.raises(
        RunError, match=r"policy.onnx cannot play this task: .* version 7 of run2017, this Soleus has 0"
    ):
        find_candidate(str(file), Run2017Config())


def test_the_command_says_how_well_it_checked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make_run(tmp_path / "run")
    main(["export", "run"])
    assert "wrote run/policy.onnx; its excitations differ from the policy's by at most" in capsys.readouterr().out
    main(["export", "run", "--onnx", "out/runner.onnx"])
    assert (tmp_path / "out" / "runner.onnx").is_file()
    with pytest.raises(PolicyError, match="18 actions|needs"):
        load_onnx(tmp_path / "run" / "policy.onnx", 17).check(41)


def test_a_policy_that_comes_with_soleus_is_exported_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    main(["export", "sprinter"])
    assert own_rules("sprinter.onnx") is not None
