"""Wrappers over a real Gymnasium task whose sums are easy: CartPole pays 1 a step."""

from typing import ClassVar

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from soleus.task.layout import Field, Layout
from soleus.task.wrap import CentrePelvis, HoldAction


def cart_poles(n_world=2, max_episode_steps=500):
    def one():
        return gymnasium.wrappers.TimeLimit(gymnasium.make("CartPole-v1").unwrapped, max_episode_steps)

    return SyncVectorEnv([one] * n_world, autoreset_mode=AutoresetMode.DISABLED)


def test_a_held_action_sums_the_rewards():
    env = HoldAction(cart_poles(), 4)
    env.reset(seed=0)
    _, reward, terminated, truncated, info = env.step(np.array([0, 1]))
    assert reward.tolist() == [4.0, 4.0]
    assert info["n_env_steps"].tolist() == [4, 4]
    assert not (terminated | truncated).any()


class Countdown(gymnasium.vector.VectorEnv):
    """World i observes how many steps it took, is paid them, and ends for good after i + 2."""

    num_envs = 3
    metadata: ClassVar = {"autoreset_mode": AutoresetMode.DISABLED}

    def reset(self, *, seed=None, options=None):
        self.n = 0
        return np.zeros((3, 1), np.float32), {}

    def step(self, actions):
        self.n += 1
        terminated = self.n >= np.arange(3) + 2
        told = np.full((3, 1), self.n, np.float32)
        info = {"distance": np.full(3, float(self.n)), "reward_terms": {"pay": np.full(3, float(self.n))}}
        return told, np.full(3, float(self.n)), terminated, np.zeros(3, dtype=bool), info


def test_a_world_that_ends_stops_there_while_the_others_go_on():
    env = HoldAction(Countdown(), 10)
    env.reset()
    observation, reward, terminated, truncated, info = env.step(np.zeros(3))
    assert observation[:, 0].tolist() == [2, 3, 4]
    assert reward.tolist() == [3, 6, 10]
    assert terminated.all()
    assert not truncated.any()
    assert info["n_env_steps"].tolist() == [2, 3, 4]
    assert info["distance"].tolist() == [2, 3, 4]
    assert info["reward_terms"]["pay"].tolist() == [3, 6, 10]


def test_a_held_action_stops_at_the_time_limit():
    env = HoldAction(cart_poles(1, max_episode_steps=3), 5)
    env.reset(seed=0)
    _, reward, terminated, truncated, _ = env.step(np.array([0]))
    assert (reward[0], terminated[0], truncated[0]) == (3.0, False, True)


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
