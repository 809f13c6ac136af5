import numpy as np
import pytest

from observed import TASKS
from soleus.engine.base import default_state, plain_parameters
from soleus.engine.fast.config import FastConfig
from soleus.task.layout import Field, Layout
from soleus.task.run2017 import Run2017Config
from soleus.task.transform import REST, Step
from soleus.task.transform.activation import FALL_TIME, RISE_TIME, Activation

NOTHING_SEEN = Layout((Field("height", "m"),))


def counted(transform, actions, duration):
    """What is told of activations after each of these actions, shape (n_step, n_world, n_action)."""
    n_world, n_action = actions.shape[1:]
    seen = np.zeros((n_world, 1), np.float32)
    _, memory = transform.begin(seen, np.full((n_world, n_action), np.nan))
    told = []
    for action in actions:
        row, memory = transform.follow(memory, Step(seen, action, np.full(n_world, duration)))
        told.append(row[:, 1:])
    return np.array(told)


def test_it_counts_what_the_engine_has():
    task = Run2017Config(difficulty=0).build()
    engine = FastConfig().build(task.model, 4)
    engine.reset(np.arange(4), default_state(task.model, 4), plain_parameters(task.model, 4), equilibrate=True)
    actions = np.random.default_rng(0).uniform(-1.0, 1.0, (15, 4, len(task.action)))
    actions[5:10] = np.sign(actions[5:10])
    has = []
    for action in actions:
        for _ in range(3):
            engine.step(0.5 * (action + 1.0))
        has.append(engine.state().activation)
    np.testing.assert_allclose(counted(Activation(NOTHING_SEEN, task.action), actions, 0.03), has, atol=0.008)
    assert np.ptp(has) > 0.9


@pytest.mark.parametrize("name", TASKS)
def test_all_muscles_of_the_challenges_are_as_fast(name):
    for muscle in TASKS[name].model.muscles:
        assert muscle.activation_time_constant == RISE_TIME
        assert muscle.deactivation_time_constant == FALL_TIME
        assert muscle.default_activation == REST


def test_the_layout_names_what_is_told_and_its_mirror():
    action = Layout((Field("soleus_r", "1", "soleus_l"), Field("soleus_l", "1", "soleus_r"), Field("trunk", "1")))
    layout = Activation(NOTHING_SEEN, action).layout
    assert layout.names == ("height", "activation soleus_r", "activation soleus_l", "activation trunk")
    assert layout.mirror_index.tolist() == [0, 2, 1, 3]
