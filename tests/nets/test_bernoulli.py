"""Muscles that are off or on: probabilities by enumeration, by frequency and by hand."""

from itertools import product

import numpy as np
import pytest

from soleus.nets.bernoulli import Bernoulli, _upper_tail

OUTPUT = np.array([[0.3, -1.2, 2.0], [0.0, 5.0, -0.4]])
EVERY = np.array(list(product([-1.0, 1.0], repeat=3)))


def test_by_hand():
    """Even odds, and e^2 to 1."""
    distribution = Bernoulli(np.array([[0.0, 1.0]]))
    p = np.e**2 / (1 + np.e**2)
    assert distribution.log_probability(np.array([[1.0, 1.0]]))[0] == pytest.approx(np.log(0.5) + np.log(p))
    assert distribution.log_probability(np.array([[-1.0, -1.0]]))[0] == pytest.approx(np.log(0.5) + np.log(1 - p))
    np.testing.assert_allclose(distribution.mean(), [[0, 2 * p - 1]])
    assert distribution.entropy()[0] == pytest.approx(np.log(2) - p * np.log(p) - (1 - p) * np.log(1 - p))


@pytest.mark.parametrize("row", range(2))
def test_probabilities_entropy_and_mean_by_enumeration(row):
    distribution = Bernoulli(np.tile(OUTPUT[row], (len(EVERY), 1)))
    log_probability = distribution.log_probability(EVERY)
    probability = np.exp(log_probability)
    assert probability.sum() == pytest.approx(1)
    assert distribution.entropy()[0] == pytest.approx(-(probability * log_probability).sum())
    np.testing.assert_allclose(distribution.mean()[0], probability @ EVERY)
    assert distribution.log_probability(distribution.mode())[0] == pytest.approx(log_probability.max())


def test_draws_are_as_frequent_as_they_are_probable():
    n = 200_000
    distribution = Bernoulli(np.tile(OUTPUT[0].astype(np.float32), (n, 1)))
    noise = np.random.default_rng(0).standard_normal((n, 3), dtype=np.float32)
    action = distribution.action(noise)
    assert action.dtype == np.float32
    assert set(np.unique(action)) == {-1.0, 1.0}
    np.testing.assert_allclose(action.mean(axis=0), np.tanh(OUTPUT[0]), atol=5e-3)
    np.testing.assert_allclose(np.cov(action.T), np.diag(1 - np.tanh(OUTPUT[0]) ** 2), atol=5e-3)
    np.testing.assert_array_equal(distribution.log_density(noise), distribution.log_probability(action))


def test_tail_of_the_normal():
    for x, tail in ((0.0, 0.5), (1.0, 0.1586552539), (-2.0, 0.9772498681), (3.0, 1.349898e-3), (5.0, 2.866516e-7)):
        assert float(_upper_tail(np.array(x))) == pytest.approx(tail, abs=1e-7)


def test_far_out_nothing_overflows():
    distribution = Bernoulli(np.array([[1000.0, -1000.0]], np.float32))
    assert distribution.log_probability(np.array([[1.0, -1.0]], np.float32))[0] == 0
    assert distribution.log_probability(np.array([[-1.0, 1.0]], np.float32))[0] == -4000
    assert distribution.entropy()[0] == 0
