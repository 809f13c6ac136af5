"""Our gait9dof18musc, simulated by OpenSim, is the published one: field by field, from hard random states.

The published model's answers are stored in tests/fixtures (made by make_gait9dof18musc.py, which says how).
"""

import numpy as np
import pytest

from fixtures.make_gait9dof18musc import FIXTURE, STATE_FIELDS, Probe
from soleus.model import learning_to_run, mirror_of, save_osim
from soleus.model.osim import import_opensim, to_opensim

pytestmark = pytest.mark.opensim

MODEL = learning_to_run()
SAME_ARITHMETIC = 1e-13
"""OpenSim computes with the same numbers in the same order; room for another processor's rounding only."""
TOLERANCE = {
    "muscle_length": SAME_ARITHMETIC,
    "lengthening_speed": 1e-12,  # sums of projections that cancel
    "tendon_force": 1e-12,  # steep in the length of the tendon
    "fiber_velocity": 1e-11,  # steep in the ratio of two forces
    "activation_rate": SAME_ARITHMETIC,
    "limit_force": SAME_ARITHMETIC,
    "ground_reaction": 1e-10,  # the published file turns its ground by a rounded pi/2, 3.5e-15 rad off level
    "acceleration": 1e-11,  # inherits that, and whether the trunk is locked by a constraint or welded
    "mass_center_position": SAME_ARITHMETIC,
    "mass_center_velocity": 1e-12,  # sums that cancel
}
"""Largest norm of the difference over the norm of the published answer, in any one state."""
POSES = {
    "head": (0.007170, 1.536572),
    "torso": (-0.096501, 0.996431),
    "talus_r": (-0.119683, 0.022952),
    "toes_l": (0.007988, -0.027441),
}
"""Where osim-rl's users saw the bodies in the default pose, x and y [m]."""


@pytest.fixture(scope="module")
def published():
    return dict(np.load(FIXTURE))


@pytest.fixture(scope="module", params=["saved", "welded"])
def probe(request, tmp_path_factory):
    """Our model as the GUI gets it, from a file, and as the engine gets it."""
    if request.param == "welded":
        return Probe(to_opensim(MODEL))
    file = tmp_path_factory.mktemp("osim") / "runner.osim"
    save_osim(MODEL, file)
    return Probe(import_opensim().Model(str(file)))


@pytest.fixture(scope="module")
def answers(probe, published):
    return probe.answers(published)


@pytest.fixture(scope="module")
def mirrored_answers(probe, published):
    """Answers from the mirrored states, mirrored back."""
    mirror = mirror_of(MODEL)
    of_muscles = dict.fromkeys(("activation", "fiber_length", "excitation"), mirror.muscles)
    changed = {"q": mirror.coordinates, "u": mirror.coordinates, **of_muscles}
    answers = probe.answers({name: changed[name](published[name]) for name in STATE_FIELDS})
    back = dict.fromkeys(answers, mirror.muscles)
    back |= {"acceleration": mirror.coordinates, "limit_force": mirror.limit_forces}
    back["ground_reaction"] = lambda force: force[:, ::-1] * (1.0, 1.0, -1.0)
    back["mass_center_position"] = back["mass_center_velocity"] = lambda vector: vector * (1.0, 1.0, -1.0)
    return {name: back[name](values) for name, values in answers.items()}


def _worst(answer, published):
    """The largest relative error of a state's vector, and the state."""
    answer, published = (values.reshape(len(values), -1) for values in (answer, published))
    error = np.linalg.norm(answer - published, axis=1)
    relative = error / np.maximum(np.linalg.norm(published, axis=1), 1e-9)
    return relative.max(), relative.argmax()


def test_the_stored_states_are_hard(published):
    """Otherwise agreement would say little."""
    in_contact = np.abs(published["ground_reaction"]).sum(axis=(1, 2)) > 0.0
    beyond_limits = np.abs(published["limit_force"]) > 100.0
    assert in_contact.mean() == pytest.approx(0.5, abs=0.1)
    assert beyond_limits.mean() > 0.1
    assert (published["fiber_length"] < 0.0).any()
    assert (published["activation"] < 0.01).any()
    knee = published["q"][:, MODEL.coordinate_names.index("knee_angle_r")]
    assert knee.min() < -2.0944  # where the patella's splines end
    assert knee.max() > 0.174533


@pytest.mark.parametrize("field", TOLERANCE)
def test_it_is_the_published_model(field, answers, published):
    worst, state = _worst(answers[field], published[field])
    assert worst <= TOLERANCE[field], f"{field} is {worst:.1e} off in state {state}"


@pytest.mark.parametrize("field", TOLERANCE)
def test_the_mirrored_body_moves_as_the_mirror_image(field, mirrored_answers, published):
    worst, state = _worst(mirrored_answers[field], published[field])
    assert worst <= TOLERANCE[field], f"{field} is {worst:.1e} off in state {state}"


def test_names_and_mass_are_the_published_ones(probe, published):
    for kind, names in probe.names().items():
        assert names == published[kind].tolist(), kind
    assert probe.model.getTotalMass(probe.state) == pytest.approx(float(published["mass"]), rel=1e-14)


def test_the_default_pose_is_the_published_one(probe):
    probe.set_pose(np.array([item.default for item in MODEL.free_coordinates]), np.zeros(9))
    for body, place in POSES.items():
        assert probe.body_position(body)[:2] == pytest.approx(place, abs=1e-6), body
    assert probe.body_position("talus_r")[2] == pytest.approx(0.0835, abs=1e-12)
    assert probe.body_position("toes_l")[2] == pytest.approx(-0.0925, abs=1e-12)
    center = probe.model.calcMassCenterPosition(probe.state)
    assert [center.get(0), center.get(1)] == pytest.approx([-0.069734, 0.970769], abs=1e-6)
