"""Noise in parameters: which it moves, how far, and for how long."""

import numpy as np
import pytest

from soleus.nets import DeterministicPolicy, ParameterNoise
from soleus.nets.mlp import Mlp
from soleus.nets.noise.parameter import deviation, draw_direction, moved
from soleus.nets.normalise import Scaling

OBSERVATION = np.random.default_rng(0).normal(size=(1, 4))
NETWORK = Mlp((4, 16, 16, 3), "relu", layer_norm=True)


def _policy(noise, seed=0, network=NETWORK):
    n = network.sizes[0]
    parameters = network.initial(np.random.default_rng(seed))
    return DeterministicPolicy(network, parameters, Scaling(np.zeros(n), np.ones(n), np.float32(10)), noise)


def _act(policy, generator, n_world=1):
    """Every world sees the same."""
    return policy.act(np.repeat(OBSERVATION, n_world, axis=0), generator)


def test_moves_weights_and_biases_but_leaves_layer_normalisation_alone():
    actor = _policy(ParameterNoise(0.1)).actor
    direction = draw_direction(actor, np.random.default_rng(1))
    after = moved(actor, direction, 0.1).parameters
    for name, before in actor.parameters.items():
        if name.startswith(("gain", "shift")):
            np.testing.assert_array_equal(after[name], before)
        else:
            np.testing.assert_allclose(after[name] - before, 0.1 * direction[name], atol=1e-6)
    weights = np.concatenate([array.ravel() for array in direction.values()])
    assert weights.std() == pytest.approx(1, rel=0.1)
    assert sum(name.startswith("gain") for name in after) == 2


def test_a_straight_line_by_hand():
    """tanh((w + sigma e) x + (b + sigma f)) with all numbers drawn 1."""

    class Ones:
        def standard_normal(self, shape, dtype):
            return np.ones(shape, dtype)

    line = Mlp((1, 1))
    parameters = {"weight0": np.array([[0.5]], np.float32), "bias0": np.array([0.1], np.float32)}
    policy = DeterministicPolicy(line, parameters, Scaling(np.zeros(1), np.ones(1), np.float32(9)), ParameterNoise(0.2))
    assert policy.act(np.array([[2.0]]), Ones()) == pytest.approx(np.tanh(0.7 * 2 + 0.3))
    measure = deviation(policy.actor, {"weight0": np.ones((1, 1)), "bias0": np.ones(1)}, np.array([[2.0], [0.0]]))
    change = np.tanh([1.7, 0.3]) - np.tanh([1.1, 0.1])
    assert measure(0.2) == pytest.approx(np.sqrt((change**2).mean()), rel=1e-5)
    assert measure(0.0) == 0


def test_an_episode_is_one_actor_and_the_next_another():
    policy, generator = _policy(ParameterNoise(0.1)), np.random.default_rng(0)
    policy.begin(np.array([0]))
    first = _act(policy, generator)
    np.testing.assert_array_equal(_act(policy, generator), first)
    assert np.abs(first - policy.act(OBSERVATION, None)).max() > 1e-3
    policy.begin(np.array([0]))
    assert np.abs(_act(policy, generator) - first).max() > 1e-3


def test_the_next_policy_goes_on_in_the_same_direction_with_its_own_numbers():
    old, new = _policy(ParameterNoise(0.1), seed=0), _policy(ParameterNoise(0.3), seed=1)
    generator = np.random.default_rng(0)
    old.begin(np.array([0]))
    _act(old, generator)
    new.follow(old)
    direction = draw_direction(old.actor, np.random.default_rng(0))  # what the generator drew
    expected = np.tanh(moved(new.actor, direction, 0.3)(OBSERVATION))
    np.testing.assert_allclose(_act(new, generator), expected, rtol=1e-6)


def test_worlds_share_directions_by_their_number():
    policy = _policy(ParameterNoise(0.1, n_direction=4))
    policy.begin(np.arange(10))
    action = _act(policy, np.random.default_rng(0), 10)
    for world in range(10):
        np.testing.assert_array_equal(action[world], action[world % 4])
    assert len(np.unique(action, axis=0)) == 4


def test_a_group_draws_anew_when_its_first_world_begins():
    policy, generator = _policy(ParameterNoise(0.1, n_direction=4)), np.random.default_rng(0)
    before = _act(policy, generator, 10)
    policy.begin(np.array([5, 9]))
    np.testing.assert_array_equal(_act(policy, generator, 10), before)
    policy.begin(np.array([1]))
    after = _act(policy, generator, 10)
    changed = (after != before).any(axis=1)
    assert np.flatnonzero(changed).tolist() == [1, 5, 9]


def test_deviation_grows_with_sigma():
    network = Mlp((4, 64, 64, 3), "relu", layer_norm=True)
    actor = _policy(ParameterNoise(0.1), network=network).actor
    observation = np.random.default_rng(3).normal(size=(256, 4))
    measure = deviation(actor, draw_direction(actor, np.random.default_rng(1)), observation)
    small, large = measure(0.001), measure(0.01)
    assert large == pytest.approx(10 * small, rel=0.1)  # in proportion while it is small
