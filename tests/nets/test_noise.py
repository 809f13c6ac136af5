"""Exploration noise: its numbers, its memory, and where they go when a policy takes over from another."""

import numpy as np
import pytest

from soleus.nets import DeterministicPolicy, GaussianNoise, OrnsteinUhlenbeckNoise, UniformPolicy
from soleus.nets.mlp import Mlp
from soleus.nets.noise import noise_from
from soleus.nets.normalise import Scaling


class Ones:
    """A generator that draws nothing but 1."""

    def standard_normal(self, shape, dtype):
        return np.ones(shape, dtype)


def _draws(noise, n, shape=(1, 1), seed=0):
    generator = np.random.default_rng(seed)
    return np.array([noise.draw(shape, generator) for _ in range(n)])


def test_gaussian_is_what_is_drawn_times_its_deviation():
    assert GaussianNoise(0.3).draw((2, 3), Ones()).tolist() == np.full((2, 3), np.float32(0.3)).tolist()
    assert _draws(GaussianNoise(0.3), 10_000).std() == pytest.approx(0.3, rel=0.05)


def test_ornstein_uhlenbeck_by_hand():
    """The decision interval in which half is kept: 1, then 0.5 + sqrt(3)/2, then half of that + sqrt(3)/2."""
    noise = OrnsteinUhlenbeckNoise(0.1, correlation_s=1.0, decision_s=np.log(2))
    drawn = [float(noise.draw((1, 1), Ones())[0, 0]) for _ in range(3)]
    assert drawn == pytest.approx([0.1, 0.136603, 0.154904], rel=1e-5)


def test_ornstein_uhlenbeck_wanders_for_its_correlation_time_at_its_deviation():
    x = _draws(OrnsteinUhlenbeckNoise(0.2, correlation_s=0.2, decision_s=0.04), 2000, (20, 1))[:, :, 0]
    assert x.std() == pytest.approx(0.2, rel=0.03)
    assert x[0].std() == pytest.approx(0.2, rel=0.5)  # from the first decision on
    after_correlation_s = (x[5:] * x[:-5]).mean() / 0.2**2
    assert after_correlation_s == pytest.approx(np.exp(-1), abs=0.05)


def test_only_worlds_that_begin_forget():
    noise = OrnsteinUhlenbeckNoise(1.0, correlation_s=1e6, decision_s=0.01)
    first = noise.draw((3, 2), np.random.default_rng(0)).copy()
    noise.begin(np.array([1]))
    second = noise.draw((3, 2), np.random.default_rng(1))
    np.testing.assert_allclose(second[[0, 2]], first[[0, 2]], atol=1e-3)
    assert np.abs(second[1] - first[1]).min() > 0.1


def _policy(noise):
    network = Mlp((2, 3))
    parameters = {"weight0": np.zeros((2, 3), np.float32), "bias0": np.array([0.0, 1.0, 9.0], np.float32)}
    return DeterministicPolicy(network, parameters, Scaling(np.zeros(2), np.ones(2), np.float32(10)), noise)


def test_policy_acts_alike_but_for_its_noise_and_stays_in_range():
    policy = _policy(GaussianNoise(0.25))
    mode = policy.act(np.zeros((1, 2)), None)
    np.testing.assert_allclose(mode, np.tanh([[0.0, 1.0, 9.0]]), rtol=1e-6)
    np.testing.assert_allclose(policy.act(np.zeros((1, 2)), Ones()), [[0.25, 1.0, 1.0]], rtol=1e-6)


def test_the_next_policy_wanders_on():
    old, new = (_policy(OrnsteinUhlenbeckNoise(0.1, correlation_s=1e6, decision_s=0.01)) for _ in range(2))
    observation = np.zeros((4, 2))
    before = old.act(observation, np.random.default_rng(0))
    new.follow(old)
    np.testing.assert_allclose(new.act(observation, np.random.default_rng(1)), before, atol=1e-3)
    new.follow(UniformPolicy(3))
    new.begin(np.arange(4))
    assert np.abs(new.act(observation, np.random.default_rng(2)) - before)[:, 0].max() > 0.01


@pytest.mark.parametrize("noise", [GaussianNoise(0.1), OrnsteinUhlenbeckNoise(0.1, 0.2, 0.04)])
def test_description_is_enough(noise):
    assert noise_from(noise.description()) == noise


def test_unknown_noise_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown noise 'pink'; known are gaussian, ornstein_uhlenbeck"):
        noise_from({"kind": "pink"})
