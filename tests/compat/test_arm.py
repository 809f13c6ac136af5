"""Arm2DEnv beside osim-rl's own episodes."""

import random

import numpy as np
import pytest

from compat.recorded import load
from soleus.compat.osim_rl import Arm2DEnv, Arm2DVecEnv

pytestmark = pytest.mark.opensim
RECORDED = load("arm")


def test_recorded_episodes_are_repeated():
    """Three episodes of one environment; speeds part by a percent where a joint accelerates by 1000 rad/s^2."""
    env = Arm2DEnv(visualize=False)
    for seed in (1, 2, 3):
        random.seed(seed)
        expected = RECORDED[f"seed{seed}/observation"]
        assert env.reset(obs_as_dict=False) == pytest.approx(expected[0], rel=1e-8, abs=1e-8)
        assert [env.target_x, env.target_y] == pytest.approx(RECORDED[f"seed{seed}/target"][0], abs=1e-12)
        for action, reward in zip(RECORDED[f"seed{seed}/actions"], RECORDED[f"seed{seed}/reward"], strict=True):
            observation, found, done, _ = env.step(action, obs_as_dict=False)
            assert found == pytest.approx(reward, abs=0.01)
            assert not done
        assert observation[:2] == pytest.approx(expected[-1][:2])
        assert observation[-2:] == pytest.approx(expected[-1][-2:], abs=0.01)
    env.close()


def test_the_target_can_be_kept():
    env = Arm2DEnv(visualize=False)
    described = env.reset()
    first = env.target_x, env.target_y
    assert set(described["markers"]["r_radius_styloid"]) == {"pos", "vel", "acc"}
    env.reset(random_target=False)
    assert (env.target_x, env.target_y) == first
    described, reward, _, _ = env.step(np.zeros(6))
    x, y, _ = described["markers"]["r_radius_styloid"]["pos"]
    assert reward == pytest.approx(1.0 - (x - first[0]) ** 2 - (y - first[1]) ** 2)
    env.close()


def test_vectors_of_numbers():
    env = Arm2DVecEnv(visualize=False)
    assert len(env.reset()) == 16
    observation, _, _, _ = env.step([np.nan] * 6)
    assert len(observation) == env.observation_space.shape[0]
    assert env.time_limit == env.spec.timestep_limit == 200
    env.close()
