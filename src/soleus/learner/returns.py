"""Returns as pure functions of batches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from soleus.sampler.batch import Batch


def n_step_return(batch: Batch, n: int, discount: float) -> tuple[Batch, NDArray[np.float32]]:
    """Look n decisions ahead (Sutton 1988; for replay e.g. Hessel 2018, 1710.02298, section 2).

    A look ends early where the episode does, or where the batch does not go on in time. Then fewer rewards are summed,
    and the bootstrap starts from there with the discount of as many decisions: no return is invented.

    Args:
        batch: transitions in time order.
        n: decisions to look ahead; 1 gives every transition back as it is.
        discount: weight of the next decision.

    Returns:
        The batch with rewards summed and the state after the look as the next one, and the factor on that state's
        value, 0 after a fall, shape (len(batch),).
    """
    ended = batch.terminated | batch.truncated
    goes_on = np.append(~ended[:-1] & (batch.next_observation[:-1] == batch.observation[1:]).all(axis=1), False)
    reward = batch.reward.astype(np.float64)
    last = np.arange(len(batch))
    looking = np.ones(len(batch), dtype=bool)
    for k in range(1, n):
        looking &= goes_on[last]
        last = np.where(looking, last + 1, last)
        reward += np.where(looking, discount**k * batch.reward[last], 0.0)
    factor = np.where(batch.terminated[last], 0.0, discount ** (last - np.arange(len(batch)) + 1))
    seen = replace(
        batch,
        reward=reward.astype(np.float32),
        next_observation=batch.next_observation[last],
        terminated=batch.terminated[last],
        truncated=batch.truncated[last],
    )
    return seen, factor.astype(np.float32)
