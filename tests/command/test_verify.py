"""`soleus verify` tells agreement from difference, and names what it cannot simulate."""

import json
from dataclasses import replace

import pytest

from soleus.cli import main
from soleus.command import verify
from soleus.model import OpenSimMissingError, learning_to_run, save_osim

QUICK = ["--states", "20", "--seconds", "0.03"]
MOTOR = '<CoordinateActuator name="motor"><coordinate>hip_flexion_r</coordinate></CoordinateActuator>'


@pytest.fixture(scope="module")
def body(tmp_path_factory):
    """An .osim file."""
    file = tmp_path_factory.mktemp("model") / "body.osim"
    save_osim(learning_to_run(), file)
    return file


def verify_exit(arguments, capsys):
    """Exit code and what was said."""
    try:
        main(["verify", *map(str, arguments)])
        code = 0
    except SystemExit as exit_:
        code = exit_.code
    captured = capsys.readouterr()
    return code, " ".join((captured.out + captured.err).split())


@pytest.mark.opensim
def test_a_body_of_ours_agrees(tmp_path, capsys):
    file = tmp_path / "comparison.json"
    code, said = verify_exit(["gait9dof18musc", *QUICK, "--json", file], capsys)
    assert code == 0, said
    assert "They agree." in said
    assert "acceleration" in said
    record = json.loads(file.read_text())
    assert record["agrees"]
    assert record["n_state"] == 20
    assert {item["field"] for item in record["differences"]} >= {"ground_reaction", "bang-bang excitation"}


@pytest.mark.opensim
def test_a_file_is_compared_as_opensim_loads_it(body, capsys):
    code, said = verify_exit([body, *QUICK], capsys)
    assert code == 0, said


@pytest.mark.opensim
def test_a_file_that_was_read_wrong_is_found_out(body, tmp_path, monkeypatch, capsys):
    def misread(file):
        model = learning_to_run()
        wrong = replace(model.muscles[0], tendon_slack_length=1.01 * model.muscles[0].tendon_slack_length)
        return replace(model, muscles=(wrong, *model.muscles[1:]))

    monkeypatch.setattr(verify, "read_osim", misread)
    file = tmp_path / "comparison.json"
    code, said = verify_exit([body, *QUICK, "--json", file], capsys)
    assert code == 1
    assert "They differ in tendon_force" in said
    assert "hamstrings_r" in said
    assert not json.loads(file.read_text())["agrees"]


@pytest.mark.opensim
def test_elements_that_soleus_cannot_simulate_are_named(body, tmp_path, capsys):
    text = body.read_text().replace("<Thelen2003Muscle", MOTOR + "<Thelen2003Muscle", 1)
    file = tmp_path / "motor.osim"
    file.write_text(text)
    code, said = verify_exit([file], capsys)
    assert code == 2
    assert "cannot simulate" in said
    for word in ("motor", "CoordinateActuator", "remove"):
        assert word in said


def test_muscles_that_only_opensim_simulates_are_named(capsys):
    code, said = verify_exit(["arm2dof6musc"], capsys)
    assert code == 2
    assert "the fast engine cannot simulate arm2dof6musc: muscle 'TRIlong' wraps over 'TRI'" in said
    assert "muscle 'BRA' wraps over 'TRI'; use engine=\"opensim\"" in said


@pytest.mark.opensim
def test_malformed_xml_is_a_sentence(tmp_path, capsys):
    file = tmp_path / "broken.osim"
    file.write_text("<OpenSimDocument><Model")
    code, said = verify_exit([file], capsys)
    assert code == 2
    assert "cannot read it as a model" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gait10dof"], "unknown model 'gait10dof'; known models are gait9dof18musc, "),
        (["nowhere.osim"], "there is no model file nowhere.osim"),
        (["gait9dof18musc", "--states", "0"], "at least one state is needed"),
        (["gait9dof18musc", "--seconds", "0.001"], "it lies from 0.01 to 60"),
        (["gait9dof18musc", "--json", "nowhere/comparison.json"], "there is no folder nowhere"),
    ],
)
def test_what_is_asked_wrong_is_explained(arguments, sentence, capsys):
    code, said = verify_exit(arguments, capsys)
    assert code == 2
    assert sentence in said


def test_a_missing_opensim_is_a_sentence(body_without_opensim, monkeypatch, capsys):
    def missing(file):
        raise OpenSimMissingError("OpenSim cannot be imported in Python 3.14")

    monkeypatch.setattr(verify, "read_osim", missing)
    code, said = verify_exit([body_without_opensim], capsys)
    assert code == 2
    assert "Python 3.14" in said


@pytest.fixture
def body_without_opensim(tmp_path):
    """A file to give, whatever is in it."""
    file = tmp_path / "body.osim"
    file.touch()
    return file
