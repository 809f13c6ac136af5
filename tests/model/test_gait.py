from dataclasses import replace

import numpy as np
import pytest

from fixtures.make_gait9dof18musc import FIXTURE
from soleus.model import learning_to_run
from soleus.model.mirror import partner_name, reflect

MODEL = learning_to_run()


@pytest.mark.parametrize("name", ["coordinate_names", "body_names", "muscle_names"])
def test_names_come_in_the_published_order(name):
    assert list(getattr(MODEL, name)) == np.load(FIXTURE)[name].tolist()


def test_forces_come_in_the_published_order():
    published = np.load(FIXTURE)
    assert [force.name for force in MODEL.limit_forces] == published["limit_names"].tolist()
    assert [force.name for force in MODEL.contact_forces] == published["contact_names"].tolist()


def test_it_weighs_what_the_published_model_weighs():
    assert MODEL.mass == pytest.approx(79.6646, abs=1e-9)
    assert MODEL.mass == pytest.approx(float(np.load(FIXTURE)["mass"]), rel=1e-14)


@pytest.mark.parametrize("kind", ["bodies", "joints", "muscles", "contact_geometry", "contact_forces", "limit_forces"])
def test_the_left_leg_is_the_mirror_image_of_the_right(kind):
    elements = {element.name: element for element in getattr(MODEL, kind)}
    sided = [element for name, element in elements.items() if partner_name(name) != name]
    assert sided
    for element in sided:
        assert reflect(element) == elements[partner_name(element.name)]


def test_the_left_foot_is_on_the_left():
    place = {joint.name: joint.parent_location[2] for joint in MODEL.joints}
    assert place["hip_r"] == 0.0835
    assert place["hip_l"] == -0.0835


def test_a_body_is_a_value():
    assert learning_to_run() == MODEL
    assert hash(learning_to_run()) == hash(MODEL)
    assert replace(MODEL, name="other") != MODEL
