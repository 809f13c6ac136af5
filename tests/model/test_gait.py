from dataclasses import replace

import pytest

from fixtures.make_model_answers import published_answers
from soleus.model import MODELS, learning_to_run
from soleus.model.mirror import partner_name, reflect
from soleus.model.spec import Coordinate

KINDS = ("bodies", "joints", "muscles", "contact_geometry", "contact_forces", "limit_forces")
GAIT = [name for name in MODELS if name != "arm2dof6musc"]
TWO_LEGS = [name for name in GAIT if "pros" not in name]
MASS = {"gait9dof18musc": 79.6646, "gait14dof22musc_20170320": 75.1646, "gait14dof22musc_pros_20180507": 72.17025}
"""Of one model of each kind [kg]."""
N_FREE = {
    "gait9dof18musc": 9,
    "hop8dof9musc": 8,
    "gait9dof18musc_20170320": 9,
    "gait14dof22musc_planar_20170320": 9,
    "gait14dof22musc_20170320": 14,
    "gait9dof18musc_pros_20180507": 9,
    "gait14dof22musc_planar_pros_20180507": 9,
    "gait14dof22musc_pros_20180507": 14,
    "arm2dof6musc": 2,
}


@pytest.mark.parametrize("name", MODELS)
def test_names_come_in_the_published_order(name):
    model, published = MODELS[name](), published_answers(name)
    assert model.name == name
    for kind in ("coordinate_names", "body_names", "muscle_names"):
        assert list(getattr(model, kind)) == published[kind].tolist()
    assert [force.name for force in model.limit_forces] == published["limit_names"].tolist()
    assert [force.name for force in model.contact_forces] == published["contact_names"].tolist()
    assert [force.name for force in model.spring_forces] == published["spring_names"].tolist()


@pytest.mark.parametrize("name", MODELS)
def test_it_weighs_what_the_published_model_weighs(name):
    assert MODELS[name]().mass == pytest.approx(float(published_answers(name)["mass"]), rel=1e-14)


def test_the_masses_are_those_of_the_challenges():
    assert {name: MODELS[name]().mass for name in MASS} == pytest.approx(MASS, abs=1e-9)


def test_the_names_tell_the_degrees_of_freedom_but_for_the_planar_models():
    assert {name: len(MODELS[name]().free_coordinates) for name in MODELS} == N_FREE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", TWO_LEGS)
def test_the_left_leg_is_the_mirror_image_of_the_right(name, kind):
    """But for the range of the ankle and the names of the toes, which the published files have otherwise."""
    elements = {_comparable(element) for element in getattr(MODELS[name](), kind)}
    sided = [element for element in getattr(MODELS[name](), kind) if partner_name(element.name) != element.name]
    assert sided
    for element in sided:
        assert _comparable(reflect(element)) in elements


def _comparable(element):
    if "_toe" in element.name:
        return replace(element, name="toe")
    if element.name.startswith("ankle"):
        return replace(element, coordinates=(Coordinate("ankle_angle", "rotational"),))
    return element


def test_the_left_side_keeps_the_published_exceptions():
    model = MODELS["gait14dof22musc_20170320"]()
    place = {shape.name: shape.location for shape in model.contact_geometry}
    assert place["l_toe1"] == place["r_toe1"] == (0.02, -0.005, -0.026)
    range_of = {item.name: (item.minimum, item.maximum) for item in model.coordinates}
    assert range_of["ankle_angle_r"] == (-1.57079633, 1.57079633)
    assert range_of["ankle_angle_l"] == (-1.04719755, 1.04719755)


@pytest.mark.parametrize("name", GAIT)
def test_the_left_foot_is_on_the_left(name):
    place = {joint.name: joint.parent_location[2] for joint in MODELS[name]().joints}
    assert place["hip_r"] == 0.0835
    assert place["hip_l"] == -0.0835


def test_a_prosthesis_takes_the_place_of_the_right_foot():
    walker, amputee = MODELS["gait14dof22musc_20170320"](), MODELS["gait14dof22musc_pros_20180507"]()
    assert set(walker.muscle_names) - set(amputee.muscle_names) == {"gastroc_r", "soleus_r", "tib_ant_r"}
    assert set(amputee.body_names) - set(walker.body_names) == {"pros_tibia_r", "pros_foot_r"}
    used = {point.body for muscle in amputee.muscles for point in muscle.path}
    assert "pros_tibia_r" in used
    left_of = {item.name: item for item in walker.muscles if item.name.endswith("_l")}
    assert {item.name: item for item in amputee.muscles if item.name.endswith("_l")} == left_of


def test_a_body_is_a_value():
    assert learning_to_run() == MODELS["gait9dof18musc"]()
    assert hash(learning_to_run()) == hash(MODELS["gait9dof18musc"]())
    assert replace(learning_to_run(), name="other") != learning_to_run()
