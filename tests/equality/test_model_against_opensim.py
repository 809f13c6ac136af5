"""Our models, simulated by OpenSim, are the published ones: field by field, from hard random states.

The published models' answers are stored in tests/fixtures (made by make_model_answers.py, which says how).
"""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.make_model_answers import N_BODY_STATE, STATE_FIELDS, Probe, published_answers
from soleus.model import MODELS, mirror_of, save_osim
from soleus.model.osim import import_opensim, to_opensim

pytestmark = pytest.mark.opensim

SAME_ARITHMETIC = 1e-13
"""OpenSim computes with the same numbers in the same order; room for another processor's rounding only."""
TOLERANCE = {
    "muscle_length": SAME_ARITHMETIC,
    "lengthening_speed": 1e-12,  # sums of projections that cancel
    "tendon_force": 1e-12,  # steep in the length of the tendon
    "fiber_velocity": 1e-11,  # steep in the ratio of two forces
    "activation_rate": SAME_ARITHMETIC,
    "limit_force": SAME_ARITHMETIC,
    "ground_reaction": 1e-10,  # the published files turn their ground by a rounded pi/2, 3.5e-15 rad off level
    "acceleration": 1e-11,  # inherits that, and whether the trunk is locked by a constraint or welded
    "mass_center_position": SAME_ARITHMETIC,
    "mass_center_velocity": 1e-12,  # sums that cancel
}
"""Largest norm of the difference over the norm of the published answer, in any one state."""
BODY_TOLERANCE = {
    "body_position": SAME_ARITHMETIC,
    "body_velocity": 1e-12,  # sums that cancel
    "body_rotation": SAME_ARITHMETIC,
}
GAIT = [name for name in MODELS if name != "arm2dof6musc"]
SYMMETRIC = [name for name in GAIT if "pros" not in name]
POSES = {
    "head": (0.007170, 1.536572),
    "torso": (-0.096501, 0.996431),
    "talus_r": (-0.119683, 0.022952),
    "toes_l": (0.007988, -0.027441),
}
"""Where osim-rl's users saw the bodies of the runner in the default pose, x and y [m]."""


def _welded(name):
    """Our model as the engine gets it."""
    return Probe(to_opensim(MODELS[name]()))


def _saved(name, folder):
    """Our model as the GUI gets it, from a file."""
    save_osim(MODELS[name](), folder / f"{name}.osim")
    return Probe(import_opensim().Model(str(folder / f"{name}.osim")))


def _error(answer, published):
    """The relative error of each state's vector."""
    answer, published = (values.reshape(len(values), -1) for values in (answer, published))
    return np.linalg.norm(answer - published, axis=1) / np.maximum(np.linalg.norm(published, axis=1), 1e-9)


def _check(answers, published, tolerance, states=slice(None)):
    for field, allowed in tolerance.items():
        if published[field].size == 0:
            continue  # an arm has no feet and no ligaments
        error = _error(answers[field][states], published[field][states])
        assert error.max() <= allowed, f"{field} is {error.max():.1e} off in state {error.argmax()} of those compared"


@pytest.mark.parametrize("name", GAIT)
def test_the_stored_states_are_hard(name):
    """Otherwise agreement would say little."""
    published = published_answers(name)
    in_contact = np.abs(published["ground_reaction"]).sum(axis=(1, 2)) > 0.0
    beyond_limits = np.abs(published["limit_force"]) > 100.0
    assert len(published["q"]) == 400
    assert in_contact.mean() == pytest.approx(0.5, abs=0.1)
    assert beyond_limits.mean() > 0.05
    assert (published["fiber_length"] < 0.0).any()
    assert (published["activation"] < 0.01).any()
    assert (published["activation"] > 1.0).any()
    knee = published["q"][:, MODELS[name]().coordinate_names.index("knee_angle_r")]
    assert knee.min() < -2.0944  # where the patella's splines end
    assert knee.max() > 0.174533


def test_the_stored_states_of_the_arm_are_hard():
    """In them every muscle that can wrap does so: they differ from the same arm's with nothing to wrap over."""
    arm, published = MODELS["arm2dof6musc"](), published_answers("arm2dof6musc")
    straight = replace(arm, muscles=tuple(replace(muscle, wraps=()) for muscle in arm.muscles))
    bend = published["muscle_length"] - Probe(to_opensim(straight)).answers(published)["muscle_length"]
    for muscle, share in zip(arm.muscles, (np.abs(bend) > 1e-4).mean(axis=0), strict=True):
        assert share > 0.1 if muscle.wraps else share == 0.0, muscle.name
    for column, coordinate in enumerate(arm.coordinates):
        assert published["q"][:, column].min() < coordinate.minimum
        assert published["q"][:, column].max() > coordinate.maximum
    assert (published["fiber_length"] < 0.0).any()
    assert (published["activation"] < 0.01).any()
    assert (published["activation"] > 1.0).any()


@pytest.mark.parametrize("name", MODELS)
def test_it_is_the_published_model(name):
    published = published_answers(name)
    probe = _welded(name)
    _check(probe.answers(published), published, TOLERANCE)
    assert len(published["body_position"]) == N_BODY_STATE
    _check(probe.body_answers(published), published, BODY_TOLERANCE)


@pytest.mark.parametrize("name", MODELS)
def test_a_saved_file_is_the_published_model(name, tmp_path):
    published = published_answers(name)
    probe = _saved(name, tmp_path)
    _check(probe.answers(published), published, TOLERANCE)
    for kind, names in probe.names().items():
        assert names == published[kind].tolist(), kind
    assert probe.model.getTotalMass(probe.state) == pytest.approx(float(published["mass"]), rel=1e-14)


@pytest.mark.parametrize("name", SYMMETRIC)
def test_the_mirrored_body_moves_as_the_mirror_image(name):
    """Answers from the mirrored states, mirrored back.

    But for a few states of the body that can turn sideways: of one HuntCrossleyForce, OpenSim drops all contacts behind
    one that separates, in the order in which the spheres lie along an axis, and the mirror reverses that order.
    """
    published = published_answers(name)
    mirror = mirror_of(MODELS[name]())
    of_muscles = dict.fromkeys(("activation", "fiber_length", "excitation"), mirror.muscles)
    changed = {"q": mirror.coordinates, "u": mirror.coordinates, **of_muscles}
    answers = _welded(name).answers({field: changed[field](published[field]) for field in STATE_FIELDS})
    back = dict.fromkeys(answers, mirror.muscles)
    back |= {"acceleration": mirror.coordinates, "limit_force": mirror.limit_forces}
    back["ground_reaction"] = lambda force: force[:, ::-1] * (1.0, 1.0, -1.0)
    back["mass_center_position"] = back["mass_center_velocity"] = lambda vector: vector * (1.0, 1.0, -1.0)
    answers = {field: back[field](values) for field, values in answers.items()}
    mirrored = _error(answers["ground_reaction"], published["ground_reaction"]) <= TOLERANCE["ground_reaction"]
    assert mirrored.mean() >= (0.95 if "pelvis_tz" in published["coordinate_names"] else 1.0)
    _check(answers, published, TOLERANCE, mirrored)


def test_the_default_pose_of_the_runner_is_the_published_one():
    model, probe = MODELS["gait9dof18musc"](), _welded("gait9dof18musc")
    probe.set_pose(np.array([item.default for item in model.free_coordinates]), np.zeros(9))
    places = dict(zip(model.body_names, probe.body_answer()["body_position"], strict=True))
    for body, place in POSES.items():
        assert places[body][:2] == pytest.approx(place, abs=1e-6), body
    assert places["talus_r"][2] == pytest.approx(0.0835, abs=1e-12)
    assert places["toes_l"][2] == pytest.approx(-0.0925, abs=1e-12)
    center = probe.model.calcMassCenterPosition(probe.state)
    assert [center.get(0), center.get(1)] == pytest.approx([-0.069734, 0.970769], abs=1e-6)
