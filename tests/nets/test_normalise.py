"""Normalisers: what a learner sees of features that vary, stand still, or jump."""

import numpy as np
import pytest

from soleus.nets.normalise import ManualNormaliser, NoNormaliser, RunningMoments


def _moments(rows, n_pieces=1):
    moments = RunningMoments(rows.shape[1])
    for piece in np.array_split(rows, n_pieces):
        moments.receive(piece.astype(np.float32))
    return moments


def test_pieces_merge_to_the_whole():
    rows = (np.random.default_rng(0).normal([5, -300, 0], [0.1, 20, 1e-3], (1000, 3))).astype(np.float32)
    moments = _moments(rows, n_pieces=37)
    assert moments.n_rows == 1000
    np.testing.assert_allclose(moments.mean, rows.astype(np.float64).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(moments.variance, rows.astype(np.float64).var(axis=0), rtol=1e-9)
    normalised = moments.scaling(10.0)(rows)
    np.testing.assert_allclose(normalised.mean(axis=0), 0, atol=1e-2)
    np.testing.assert_allclose(normalised.std(axis=0), 1, rtol=1e-3)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e6, 1e-20])
def test_a_constant_gives_zero_even_when_it_later_differs(value):
    moments = _moments(np.full((501, 1), value), n_pieces=7)
    scaling = moments.scaling(10.0)
    assert not scaling(np.array([[value], [value + 50]], np.float32)).any()


def test_a_constant_that_starts_to_vary_is_cut_and_then_scaled():
    moments = _moments(np.full((900, 1), 0.1))
    moments.receive(np.array([[5.0]], np.float32))
    assert moments.scaling(10.0)(np.array([[5.0]], np.float32)) == pytest.approx(10)
    moments.receive(np.full((900, 1), 5.0, np.float32))
    assert moments.scaling(10.0)(np.array([[5.0]], np.float32)) == pytest.approx(1, abs=0.01)


def test_what_came_late_has_its_own_mean_and_deviation_and_fades_in():
    """An obstacle that stood 100 m away for a long run, and then comes."""
    moments = _moments(np.full((400_000, 1), 100.0), n_pieces=4)
    rows = np.random.default_rng(0).normal(3, 2, (100_000, 1)).astype(np.float32)
    moments.receive(rows[:1000])
    assert moments.mean == pytest.approx(rows[:1000].mean())
    assert moments.variance == pytest.approx(rows[:1000].var())
    assert moments.scaling(10.0)(rows[:1000]).std() == pytest.approx(1000 / 101_000, rel=1e-3)
    moments.receive(rows[1000:])
    assert moments.scaling(10.0)(rows).std() == pytest.approx(0.5, rel=1e-3)
    assert moments.scaling(10.0)(rows).mean() == pytest.approx(0, abs=1e-3)
    loaded = RunningMoments(1)
    loaded.load(moments.state())
    assert loaded.scaling(10.0) == moments.scaling(10.0)


def test_what_varied_late_in_what_is_merged_counts_from_there():
    still, late = np.full((50, 1), 7.0), np.random.default_rng(0).normal(3, 2, (20, 1)).astype(np.float32)
    other = _moments(still)
    other.receive(late)
    merged = _moments(still)
    merged.merge(other)
    assert merged.n_rows == 120
    assert merged.variance == pytest.approx(late.var())
    assert merged.scaling(10.0)(late).std() == pytest.approx(20 / 120, rel=1e-3)


def test_what_comes_late_in_batches_that_are_each_constant_fades_in():
    """One world, in which an obstacle is the same for all of a batch."""
    moments = _moments(np.zeros((400_000, 1)), n_pieces=10)
    radii = np.random.default_rng(0).uniform(0.05, 0.2, 2000)
    for i, radius in enumerate(radii):
        moments.receive(np.full((16, 1), radius, np.float32))
        told = abs(moments.scaling(10.0)(np.full((1, 1), radius, np.float32)))
        assert told < 0.1 + 16 * (i + 1) / 100_000
    scaled = moments.scaling(10.0)(radii[:, None].astype(np.float32))
    assert scaled.std() == pytest.approx(32_000 / 132_000, rel=1e-3)


def test_spikes_are_cut_at_the_limit():
    scaling = _moments(np.array([[-1.0], [1.0]])).scaling(3.0)
    np.testing.assert_array_equal(scaling(np.array([[-100.0], [2.0], [1e30]], np.float32))[:, 0], [-3, 2, 3])


@pytest.mark.parametrize("n_rows", [0, 1])
def test_before_a_second_row_nothing_is_known_to_vary(n_rows):
    moments = _moments(np.full((n_rows, 2), 7.0))
    assert not moments.scaling(10.0)(np.array([[3.0, 9.0]], np.float32)).any()


def test_the_first_rows_do_not_blow_up():
    """A deviation of a few rows means little: what comes next is cut, and soon it is as it should be."""
    random = np.random.default_rng(0)
    rows = random.normal([0, 300], [1, 20], (500, 2)).astype(np.float32)
    rows[:2] = [[0.3, 300.0], [0.30001, 300.001]]
    moments = RunningMoments(2)
    for n_rows, largest in ((1, 0.0), (2, 10.0), (3, 10.0), (10, 10.0), (100, 6.0), (500, 5.0)):
        moments.receive(rows[moments.n_rows : n_rows])
        seen = moments.scaling(10.0)(rows)
        assert np.isfinite(seen).all()
        assert np.abs(seen).max() <= largest


def test_a_spike_is_cut_and_leaves_the_others_their_place():
    random = np.random.default_rng(0)
    rows = random.normal(0, 1, (10_000, 1)).astype(np.float32)
    rows[5000] = 100.0
    scaling = _moments(rows).scaling(10.0)
    seen = scaling(rows)
    assert seen[5000] == 10
    assert np.delete(seen, 5000).std() == pytest.approx(1 / np.sqrt(1 + 100**2 / 10_000), rel=0.02)


def test_manual_numbers_by_hand():
    normaliser = ManualNormaliser(3, (1.0, -2.0, 0.0), (2.0, 0.5, 10.0))
    rows = np.array([[3.0, -1.0, 20.0], [1.0, -22.0, 1e6]], np.float32)
    for _ in range(2):  # what is observed changes nothing
        np.testing.assert_allclose(normaliser.scaling(5.0)(rows), [[1, 2, 2], [0, -5, 5]])
        normaliser.receive(rows)
    assert normaliser.state() == {}


def test_manual_numbers_for_other_observations_are_refused():
    with pytest.raises(ValueError, match="2 numbers of deviation for 3 observed quantities"):
        ManualNormaliser(3, (0.0,) * 3, (1.0,) * 2)


def test_none_leaves_observations_as_they_are():
    normaliser = NoNormaliser(2)
    rows = np.array([[3.0, -1e30], [0.1, 7.0]], np.float32)
    normaliser.receive(rows)
    np.testing.assert_array_equal(normaliser.scaling(10.0)(rows), rows)
    assert normaliser.scaling(10.0)(rows).dtype == np.float32


def test_state_and_load_go_on_bit_for_bit():
    rows = np.random.default_rng(0).normal(3, 2, (50, 4))
    moments = _moments(rows)
    loaded = RunningMoments(4)
    loaded.load(moments.state())
    for each in (moments, loaded):
        each.receive(rows[:7] * 5)
    for name, value in moments.state().items():
        np.testing.assert_array_equal(value, loaded.state()[name])


def test_no_digits_are_lost_far_from_zero():
    moments = RunningMoments(1)
    random = np.random.default_rng(0)
    pieces = [(1000 + random.normal(0, 0.01, (100, 1))).astype(np.float32) for _ in range(500)]
    for piece in pieces:
        moments.receive(piece)
    everything = np.concatenate(pieces).astype(np.float64)
    np.testing.assert_allclose(moments.variance, everything.var(axis=0), rtol=1e-9)


def test_merging_is_receiving():
    rows = np.random.default_rng(0).normal([5, -300], [0.1, 20], (60, 2))
    merged, empty = _moments(rows[:50]), RunningMoments(2)
    merged.merge(_moments(rows[50:]))
    merged.merge(empty)
    received = _moments(rows[:50])
    received.receive(rows[50:].astype(np.float32))
    for name, value in received.state().items():
        np.testing.assert_array_equal(value, merged.state()[name])
