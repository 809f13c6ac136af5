"""The arm, which has no pelvis, no feet and no ground, in its hanging pose."""

import numpy as np
import pytest

from soleus.engine import Parameters, default_state
from soleus.model import arm
from soleus.view.draw import draw
from soleus.view.scene import look
from worlds import measurement

ARM = arm()


@pytest.fixture(scope="module")
def scene():
    offsets = np.array([joint.parent_location for joint in ARM.joints])
    measured = measurement(
        ARM, body_position=np.cumsum(offsets, axis=0)[None], body_rotation=np.tile(np.eye(3), (1, 3, 1, 1))
    )
    return look(ARM, default_state(ARM), measured, Parameters(np.ones((1, 6)), np.zeros((1, 0, 3))))


def test_it_is_one_limb_with_six_muscles(scene):
    assert len(scene.limb_root) == 1
    assert [muscle.name for muscle in scene.muscles] == list(ARM.muscle_names)
    assert [solid.kind for solid in scene.solids] == ["flesh", "bone"] * 2  # its base has no mass, and no shape


def test_it_can_be_drawn(scene):
    assert len(np.unique(draw(scene).reshape(-1, 3), axis=0)) > 300
