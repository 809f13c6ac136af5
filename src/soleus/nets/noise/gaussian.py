"""White noise: no number knows of another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.noise.colour import Colour


@final
@dataclass(frozen=True)
class Gaussian(Colour):
    """Independent from decision to decision."""

    kind: ClassVar[str] = "gaussian"

    def draw(self, shape: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
        return generator.standard_normal(shape, dtype=np.float32)

    def settings(self) -> dict[str, float]:
        return {}
