"""Which episode comes next."""

from __future__ import annotations

import numpy as np

N_SEED = 2**31


class Seeds:
    """Seeds of an environment's episodes."""

    def __init__(self, seed: int | None = None) -> None:
        """Args:
        seed: of the first episode, unless its reset has one; None for any.
        """
        self._first = seed
        self._random: np.random.Generator | None = None

    def choose(self, seed: int | None) -> int:
        """The seed of the next episode: the given one, or one drawn from the last that was given."""
        given = self._first if seed is None else seed
        self._first = None
        if given is not None:
            self._random = np.random.default_rng(given)
            return int(given)
        if self._random is None:
            # osim-rl drew from NumPy's global generator; scripts that seed it expect the same episodes again.
            self._random = np.random.default_rng(np.random.randint(N_SEED))  # noqa: NPY002
        return int(self._random.integers(1, N_SEED))
