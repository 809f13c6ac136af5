"""Histograms of values against numbers worked by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner.categorical_sac_update import cautious
from soleus.learner.value_bins import ValueBins, cross_entropy

BINS = ValueBins(5, 2.0)
"""-2, -1, 0, 1, 2"""


def moved(probability, shift, factor):
    return np.array(BINS.moved(jnp.array([probability]), jnp.array([shift]), jnp.array([factor])))[0]


def test_bins_are_evenly_spaced_between_the_limits():
    np.testing.assert_array_equal(BINS.centres, [-2, -1, 0, 1, 2])
    assert ValueBins(101, 5.0).width == pytest.approx(0.1)


def test_mean_of_even_and_of_certain_logits():
    np.testing.assert_allclose(BINS.mean(jnp.zeros((1, 5))), [0], atol=1e-7)
    np.testing.assert_allclose(BINS.mean(jnp.array([[0, 0, 0, 50.0, 0]])), [1], rtol=1e-6)
    # a quarter at -1, three quarters at 2
    logits = jnp.log(jnp.array([[1e-30, 0.25, 1e-30, 1e-30, 0.75]]))
    np.testing.assert_allclose(BINS.mean(logits), [1.25], rtol=1e-6)


def test_a_value_between_two_bins_is_shared_by_both():
    # after a fall only the shift counts, whatever was believed: 0.3 is 0.7 x 0 + 0.3 x 1
    np.testing.assert_allclose(moved([0.1, 0.2, 0.3, 0.2, 0.2], 0.3, 0.0), [0, 0, 0.7, 0.3, 0], atol=1e-6)
    np.testing.assert_allclose(moved([0, 0, 0, 0, 1.0], -1.25, 0.0), [0.25, 0.75, 0, 0, 0], atol=1e-6)


def test_a_value_on_a_bin_stays_there():
    for place in range(5):
        np.testing.assert_allclose(moved([0.2] * 5, place - 2.0, 0.0), np.eye(5)[place], atol=1e-6)


def test_a_histogram_moves_and_shrinks():
    # 0.5 + 0.5 (-1, 1) = 0, 1
    np.testing.assert_allclose(moved([0, 0.4, 0, 0.6, 0], 0.5, 0.5), [0, 0, 0.4, 0.6, 0], atol=1e-6)
    # 0.5 x (-1, 1) = -0.5, 0.5: both halves meet at 0
    np.testing.assert_allclose(moved([0, 0.4, 0, 0.6, 0], 0.0, 0.5), [0, 0.2, 0.5, 0.3, 0], atol=1e-6)


def test_what_would_leave_the_limits_stays_in_the_last_bin():
    np.testing.assert_allclose(moved([0, 0, 0.5, 0.5, 0], 1.5, 1.0), [0, 0, 0, 0.25, 0.75], atol=1e-6)
    np.testing.assert_allclose(moved([0.2] * 5, -9.0, 1.0), [1, 0, 0, 0, 0], atol=1e-6)


def test_the_mean_moves_along():
    random = np.random.default_rng(0)
    bins = ValueBins(101, 5.0)
    logits = jnp.array(random.normal(0, 3, (64, 101)), jnp.float32)
    shift, factor = random.uniform(-0.2, 0.2, 64).astype(np.float32), random.uniform(0, 0.95, 64).astype(np.float32)
    probability = jax.nn.softmax(logits)
    after = bins.moved(probability, jnp.array(shift), jnp.array(factor))
    np.testing.assert_allclose(after.sum(axis=1), 1, rtol=1e-5)
    assert float(after.min()) >= 0
    np.testing.assert_allclose(after @ bins.centres, shift + factor * np.array(bins.mean(logits)), atol=1e-5)


def test_cross_entropy_and_its_gradient():
    # even logits against (0.25, 0.75) and (1, 0): log 2 each
    logits, target = jnp.zeros((2, 2)), jnp.array([[0.25, 0.75], [1.0, 0.0]])
    np.testing.assert_allclose(cross_entropy(logits, target), [np.log(2), np.log(2)], rtol=1e-6)
    gradient = jax.grad(lambda logits: cross_entropy(logits, target).sum())(logits)
    np.testing.assert_allclose(gradient, [[0.25, -0.25], [-0.5, 0.5]], rtol=1e-6)  # softmax - target


def test_cross_entropy_is_least_where_histograms_agree():
    target = jnp.array([[0.2, 0.3, 0.5]])
    gradient = jax.grad(lambda logits: cross_entropy(logits, target).sum())(jnp.log(target))
    assert not gradient.round(6).any()


def test_the_histogram_of_the_lower_value_is_believed():
    logits = [jnp.log(jnp.array([[0.9, 0.1], [0.5, 0.5]])), jnp.log(jnp.array([[0.2, 0.8], [0.6, 0.4]]))]
    # the first critic is lower in the first row, the second in the second; whole rows are taken, never a mixture
    chosen = cautious(logits, [jnp.array([-0.8, 0.0]), jnp.array([0.6, -0.2])])
    np.testing.assert_allclose(chosen, [[0.9, 0.1], [0.6, 0.4]], rtol=1e-6)
