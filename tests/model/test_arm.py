"""The table of the arm; tests/equality holds it against OpenSim's answers for the published file."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.make_model_answers import Probe, published_answers
from soleus.model import arm
from soleus.model.mirror import reflect
from soleus.model.osim import to_opensim
from soleus.model.spec import Model

ARM = arm()


def test_it_hangs_from_the_published_place():
    base, shoulder, elbow = ARM.joints
    assert (base.parent, base.parent_location) == ("ground", (0.0, 0.8, 0.0))
    assert (shoulder.parent, elbow.parent) == ("base", "r_humerus")
    assert [(item.minimum, item.maximum) for item in ARM.free_coordinates] == [
        (-1.57079633, 3.14159265),
        (0.0, 2.26892803),
    ]
    assert ARM.gravity == (0.0, -9.8066, 0.0)
    assert ARM.mass == pytest.approx(3.398887)


def test_its_muscles_are_not_those_of_the_gait_models():
    """Weaker, slower and stiffer, by the published file; what that does not say is OpenSim's default."""
    assert [muscle.max_isometric_force for muscle in ARM.muscles] == [798.52, 624.3, 624.3, 624.3, 435.56, 987.26]
    for muscle in ARM.muscles:
        assert (muscle.max_contraction_velocity, muscle.max_tendon_strain, muscle.max_lengthening_force) == (
            10,
            0.033,
            1.8,
        )
        assert (muscle.active_shape, muscle.passive_shape, muscle.force_velocity_shape) == (0.5, 4.0, 0.3)
        assert (muscle.minimum_control, muscle.default_activation, muscle.default_fiber_length) == (0.01, 0.05, 0.1)


def test_only_the_short_biceps_wraps_over_nothing():
    over = {muscle.name: [wrap.wrap_object for wrap in muscle.wraps] for muscle in ARM.muscles}
    assert over == {
        "TRIlong": ["TRI", "TRIlonghh", "TRIlongglen"],
        "TRIlat": ["TRI"],
        "TRImed": ["TRI"],
        "BIClong": ["BIClonghh"],
        "BICshort": [],
        "BRA": ["TRI"],
    }


def test_the_heads_of_the_triceps_end_in_the_same_points():
    ends = {tuple((point.body, point.location) for point in muscle.path[-3:]) for muscle in ARM.muscles[:3]}
    assert len(ends) == 1


def test_who_made_it_is_told():
    for word in ("arm26", "Holzbaur", "2005", "Hamner", "CC BY 3.0"):
        assert word in ARM.credits


@pytest.mark.opensim
def test_its_markers_are_where_the_hanging_arm_has_them():
    """Sums of the offsets from the ground to each marker."""
    model = to_opensim(ARM)
    state = model.initSystem()
    model.realizePosition(state)
    places = {
        "r_acromion": (-0.01256, 0.84, 0.17),
        "r_humerus_epicondyle": (-0.017545 + 0.005, 0.8 - 0.007 - 0.2904, 0.17 + 0.03),
        "r_radius_styloid": (-0.017545 + 0.0061 - 0.0011, 0.793 - 0.2904 - 0.23559, 0.17 - 0.0123 + 0.0943),
    }
    assert [marker.name for marker in ARM.markers] == list(places)
    for name, place in places.items():
        found = model.getMarkerSet().get(name).getLocationInGround(state)
        assert [found.get(axis) for axis in range(3)] == pytest.approx(place, abs=1e-12), name


@pytest.mark.opensim
def test_the_muscles_of_a_left_arm_are_as_long():
    """The mirror image wraps over mirrored surfaces."""
    parts = ("bodies", "joints", "muscles", "wrap_objects", "markers")
    left = replace(ARM, **{part: tuple(map(reflect, getattr(ARM, part))) for part in parts})
    assert isinstance(left, Model)
    published = published_answers("arm2dof6musc")
    lengths = Probe(to_opensim(left)).answers(published)["muscle_length"]
    assert left.joints[2].parent_location == (0.0061, -0.2904, 0.0123)
    np.testing.assert_allclose(lengths, published["muscle_length"], rtol=1e-9)
