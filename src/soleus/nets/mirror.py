"""The mirror of vectors, left and right exchanged: which number takes whose place, and which change their sign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from soleus.nets.array import Array


@final
@dataclass(frozen=True)
class Mirror:
    """The image of a vector is `vector[..., permutation] * sign`; used twice it changes nothing.

    A task's layout derives it from the names of its fields. Plain numbers, so that it can lie in a policy's file.
    """

    permutation: tuple[int, ...]
    """The place that each number of the image comes from"""
    sign: tuple[float, ...]
    """-1 for a number that counts the other way in the mirror, as sideways ones do; else 1"""

    def __post_init__(self) -> None:
        n = len(self.permutation)
        if len(self.sign) != n:
            raise ValueError(f"a mirror has {n} places and {len(self.sign)} signs: give one sign for each place")
        if sorted(self.permutation) != list(range(n)):
            raise ValueError(f"the mirror {self.permutation} is no permutation of 0 ... {n - 1}")
        if strange := sorted(set(self.sign) - {1.0, -1.0}):
            raise ValueError(f"a mirror has the signs {strange}; allowed are 1 and -1")
        wrong = [
            place
            for place, partner in enumerate(self.permutation)
            if self.permutation[partner] != place or self.sign[partner] != self.sign[place]
        ]
        if wrong:
            raise ValueError(f"a mirror used twice must change nothing, but this one changes places {wrong}")

    @classmethod
    def of(cls, permutation: ArrayLike, sign: ArrayLike) -> Mirror:
        """The same from arrays of shape (n,)."""
        return cls(tuple(np.asarray(permutation).tolist()), tuple(np.asarray(sign, np.float64).tolist()))

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Mirror:
        """The mirror that a description is of."""
        return cls(tuple(description["permutation"]), tuple(description["sign"]))

    def description(self) -> dict[str, Any]:
        """What `from_description` builds it again from, as JSON can hold it."""
        return asdict(self)

    def __len__(self) -> int:
        return len(self.permutation)

    def __call__(self, vectors: Array) -> Array:
        """The images of vectors, shape (..., n)."""
        return vectors[..., self._permutation] * self._sign

    def doubled(self, vectors: Array) -> Array:
        """Vectors and then their images, shape (2 n_vector, n)."""
        return vectors.__array_namespace__().concat([vectors, self(vectors)])

    def joined(self, other: Mirror) -> Mirror:
        """The mirror of vectors that are laid end to end."""
        others = tuple(len(self) + place for place in other.permutation)
        return Mirror(self.permutation + others, self.sign + other.sign)

    def unsigned(self) -> Mirror:
        """The mirror of what is never negative, such as deviations: numbers change their place, and no sign."""
        return Mirror(self.permutation, (1.0,) * len(self))

    @cached_property
    def _permutation(self) -> NDArray[np.intp]:
        return np.array(self.permutation, np.intp)

    @cached_property
    def _sign(self) -> NDArray[np.float32]:
        return np.array(self.sign, np.float32)
