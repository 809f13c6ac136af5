"""Mirrored replay: a body with two equal sides learns from each transition what its mirror image would have taught."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.part.base import Part
from soleus.learner.replay import Transitions
from soleus.nets.array import Array

_Mirror = tuple[NDArray[np.integer], NDArray[np.float32]]
"""Permutation and sign"""


@final
class MirrorReplay(Part):
    """Mirrors half of every sampled batch. The task must be symmetric: same reward and same end in the mirror.

    The mirror image of a vector is `vector[permutation] * sign`, as a task's layout derives it from its names. The
    normaliser sees both images too, so that a quantity and its partner are scaled alike.
    """

    def __init__(
        self,
        observation_permutation: NDArray[np.integer],
        observation_sign: NDArray[np.floating],
        action_permutation: NDArray[np.integer],
        action_sign: NDArray[np.floating],
    ) -> None:
        _check_involution("observation", observation_permutation, observation_sign)
        _check_involution("action", action_permutation, action_sign)
        self._observation = (observation_permutation, observation_sign.astype(np.float32))
        self._action = (action_permutation, action_sign.astype(np.float32))

    def change_observed(self, observation: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.concatenate([observation, _mirrored(observation, self._observation)])

    def change_batch(self, batch: Transitions, key: Array) -> Transitions:
        n_mirrored = len(batch.reward) // 2  # rows are drawn independently, so that any half is a random half
        return batch._replace(
            observation=_half_mirrored(batch.observation, self._observation, n_mirrored),
            next_observation=_half_mirrored(batch.next_observation, self._observation, n_mirrored),
            action=_half_mirrored(batch.action, self._action, n_mirrored),
        )


def _mirrored(vectors: Array, mirror: _Mirror) -> Array:
    permutation, sign = mirror
    return vectors[:, permutation] * sign


def _half_mirrored(vectors: Array, mirror: _Mirror, n_mirrored: int) -> Array:
    xp = vectors.__array_namespace__()
    return xp.concat([_mirrored(vectors[:n_mirrored], mirror), vectors[n_mirrored:]])


def _check_involution(what: str, permutation: NDArray[np.integer], sign: NDArray[np.floating]) -> None:
    """Refuse a mirror whose second use does not undo the first."""
    n = len(permutation)
    if sign.shape != (n,):
        raise ValueError(f"the {what} mirror has {n} places and signs of shape {sign.shape}: give one sign for each")
    if not np.array_equal(np.sort(permutation), np.arange(n)):
        raise ValueError(f"the {what} mirror {permutation} is no permutation of 0 ... {n - 1}")
    wrong = np.flatnonzero((permutation[permutation] != np.arange(n)) | (sign * sign[permutation] != 1))
    if len(wrong):
        raise ValueError(f"the {what} mirror used twice must change nothing, but it changes places {wrong.tolist()}")
