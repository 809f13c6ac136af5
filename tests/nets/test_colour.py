"""Colours of noise: their numbers, what they remember, and their statistics."""

from itertools import pairwise

import numpy as np
import pytest

from soleus.nets.noise import Gaussian, OrnsteinUhlenbeck, Pink, Repeated, colour_from
from soleus.nets.noise.repeated import LENGTHS, PROBABILITIES


class Ones:
    """A generator that draws nothing but 1."""

    def standard_normal(self, shape, dtype):
        return np.ones(shape, dtype)


def _draws(colour, n, n_series=1, seed=0):
    """Shape (n, n_series): each a world of its own, with one action."""
    generator = np.random.default_rng(seed)
    return np.array([colour.draw((n_series, 1), generator)[:, 0] for _ in range(n)])


def _correlation(series, lag):
    return (series[lag:] * series[:-lag]).mean() / (series**2).mean()


def test_gaussian_is_what_is_drawn():
    assert Gaussian().draw((2, 3), Ones()).tolist() == np.ones((2, 3)).tolist()
    assert abs(_correlation(_draws(Gaussian(), 20_000), 1)) < 0.03


def test_ornstein_uhlenbeck_by_hand():
    """The decision interval in which half is kept: 1, then 0.5 + sqrt(3)/2, then half of that + sqrt(3)/2."""
    colour = OrnsteinUhlenbeck(correlation_s=1.0, decision_s=np.log(2))
    drawn = [float(colour.draw((1, 1), Ones())[0, 0]) for _ in range(3)]
    assert drawn == pytest.approx([1, 1.36603, 1.54904], rel=1e-5)


def test_ornstein_uhlenbeck_wanders_for_its_correlation_time():
    series = _draws(OrnsteinUhlenbeck(correlation_s=0.2, decision_s=0.04), 2000, 20)
    assert _correlation(series, 5) == pytest.approx(np.exp(-1), abs=0.05)


def _power(colour, n, n_series):
    """Periodogram of many series without a window, averaged in bands of a third of an octave: frequency and power."""
    power = (np.abs(np.fft.rfft(_draws(colour, n, n_series), axis=0)) ** 2).mean(axis=1) / n
    frequency = np.fft.rfftfreq(n)
    edges = np.exp(np.arange(np.log(4 / n), np.log(0.5), np.log(2) / 3))
    inside = [(frequency >= low) & (frequency < high) for low, high in pairwise(edges)]
    return np.array([[frequency[band].mean(), power[band].mean()] for band in inside if band.any()]).T


def test_the_power_of_pink_noise_is_one_over_frequency():
    frequency, power = np.log(_power(Pink(), 1024, 400))
    slope = np.polyfit(frequency, power, 1)[0]
    assert slope == pytest.approx(-1, abs=0.05)
    # Everywhere, not only on average: within 1 dB and what 400 series leave open.
    off_dB = 10 / np.log(10) * (power + frequency - (power + frequency).mean())
    assert np.abs(off_dB).max() < 1
    white = np.polyfit(*np.log(_power(Gaussian(), 1024, 400)), 1)[0]
    assert white == pytest.approx(0, abs=0.05)


def test_pink_noise_has_as_much_variance_in_each_octave():
    frequency = np.fft.rfftfreq(1024)
    power = (np.abs(np.fft.rfft(_draws(Pink(), 1024, 400), axis=0)) ** 2).mean(axis=1)
    octaves = [power[(frequency >= 2.0**-k) & (frequency < 2.0 ** (1 - k))].sum() for k in range(2, 9)]
    assert max(octaves) / min(octaves) < 1.4


def test_repeated_noise_holds_draws_for_as_long_as_it_says():
    series = _draws(Repeated(), 40_000)[:, 0]
    changes = np.flatnonzero(np.diff(series)) + 1
    held = np.diff(changes)
    shares = np.bincount(held, minlength=17)[1:] / len(held)
    np.testing.assert_allclose(shares, PROBABILITIES, atol=0.01)
    assert held.max() == 16
    assert PROBABILITIES[0] / PROBABILITIES[3] == pytest.approx(16)
    assert float(PROBABILITIES @ LENGTHS) == pytest.approx(2.134, abs=1e-3)


def test_repeated_noise_is_correlated_as_long_as_it_may_be_held():
    """A draw of length n is still there after k decisions from n - k of its decisions."""
    series = _draws(Repeated(), 3000, 40)[100:]
    for lag in (1, 4, 16):
        left = np.maximum(LENGTHS - lag, 0)
        assert _correlation(series, lag) == pytest.approx((PROBABILITIES @ left) / (PROBABILITIES @ LENGTHS), abs=0.03)


def test_repeated_noise_holds_all_actions_of_a_world_and_no_other_s():
    colour, generator = Repeated(), np.random.default_rng(0)
    x = np.array([colour.draw((6, 4), generator) for _ in range(200)])
    held = (x[1:] == x[:-1]).all(axis=2)
    assert ((x[1:] == x[:-1]).any(axis=2) == held).all()
    assert 0.3 < held.mean() < 0.7
    assert len(np.unique(held, axis=1).T) == 6


@pytest.mark.parametrize("colour", [OrnsteinUhlenbeck(1e6, 0.01), Repeated()])
def test_only_worlds_that_begin_forget(colour):
    generator = np.random.default_rng(5)
    for _ in range(30):
        first = colour.draw((3, 2), generator)
        colour.begin(np.array([1]))
        second = colour.draw((3, 2), generator)
        assert np.abs(second[1] - first[1]).min() > 1e-3
    if isinstance(colour, OrnsteinUhlenbeck):
        np.testing.assert_allclose(second[[0, 2]], first[[0, 2]], atol=1e-3)


def test_unknown_colour_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown colour 'blue'; known are gaussian, ornstein_uhlenbeck, pink, repea"):
        colour_from({"kind": "blue"})
