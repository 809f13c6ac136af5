"""What osim-rl's users saw, on OpenSim 4.6."""

import gymnasium
import numpy as np
import pytest

import soleus  # noqa: F401 - makes its tasks known to Gymnasium

pytestmark = pytest.mark.opensim

RESET_VECTOR = [
    -0.05, 0.0, 0.91, *[0.0] * 15,
    -0.06973405523475405, 0.9707656285552124, 0.0, 0.0,
    0.007169537779780744, 1.5365721883823606, 0.0, 0.91, -0.09650084892621281, 0.9964310485677471,
    0.007987580127344573, -0.027441466796053905, 0.007987580127344573, -0.027441466796053905,
    -0.11968333174236659, 0.022952398528571172, -0.11968333174236659, 0.022952398528571172,
]  # fmt: skip
"""The first 36 numbers of `RunEnv.reset(difficulty=2)`, printed in issue 52 of osim-rl in August 2017."""


def test_the_reset_observation_is_the_published_one():
    """1e-5 and not 1e-7: osim-rl's three obstacles weighed 0.1 g each and pulled the mass centre down by 4e-6 m."""
    env = gymnasium.make("soleus/Run2017-v0", engine="opensim", round=1)
    observation, _ = env.reset(seed=1)
    assert observation[:36] == pytest.approx(RESET_VECTOR, abs=1e-5)
    env.close()


def test_the_first_reset_told_nothing_of_its_own_episode_until_september_2017():
    """The last five numbers of the same issue: 1, 1, 100, 0, 0 at the first reset, the last episode's ever after."""
    env = gymnasium.make("soleus/Run2017-v0", engine="opensim", round=1, stale_first_observation=True)
    course = env.unwrapped.task.start([1]).parameters.obstacle[0]
    assert env.reset(seed=1)[0][36:].tolist() == [1, 1, 100, 0, 0]
    assert env.reset(seed=2)[0][38:] == pytest.approx(course[0], rel=1e-6)
    env.close()


def test_the_score_is_the_distance_and_the_fall_is_the_coordinate():
    env = gymnasium.make("soleus/Run2017-v0", engine="opensim", difficulty=0)
    observation, _ = env.reset(seed=0)
    score, terminated, n_step = 0.0, False, 0
    while not terminated:
        observation, reward, terminated, truncated, info = env.step(np.full(18, 0.05, np.float32))
        score += reward
        n_step += 1
        assert not truncated
        assert terminated == (observation[2] < 0.65)
    assert n_step < 400
    assert info["fallen"]
    assert 0 < info["distance"] - score < 0.01, "the ligaments cost a token"
    env.close()
