"""How critics that judge the same proposals come to one score for each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

LEAST_DEVIATION = 1e-6
"""Of a critic's values, which are divided by their deviation: one to whom all proposals are alike abstains [reward]"""


def mean(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """The mean of the critics' values: who sees large differences has much to say.

    Args:
        values: by critic, proposal and world, shape (n_critic, n_proposal, n_world) [reward].

    Returns:
        Scores, shape (n_proposal, n_world).
    """
    return values.mean(axis=0)


def standardised(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """The mean after each critic's values were brought to mean 0 and deviation 1: all have as much to say."""
    centred = values - values.mean(axis=1, keepdims=True)
    return (centred / np.maximum(values.std(axis=1, keepdims=True), LEAST_DEVIATION)).mean(axis=0)


def share(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """The mean after each critic's values were divided by their sum, as the Firework team of 2018 had it (PARL).

    A critic whose values add up to less than 0 votes for what it likes least: only for rewards above 0.
    """
    return (values / values.sum(axis=1, keepdims=True)).mean(axis=0)


RULES: dict[str, Callable[[NDArray[np.floating]], NDArray[np.floating]]] = {
    rule.__name__: rule for rule in (mean, standardised, share)
}
"""By the name that settings and files give them"""
