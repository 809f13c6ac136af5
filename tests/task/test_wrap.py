"""Wrappers over a real Gymnasium task whose sums are easy: CartPole pays 1 a step."""

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from soleus.task.layout import Field, Layout
from soleus.task.wrap import CentrePelvis


def cart_poles(n_world=2, max_episode_steps=500):
    def one():
        return gymnasium.wrappers.TimeLimit(gymnasium.make("CartPole-v1").unwrapped, max_episode_steps)

    return SyncVectorEnv([one] * n_world, autoreset_mode=AutoresetMode.DISABLED)


def test_forward_positions_are_told_from_the_pelvis():
    layout = Layout(
        (
            Field("pelvis_tx", "m", forward_position=True),
            Field("speed", "m/s"),
            Field("head x", "m", forward_position=True),
            Field("head y", "m"),
        )
    )
    env = CentrePelvis(cart_poles(1), layout)
    told = env.observations(np.array([[10.0, 3.0, 10.2, 1.5]], dtype=np.float32))
    assert np.allclose(told, [[0.0, 3.0, 0.2, 1.5]], atol=1e-6)
