"""Differential extrinsic plasticity, by hand and on a body that answers."""

import numpy as np
import pytest

from soleus.nets.dep import BIAS_LEAK, Dep, DepPolicy

SMALL = Dep(kappa=2.0, window=2, delay=1, bias_rate=0.5, smoothing=1, noise=0.0)


def test_some_decisions_by_hand():
    """Muscles 1 and 0 at places 2 and 0 of an observation. Lengths at the start are 2 and 4."""
    policy = DepPolicy((2, 0), SMALL)
    strains = np.array([[0, 0], [0.1, 0], [0.1, 0.2], [0.3, 0.1]])
    bias, velocity = np.zeros(2), [np.zeros(2)] * 3
    for t, strain in enumerate(strains):
        observation = np.array([[4 * (1 + strain[1]), -7.0, 2 * (1 + strain[0])]])
        done = policy.act(observation, None)
        velocity = [*velocity[1:], strain - strains[max(t - 1, 0)]]
        # window 2, delay 1: what moved at t and t - 1, against what moved one decision earlier
        correlation = -np.outer(velocity[2], velocity[1]) - np.outer(velocity[1], velocity[0])
        length = np.linalg.norm(correlation, axis=1, keepdims=True)
        controller = np.divide(correlation, length, out=np.zeros((2, 2)), where=length > 0)
        drive = controller @ strain
        expected = np.tanh(2.0 * drive / (np.linalg.norm(drive) or 1.0) + bias)
        np.testing.assert_allclose(done[0], expected, atol=1e-5)
        np.testing.assert_allclose(policy.controller()[0], controller, atol=1e-5)
        bias -= np.clip(0.5 * expected, -0.05, 0.05) + BIAS_LEAK * bias
    assert np.abs(expected).max() > 0.1  # something happened
    # v is (.1, 0), (0, .2), (.2, -.1): of muscle 1 that is .1 (0, .2) - .2 (.1, 0)
    np.testing.assert_allclose(correlation[1], [-0.02, 0.02], rtol=1e-6)


def _lived(policy, n_step, n_world=1, seed=0, kick=0.01):
    """A body whose muscles follow what excites them slowly, and pull their antagonists."""
    generator = np.random.default_rng(seed)
    pull = np.array([[1.0, -0.5, 0, 0], [-0.5, 1.0, 0, 0], [0, 0, 1.0, -0.5], [0, 0, -0.5, 1.0]])
    length = 1 + kick * np.random.default_rng(7).standard_normal((n_world, 4))
    actions = []
    policy.act(np.ones((n_world, 4)), generator)
    for _ in range(n_step):
        action = policy.act(length, generator)
        length = length + 0.1 * ((1 - 0.2 * action @ pull) - length)
        actions.append(action)
    return np.array(actions)


def test_correlation_of_what_is_done_grows_beyond_that_of_chance():
    n_step = 200
    done = _lived(DepPolicy((0, 1, 2, 3)), n_step)[:, 0]
    chance = np.random.default_rng(0).uniform(-1, 1, done.shape)

    def in_time(actions):
        return np.mean([np.corrcoef(actions[:-1, i], actions[1:, i])[0, 1] for i in range(4)])

    assert in_time(done[20:]) > 0.5 > 0.3 > abs(in_time(chance))
    assert done[20:].std(axis=0).min() > 0.3  # no muscle is left out


def test_small_motions_drive_as_much_as_large_ones():
    lengths = 1 + 0.1 * np.random.default_rng(5).standard_normal((20, 1, 4)).astype(np.float32)
    large, small = (DepPolicy((0, 1, 2, 3), Dep(kappa=2.0, noise=0.0)) for _ in range(2))
    large.act(np.ones((1, 4)), None)
    small.act(np.ones((1, 4)), None)
    for length in lengths:
        done = large.act(length, None)
        np.testing.assert_allclose(small.act(1 + (length - 1) / 32, None), done, atol=1e-3)
    assert np.abs(done).max() > 0.5


def test_a_gain_of_nothing_does_nothing():
    assert np.abs(_lived(DepPolicy((0, 1, 2, 3), Dep(kappa=1e-9, bias_rate=0.0)), 30)).max() < 1e-6


def test_the_same_seed_does_the_same_and_worlds_that_start_alike_part():
    done = [_lived(DepPolicy((0, 1, 2, 3)), 60, 3, seed, kick=0.0) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(done[0], done[1])
    assert np.abs(done[0] - done[2]).max() > 0.1
    assert np.abs(done[0][:, 0] - done[0][:, 1]).max() > 0.1


def test_each_world_s_controller_begins_anew_with_its_episode():
    policy, alone = (DepPolicy((0, 1, 2, 3), Dep(noise=0.0)) for _ in range(2))
    _lived(policy, 30, n_world=3)
    policy.begin(np.array([1]))
    observation = 1 + 0.1 * np.random.default_rng(5).standard_normal((4, 3, 4))
    before = policy._memory.bias.copy()
    for lengths in observation:
        together = policy.act(lengths, None)
        np.testing.assert_allclose(together[1:2], alone.act(lengths[1:2], None), atol=1e-6)
    assert np.abs(before).min() > 0
    controller = policy.controller()
    assert np.abs(controller[0] - controller[1]).max() > 0.1


def test_a_newer_one_goes_on_where_the_old_one_was():
    old, new = DepPolicy((0, 1, 2, 3)), DepPolicy((0, 1, 2, 3))
    _lived(old, 30)
    new.follow(old)
    np.testing.assert_array_equal(new.controller(), old.controller())


@pytest.mark.parametrize("n_world", [1, 5])
def test_more_or_fewer_worlds_begin_anew(n_world):
    policy = DepPolicy((0, 1, 2, 3), Dep(noise=0.0))
    _lived(policy, 10, n_world=3)
    np.testing.assert_array_equal(policy.act(np.full((n_world, 4), 2.0), None), 0)
