"""Moments that are merged, and the units of predictors: what one world alone must not change."""

import jax.numpy as jnp
import numpy as np
import pytest

from soleus.nets.moments import Moments
from soleus.nets.whitening import LIMIT, WHITENINGS, BatchWhitening, RunningWhitening, Statistics

RANDOM = np.random.default_rng(0)
BEFORE = (5 + 2 * RANDOM.standard_normal((400, 3))).astype(np.float32)
AFTER = (BEFORE + 0.1 + 0.5 * RANDOM.standard_normal((400, 3))).astype(np.float32)
REWARD = RANDOM.standard_normal(400).astype(np.float32)
STATISTICS = Statistics.fresh(3).received(BEFORE, AFTER, REWARD)


def test_merged_moments_are_those_of_all_rows():
    moments = Moments.fresh(3)
    for first, last in ((0, 7), (7, 8), (8, 400)):
        moments = moments.received(BEFORE[first:last])
    np.testing.assert_allclose(moments.mean, BEFORE.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(moments.variance, BEFORE.var(axis=0), rtol=1e-4)
    assert moments.n_row == 400
    jax_moments = Moments.fresh(3).received(jnp.array(BEFORE))
    np.testing.assert_allclose(jax_moments.variance, BEFORE.var(axis=0), rtol=1e-4)


def test_old_rows_are_forgotten():
    """1 for 100 rows, then 0 in tens: with a memory of 20 each ten counts half."""
    moments = Moments.fresh(1).received(np.ones((100, 1), np.float32), memory=20)
    assert moments.n_row == 100
    for left in (0.5, 0.25, 0.125):
        moments = moments.received(np.zeros((10, 1), np.float32), memory=20)
        assert moments.n_row == 20
        assert moments.mean[0] == pytest.approx(left)


def test_what_does_not_vary_has_no_deviation():
    rows = np.array([[1.0, 1e6, 0.0], [3.0, 1e6 + 0.06, 0.0]], np.float32)
    np.testing.assert_allclose(Moments.fresh(3).received(rows).deviation(), [1.0, 0.0, 0.0])


def test_changes_that_are_rounding_are_no_changes():
    """A position of 1e4 in float32 moves by thousandths when it does not move."""
    before = np.full((50, 2), 1e4, np.float32)
    after = before + np.float32(1e-3) * RANDOM.standard_normal((50, 2)).astype(np.float32)
    after[:, 1] += RANDOM.standard_normal(50).astype(np.float32)
    statistics = Statistics.fresh(2).received(before, after, REWARD[:50])
    target = RunningWhitening().target(statistics, before, after)
    np.testing.assert_array_equal(target[:, 0], 0)
    assert target[:, 1].std() == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("kind", WHITENINGS)
def test_targets_and_what_is_seen_are_white(kind):
    whitening = WHITENINGS[kind]
    for white in (whitening.seen(STATISTICS, BEFORE), whitening.target(STATISTICS, BEFORE, AFTER)):
        np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(white.std(axis=0), 1, rtol=1e-4)


def test_running_moments_lead_back_to_what_follows():
    whitening = RunningWhitening()
    target = whitening.target(STATISTICS, BEFORE, AFTER)
    np.testing.assert_allclose(whitening.following(STATISTICS, BEFORE, target), AFTER, rtol=1e-5)


def test_one_world_sees_with_running_moments_what_it_sees_among_many():
    whitening = RunningWhitening()
    among = whitening.seen(STATISTICS, BEFORE)[:1]
    np.testing.assert_array_equal(whitening.seen(STATISTICS, BEFORE[:1]), among)
    assert np.abs(among).min() > 0


def test_one_world_sees_nothing_with_moments_of_the_batch():
    """As published: the policy that was submitted saw one world."""
    whitening = BatchWhitening()
    np.testing.assert_array_equal(whitening.seen(STATISTICS, BEFORE[:1]), 0)
    np.testing.assert_allclose(whitening.following(STATISTICS, BEFORE[:1], np.full((1, 3), 7.0)), BEFORE[:1])


def test_moments_of_the_batch_say_what_follows_in_units_of_what_was():
    said = BatchWhitening().target(STATISTICS, BEFORE, AFTER)
    expected = BEFORE.mean(axis=0) + BEFORE.std(axis=0) * (AFTER - AFTER.mean(axis=0)) / AFTER.std(axis=0)
    np.testing.assert_allclose(BatchWhitening().following(STATISTICS, BEFORE, said), expected, rtol=1e-4)


def test_spikes_are_cut():
    far = np.full((1, 3), 1e9, np.float32)
    np.testing.assert_array_equal(RunningWhitening().seen(STATISTICS, far), LIMIT)
    np.testing.assert_array_equal(RunningWhitening().seen(STATISTICS, -far), -LIMIT)


def test_disagreement_is_judged_in_the_units_of_four_worlds_as_published():
    """So that a place 100 deviations off is nothing special among itself, and moments of all rows say that it is."""
    four = np.array([[0.0], [2.0], [4.0], [2.0], [100.0], [100.0]], np.float32)
    told = BatchWhitening().judged(STATISTICS, four)[:, 0]
    np.testing.assert_allclose(told, [-(2**0.5), 0, 2**0.5, 0, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(BatchWhitening().judged(STATISTICS, jnp.array(four))[:, 0], told, rtol=1e-6)
    running = RunningWhitening()
    np.testing.assert_array_equal(running.judged(STATISTICS, BEFORE), running.seen(STATISTICS, BEFORE))
