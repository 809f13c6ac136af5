"""The Learning to Run body in its default pose, against path points that OpenSim 4.6 gave (Muscle's GeometryPath)."""

import math

import numpy as np
import pytest

from soleus.engine.base import Parameters, State
from soleus.model.gait import learning_to_run
from soleus.view.draw import draw
from soleus.view.scene import look
from worlds import measurement

PELVIS_TILT, LUMBAR = -0.05, -0.139626
# Body origins of the right side in the default pose [m].
POSITION = {
    "pelvis": (0.0, 0.91, 0.0),
    "femur_r": (-0.073915, 0.847516, 0.0835),
    "tibia_r": (-0.098192, 0.452415, 0.0835),
    "talus_r": (-0.119683, 0.022952, 0.0835),
    "calcn_r": (-0.170489, -0.016508, 0.09142),
    "toes_r": (0.007988, -0.027441, 0.0925),
    "torso": (-0.096501, 0.996431, 0.0),
    "head": (0.00717, 1.536572, 0.0),
}
PATH = {
    "hamstrings_r": [(-0.123923, 0.818609, 0.07151), (-0.134708, 0.419008, 0.06459), (-0.127543, 0.406114, 0.06393)],
    "iliopsoas_r": [
        (-0.060186, 1.001823, 0.0289),
        (-0.026619, 0.854261, 0.0759),
        (-0.032787, 0.83104, 0.0816),
        (-0.074851, 0.7968, 0.0873),
        (-0.095676, 0.78883, 0.0939),
    ],
    "rect_fem_r": [(-0.031017, 0.880413, 0.0968), (-0.035463, 0.470286, 0.0849)],
    "vasti_r": [(-0.054568, 0.653907, 0.1145), (-0.050873, 0.637702, 0.112), (-0.041534, 0.474904, 0.0853)],
    "gastroc_r": [(-0.112528, 0.456057, 0.06), (-0.123979, 0.447318, 0.0577), (-0.16894, 0.014454, 0.08612)],
    "tib_ant_r": [(-0.088431, 0.289323, 0.095), (-0.08508, 0.056164, 0.0658), (-0.053145, -0.004558, 0.06092)],
}


def turned(angle):
    return np.array([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]])


def place(name):
    """A body's origin; the left side mirrors the right one."""
    if name in POSITION:
        return POSITION[name]
    x, y, z = POSITION[name.removesuffix("_l") + "_r"]
    return x, y, -z


@pytest.fixture(scope="module")
def scene():
    model = learning_to_run()
    position = np.array([[place(name) for name in model.body_names]])
    upper = ("torso", "head")
    tilt = [PELVIS_TILT + (LUMBAR if name in upper else 0.0) for name in model.body_names]
    rotation = np.array([[turned(angle) for angle in tilt]])
    n_q, n_muscle = len(model.coordinate_names), len(model.muscles)
    q = np.array([[item.default for item in model.free_coordinates]])
    state = State(np.zeros(1), q, np.zeros((1, n_q)), np.full((1, n_muscle), 0.05), np.full((1, n_muscle), 0.1))
    measured = measurement(model, body_position=position, body_rotation=rotation)
    return look(model, state, measured, Parameters(np.ones((1, n_muscle)), np.zeros((1, 0, 3))))


@pytest.mark.parametrize("name", PATH)
def test_muscle_paths_run_where_opensim_has_them(scene, name):
    """The positions above are rounded to a micrometre."""
    right = next(muscle for muscle in scene.muscles if muscle.name == name)
    left = next(muscle for muscle in scene.muscles if muscle.name == name.removesuffix("_r") + "_l")
    np.testing.assert_allclose(right.points, PATH[name], atol=2e-6)
    np.testing.assert_allclose(left.points, right.points * (1, 1, -1), atol=1e-12)


def test_the_body_has_a_trunk_two_legs_and_two_shoes(scene):
    np.testing.assert_allclose(scene.limb_root[:, 2].round(4), [0.0, 0.0835, -0.0835, 0.0])
    assert [solid.kind for solid in scene.solids].count("shoe") == 2
    top = max((part[:, 1] + part[:, 3]).max() for solid in scene.solids for part in solid.parts)
    assert 1.7 < top < 1.85
    assert sum(muscle.limb == 1 for muscle in scene.muscles) == sum(muscle.limb == 2 for muscle in scene.muscles) == 9


def test_it_can_be_drawn(scene):
    image = draw(scene)
    assert len(np.unique(image.reshape(-1, 3), axis=0)) > 500
