"""What noise makes of a policy: added noise, none, a choice of them, and where it goes when a policy takes over."""

import numpy as np
import pytest

from soleus.nets import AdditiveNoise, DeterministicPolicy, Gaussian, MixedNoise, NoNoise, Pink, UniformPolicy
from soleus.nets.mlp import Mlp
from soleus.nets.noise import OrnsteinUhlenbeck, noise_from
from soleus.nets.normalise import Scaling


class Ones:
    """A generator that draws nothing but 1."""

    def standard_normal(self, shape, dtype):
        return np.ones(shape, dtype)


def _policy(noise):
    """Does tanh of 0, 1 and 9 whatever it observes."""
    network = Mlp((2, 3))
    parameters = {"weight0": np.zeros((2, 3), np.float32), "bias0": np.array([0.0, 1.0, 9.0], np.float32)}
    return DeterministicPolicy(
        network, parameters, Scaling(np.zeros(2, np.float32), np.ones(2, np.float32), np.float32(10)), noise
    )


def _observation(n_world):
    return np.zeros((n_world, 2))


def test_added_noise_is_its_colour_times_its_deviation_and_stays_in_range():
    policy = _policy(AdditiveNoise(Gaussian(), 0.25))
    np.testing.assert_allclose(policy.act(_observation(1), None), np.tanh([[0.0, 1.0, 9.0]]), rtol=1e-6)
    np.testing.assert_allclose(policy.act(_observation(1), Ones()), [[0.25, 1.0, 1.0]], rtol=1e-6)
    action = _policy(AdditiveNoise(Gaussian(), 0.3)).act(_observation(10_000), np.random.default_rng(0))
    assert action[:, 0].std() == pytest.approx(0.3, rel=0.05)


def test_a_bare_policy_does_what_it_would_do():
    policy = _policy(NoNoise())
    np.testing.assert_array_equal(policy.act(_observation(3), Ones()), policy.act(_observation(3), None))
    assert DeterministicPolicy(policy.network, policy.parameters, policy.scaling).noise == NoNoise()


def test_the_next_policy_wanders_on():
    old, new = (_policy(AdditiveNoise(OrnsteinUhlenbeck(1e6, 0.01), std)) for std in (0.1, 0.2))
    before = old.act(_observation(4), np.random.default_rng(0))
    new.follow(old)
    after = new.act(_observation(4), np.random.default_rng(1))
    np.testing.assert_allclose(after[:, 0], 2 * before[:, 0], atol=1e-3)  # in units of the deviation
    new.follow(UniformPolicy(3))
    new.begin(np.arange(4))
    assert np.abs(new.act(_observation(4), np.random.default_rng(2)) - after)[:, 0].max() > 0.01


def _mixed(probabilities=(0.25, 0.75)):
    return MixedNoise((NoNoise(), AdditiveNoise(OrnsteinUhlenbeck(0.2, 0.04), 0.5)), probabilities)


def _sure(policy, action):
    """Which worlds acted without noise."""
    return (action == policy.act(_observation(len(action)), None)).all(axis=1)


def test_worlds_draw_a_kind_as_often_as_is_said():
    policy, generator = _policy(_mixed()), np.random.default_rng(0)
    policy.begin(np.arange(4000))
    assert _sure(policy, policy.act(_observation(4000), generator)).mean() == pytest.approx(0.25, abs=0.02)


def test_a_world_keeps_its_kind_for_its_episode():
    policy, generator = _policy(_mixed((0.5, 0.5))), np.random.default_rng(0)
    policy.begin(np.arange(64))
    first = _sure(policy, policy.act(_observation(64), generator))
    for _ in range(20):
        np.testing.assert_array_equal(_sure(policy, policy.act(_observation(64), generator)), first)
    again = np.arange(32)
    policy.begin(again)
    second = _sure(policy, policy.act(_observation(64), generator))
    np.testing.assert_array_equal(second[32:], first[32:])
    assert 4 < (second[:32] != first[:32]).sum() < 28


def test_the_next_policy_keeps_the_worlds_kinds_and_what_they_remember():
    wandering = AdditiveNoise(OrnsteinUhlenbeck(1e6, 0.01), 0.1)
    old, new = (_policy(MixedNoise((NoNoise(), wandering), (0.5, 0.5))) for _ in range(2))
    before = old.act(_observation(16), np.random.default_rng(0))
    new.follow(old)
    np.testing.assert_allclose(new.act(_observation(16), np.random.default_rng(1)), before, atol=1e-3)
    other = _policy(MixedNoise((wandering,), (1.0,)))
    other.follow(old)  # of another number of kinds: begins
    assert not _sure(other, other.act(_observation(16), np.random.default_rng(2))).any()


def test_files_from_before_colours_are_read():
    assert noise_from({"kind": "gaussian", "std": 0.1}) == AdditiveNoise(Gaussian(), 0.1)
    old = {"kind": "ornstein_uhlenbeck", "std": 0.1, "correlation_s": 0.2, "decision_s": 0.04}
    assert noise_from(old) == AdditiveNoise(OrnsteinUhlenbeck(0.2, 0.04), 0.1)
    assert noise_from({"kind": "pink", "std": 0.1}) == AdditiveNoise(Pink(), 0.1)


def test_unknown_noise_is_refused_with_the_known_ones():
    known = "none, gaussian, ornstein_uhlenbeck, pink, repeated, parameter, mixed"
    with pytest.raises(ValueError, match=f"unknown noise 'blue'; known are {known}"):
        noise_from({"kind": "blue"})
