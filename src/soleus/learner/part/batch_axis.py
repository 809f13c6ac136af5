"""A defect, kept for comparison: mirrored data whose legs come from another row instead of from the other side."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.part.base import Part, Rollout
from soleus.learner.replay.storage import Transitions
from soleus.nets.array import Array
from soleus.nets.mirror import Mirror


@final
class BatchAxis(Part):
    """Mirrored data as in the code of Bliznashki 2019, whose `SymmetricMemory` reversed the wrong axis.

    It was meant to exchange the legs. It exchanges rows: an image has the middle of the body of its original, mirrored,
    and the reward; but the legs and the actions of another row, and on the side where they were. So an image tells of
    nothing that ever happened, and a critic learns that what is done hardly matters. Nobody should train with it but to
    see that: `MirrorData` is what was meant. There the rows were those of one moment in all worlds, so that with one
    world nothing was exchanged but the middle's signs; here they are those of the batch. The normaliser sees right
    images: one thing is wrong.
    """

    name: ClassVar[str] = "batch_axis"

    def __init__(self, observation: Mirror, action: Mirror) -> None:
        """Args: how the mirror changes each, which tells here what is in the middle."""
        self._observation = observation
        self._mirrors = {"observation": observation, "next_observation": observation, "action": action}

    def change_observed(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._observation.doubled(observation)

    def change_rollout(self, rollout: Rollout) -> Rollout:
        """The rollout and then what it takes for its image."""
        doubled = {
            name: np.concatenate([column, _reversed(column, self._mirrors[name]) if name in self._mirrors else column])
            for name, column in rollout._asdict().items()
        }
        return rollout._replace(**doubled)

    def change_batch(self, state: Any, batch: Transitions, key: Array) -> Transitions:
        n_reversed = len(batch.reward) // 2
        changed = {}
        for name, mirror in self._mirrors.items():
            column = getattr(batch, name)
            taken = _reversed(column[:n_reversed], mirror)
            changed[name] = column.__array_namespace__().concat([taken, column[n_reversed:]])
        return batch._replace(**changed)


def _reversed(vectors: Array, mirror: Mirror) -> Array:
    """Vectors with a mirrored middle, and everything that has two sides from the row at the other end."""
    xp = vectors.__array_namespace__()
    middle = np.array(mirror.permutation) == np.arange(len(mirror))
    return xp.where(middle, mirror(vectors), vectors[::-1])
