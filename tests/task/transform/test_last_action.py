import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from soleus.task.layout import Field, Layout
from soleus.task.transform import Transformed
from soleus.task.transform.last_action import LastAction

ACTIONS = np.array([[0.5], [-0.25]], np.float32)
SEEN = Layout(tuple(Field(name, "1") for name in ("cosine", "sine", "speed")))
MOVED = Layout((Field("torque", "1"),))


def pendulums():
    one = [lambda: gymnasium.make("Pendulum-v1")] * 2
    return Transformed(SyncVectorEnv(one, autoreset_mode=AutoresetMode.DISABLED), LastAction(SEEN, MOVED))


def test_the_last_action_is_told_and_forgotten_at_a_reset():
    env = pendulums()
    assert env.reset(seed=0)[0][:, 3].tolist() == np.float32([-0.9, -0.9]).tolist()
    assert env.step(ACTIONS)[0][:, 3].tolist() == [0.5, -0.25]
    assert env.reset(options={"reset_mask": np.array([False, True])})[0][:, 3].tolist() == [0.5, np.float32(-0.9)]


def test_the_space_holds_what_is_told():
    env = pendulums()
    assert env.observation_space.shape == (2, 4)
    assert env.single_observation_space.contains(env.reset(seed=0)[0][0])


def test_the_layout_names_what_is_told_and_its_mirror():
    action = Layout((Field("soleus_r", "1", "soleus_l"), Field("soleus_l", "1", "soleus_r"), Field("trunk", "1")))
    layout = LastAction(Layout((Field("height", "m"),)), action).layout
    assert layout.names == ("height", "last soleus_r", "last soleus_l", "last trunk")
    assert layout.mirror_index.tolist() == [0, 2, 1, 3]
