"""Returns of batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from soleus.sampler.batch import Batch


def n_step_return(batch: Batch, n: int, discount: float) -> tuple[Batch, NDArray[np.float32], NDArray[np.bool_]]:
    """Look n decisions ahead (Sutton 1988; for replay e.g. Hessel 2018, 1710.02298, section 2).

    A look ends early where the episode does, or where the batch does not go on in time. Then fewer rewards are summed,
    and the bootstrap starts from there with the discount of as many decisions: no return is invented.

    Args:
        batch: transitions, world after world, each in time order.
        n: decisions to look ahead; 1 gives every transition back as it is.
        discount: weight of the next decision.

    Returns:
        The batch with rewards summed and the state after the look as the next one; the factor on that state's value, 0
        after a fall, shape (len(batch),); and whether the look is over, or would go on if the world's next transition
        were known, shape (len(batch),).
    """
    ended = batch.terminated | batch.truncated
    same_world = np.append(batch.world[:-1] == batch.world[1:], False)
    follows = np.append((batch.next_observation[:-1] == batch.observation[1:]).all(axis=1), False)
    goes_on = ~ended & same_world & follows
    start = np.arange(len(batch))
    reward = batch.reward.astype(np.float64)
    last = start.copy()
    looking = np.ones(len(batch), dtype=bool)
    for k in range(1, n):
        looking &= goes_on[last]
        last = np.where(looking, last + 1, last)
        reward += np.where(looking, discount**k * batch.reward[last], 0.0)
    factor = np.where(batch.terminated[last], 0.0, discount ** (last - start + 1))
    over = (last - start + 1 == n) | ended[last] | same_world[last]
    seen = replace(
        batch,
        reward=reward.astype(np.float32),
        next_observation=batch.next_observation[last],
        terminated=batch.terminated[last],
        truncated=batch.truncated[last],
    )
    return seen, factor.astype(np.float32), over


class NStepReturns:
    """Looks n decisions ahead in every world, from one batch into the next: who cannot see far enough yet waits."""

    def __init__(self, n: int, discount: float) -> None:
        """Args: as for `n_step_return`."""
        self._n = n
        self._discount = discount
        self._waiting: Batch | None = None

    def receive(self, batch: Batch) -> tuple[Batch, NDArray[np.float32]]:
        """Transitions whose look is over, with their factors, as `n_step_return` gives them."""
        if self._waiting is not None:
            old, new = self._waiting.columns(), batch.columns()
            order = np.argsort(np.concatenate([old["world"], new["world"]]), kind="stable")
            batch = Batch.of_columns({name: np.concatenate([old[name], new[name]])[order] for name in new})
        seen, factor, over = n_step_return(batch, self._n, self._discount)
        self._waiting = None if over.all() else batch[~over]
        return seen[over], factor[over]

    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays; none when nobody waits."""
        return {} if self._waiting is None else self._waiting.columns()

    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""
        self._waiting = Batch.of_columns(state) if state else None
