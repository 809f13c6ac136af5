"""Every task on both engines: the same excitations are observed and paid the same, field by field.

What is left is the integrators' error, and what contacts and tendons, stiff as they are, make of it in 0.2 s; that the
equations are the same to rounding is for `test_fast_against_opensim.py` to show.
"""

import numpy as np
import pytest

from soleus.engine.fast.config import FastConfig
from soleus.engine.reference import ReferenceConfig
from soleus.task.env import VectorEnv
from soleus.task.registry import TASKS

pytestmark = pytest.mark.opensim

BODIES = [{"planar": planar, "prosthesis": prosthesis} for planar in (False, True) for prosthesis in (True, False)]
VARIANTS = {
    "run2017": [{"difficulty": 2}],
    "walk2019": [*({"difficulty": level, "start": "step"} for level in (0, 1, 2, 3)), {"planar": True}],
    "prosthetics2018": [{"round": 1}, *({**body, "observe_target": True} for body in BODIES)],
}
"""Rules to try; a task that is not named here is tried under its graded ones."""
CASES = [
    pytest.param(entry, rules, id=" ".join([name, *(f"{key}={value}" for key, value in rules.items())]))
    for name, entry in TASKS.items()
    if entry.engine == "fast"
    for rules in VARIANTS.get(name, [{}])
]
ACCURACY = 1e-9
N_STEP = 20
TOLERANCE = 5e-4
"""Of a field's largest value in the episode, or of 1 where that is less [1]. Found were 1e-4 in the acceleration of a
foot on the ground (1e-5 with an accuracy of 1e-11), 2e-5 in the speed of an ankle."""
REWARD_TOLERANCE = 1e-5
"""The same for reward terms; found were 2e-6."""


def episode(task, engine):
    """Observations, shape (n_step + 1, n), and reward terms by name of one world under random excitations."""
    env = VectorEnv(task, engine)
    random = np.random.default_rng(5)
    env.reset(seed=3)
    observed, paid = [task.observe(env.snapshot)[0]], []
    for _ in range(N_STEP):
        info = env.step(random.uniform(0, 1, env.action_space.shape))[-1]
        assert info["sim_error"][0] == ""
        observed.append(task.observe(env.snapshot)[0])
        paid.append([float(term[0]) for term in info["reward_terms"].values()])
    env.close()
    return np.array(observed), np.array(paid), [*info["reward_terms"]]


@pytest.mark.parametrize(("entry", "rules"), CASES)
def test_both_engines_tell_and_pay_the_same(entry, rules):
    task = entry.config(**rules).build()
    fast = FastConfig(method="merson", accuracy=ACCURACY, minimum_step=1e-10).build(task.model)
    opensim = ReferenceConfig(accuracy=ACCURACY, minimum_step=1e-12).build(task.model)
    observed, paid, terms = episode(task, fast)
    observed_there, paid_there, _ = episode(task, opensim)
    assert_same_columns(observed, observed_there, task.observation.names, TOLERANCE)
    assert_same_columns(paid, paid_there, terms, REWARD_TOLERANCE)


def assert_same_columns(found, expected, names, tolerance):
    """Columns of numbers, shape (n_step, n), agree to a share of each column's size."""
    error = np.abs(found - expected).max(axis=0) / np.maximum(np.abs(expected).max(axis=0), 1.0)
    worst = int(np.argmax(error))
    assert error[worst] <= tolerance, f"{names[worst]} differs by {error[worst]:.1e} of its size"
