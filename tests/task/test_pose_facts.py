"""Where osim-rl's users saw the bodies in their default poses, and how long the fibres were."""

import numpy as np
import pytest

from soleus.engine.base import default_state, plain_parameters
from soleus.engine.fast.config import FastConfig
from soleus.model import learn_to_move, learning_to_run, prosthetics

FACTS = {
    learning_to_run: {
        "mass center": (-0.069734, 0.970769), "head": (0.007170, 1.536572), "torso": (-0.096501, 0.996431),
        "talus_r": (-0.119683, 0.022952), "toes_l": (0.007988, -0.027441),
    },
    learn_to_move: {
        "mass center": (-0.083253, 0.963300), "head": (-0.052764, 1.569407), "torso": (-0.1007, 1.0215),
        "toes_r": (0.05483, 0.004129),
    },
    prosthetics: {"mass center": (-0.084666, 0.995273, -0.003576)},
}  # fmt: skip
"""Places in ground [m]."""
FIBERS = {
    "abd": 0.9174, "add": 0.6352, "hamstrings": 0.9211, "bifemsh": 1.2213, "glut_max": 1.0245, "iliopsoas": 1.1116,
    "rect_fem": 0.793, "vasti": 0.797, "gastroc": 1.1216, "soleus": 1.0215, "tib_ant": 0.9247,
}  # fmt: skip
"""In equilibrium at an activation of 0.05, in optimal lengths."""


def standing(model, *, equilibrate=False):
    engine = FastConfig().build(model)
    engine.reset(np.arange(1), default_state(model), plain_parameters(model), equilibrate=equilibrate)
    return engine


@pytest.mark.parametrize("body", FACTS, ids=lambda body: body.__name__)
def test_bodies_stand_where_they_stood(body):
    model = body()
    measured = standing(model).measure()
    places = dict(zip(model.body_names, measured.body_position[0], strict=True))
    places["mass center"] = measured.mass_center_position[0]
    for name, place in FACTS[body].items():
        assert places[name][: len(place)] == pytest.approx(place, abs=1e-6), name


def test_fibres_balance_where_they_balanced():
    model = learn_to_move()
    state = standing(model, equilibrate=True).state()
    optimal = np.array([muscle.optimal_fiber_length for muscle in model.muscles])
    found = dict(zip(model.muscle_names, state.fiber_length[0] / optimal, strict=True))
    for name, length in FIBERS.items():
        assert found[f"{name}_r"] == pytest.approx(length, abs=1e-4), name
