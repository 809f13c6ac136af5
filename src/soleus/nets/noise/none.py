"""No noise, for the episodes in which a policy is to see where it gets by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.noise.base import Actor, Noise


@final
@dataclass(frozen=True)
class NoNoise(Noise):
    """Does what the actor does."""

    kind: ClassVar[str] = "none"

    def explore(
        self, actor: Actor, observation: NDArray[np.floating], generator: np.random.Generator
    ) -> NDArray[np.float32]:
        del generator
        return np.tanh(actor(observation))

    def description(self) -> dict[str, Any]:
        return {"kind": self.kind}
