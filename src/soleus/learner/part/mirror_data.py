"""Mirrored data: a body with two equal sides learns from what it did what its mirror image would have taught."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.part.base import Part, Rollout
from soleus.learner.replay.storage import Transitions
from soleus.nets.array import Array
from soleus.nets.mirror import Mirror


@final
class MirrorData(Part):
    """Mirrors half of every sampled batch, or adds the mirror image of a whole rollout.

    The task must be symmetric: same reward and same end in the mirror. The normaliser sees both images too, so that a
    quantity and its partner are scaled alike.
    """

    name: ClassVar[str] = "data"

    def __init__(self, observation: Mirror, action: Mirror) -> None:
        """Args: how the mirror changes each."""
        self._mirrors = {"observation": observation, "next_observation": observation, "action": action}

    def change_observed(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._mirrors["observation"].doubled(observation)

    def change_rollout(self, rollout: Rollout) -> Rollout:
        """The rollout and then its image (Mittal 2024, arXiv 2403.04359).

        What is no observation or action is the same for an image, advantages and returns: the task is symmetric.
        """
        doubled = {
            name: self._mirrors[name].doubled(column) if name in self._mirrors else np.concatenate([column, column])
            for name, column in rollout._asdict().items()
        }
        return rollout._replace(**doubled)

    def change_batch(self, state: Any, batch: Transitions, key: Array) -> Transitions:
        n_mirrored = len(batch.reward) // 2  # rows are drawn independently, so that any half is a random half
        changed = {
            name: _half_mirrored(getattr(batch, name), mirror, n_mirrored) for name, mirror in self._mirrors.items()
        }
        return batch._replace(**changed)


def _half_mirrored(vectors: Array, mirror: Mirror, n_mirrored: int) -> Array:
    return vectors.__array_namespace__().concat([mirror(vectors[:n_mirrored]), vectors[n_mirrored:]])
