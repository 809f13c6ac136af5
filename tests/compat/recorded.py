"""Episodes that osim-rl itself wrote down (tests/fixtures/make_osim_rl.py), and how near an episode of ours comes."""

from pathlib import Path

import numpy as np

FIXTURES = Path(__file__).parents[1] / "fixtures"


def load(name):
    return np.load(FIXTURES / f"osim_rl_{name}.npz")


def assert_near(found, expected, *, most, nearly_all):
    """No number further off than `most`, and 99 of 100 not further than `nearly_all`.

    Motions part a little: osim-rl integrated at 5e-5, and the first evaluation of each of its control steps still saw
    the excitation before. A fibre that is slack changes its speed by more than its length within such times.
    """
    error = np.abs(np.asarray(found) - np.asarray(expected))
    assert error.max() < most
    assert np.quantile(error, 0.99) < nearly_all
