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
        The batch with rewards and their terms summed and the state after the look as the next one; the factor on that
        state's value, 0 after a fall, shape (len(batch),); and whether the look is over, or would go on if the world's
        next transition were known, shape (len(batch),).
    """
    ended, same_world = batch.terminated | batch.truncated, _same_world(batch)
    on = goes_on(batch)
    start = np.arange(len(batch))
    none = np.zeros((len(batch), 0)) if batch.reward_terms is None else batch.reward_terms
    paid = np.concatenate([batch.reward[:, None], none], axis=1, dtype=np.float64)
    summed = paid.copy()
    last = start.copy()
    looking = np.ones(len(batch), dtype=bool)
    for k in range(1, n):
        looking &= on[last]
        last = np.where(looking, last + 1, last)
        summed += np.where(looking[:, None], discount**k * paid[last], 0.0)
    factor = np.where(batch.terminated[last], 0.0, discount ** (last - start + 1))
    over = (last - start + 1 == n) | ended[last] | same_world[last]
    seen = replace(
        batch,
        reward=summed[:, 0].astype(np.float32),
        reward_terms=None if batch.reward_terms is None else summed[:, 1:].astype(np.float32),
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
        batch = joined(self._waiting, batch)
        seen, factor, over = n_step_return(batch, self._n, self._discount)
        self._waiting = None if over.all() else batch[~over]
        return seen[over], factor[over]

    def state(self) -> dict[str, NDArray]:
        """All that `load` needs, as named arrays; none when nobody waits."""
        return {} if self._waiting is None else self._waiting.columns()

    def load(self, state: Mapping[str, NDArray]) -> None:
        """Take back what `state` gave."""
        self._waiting = Batch.of_columns(state) if state else None


def joined(before: Batch | None, batch: Batch) -> Batch:
    """A batch behind what waited for it, world after world, each in time order."""
    if before is None:
        return batch
    old, new = before.columns(), batch.columns()
    order = np.argsort(np.concatenate([old["world"], new["world"]]), kind="stable")
    return Batch.of_columns({name: np.concatenate([old[name], new[name]])[order] for name in new})


def generalised_advantage(
    batch: Batch, value: NDArray[np.floating], next_value: NDArray[np.floating], discount: float, decay: float
) -> NDArray[np.float64]:
    """How much better each action was than the value of its state (Schulman 2016, 1506.02438, equations 11 and 16).

        delta = reward + discount x next_value - value
        advantage = delta + discount x decay x the advantage of the next decision

    The sum ends where the episode does, or where the batch does not go on in time. What comes after is then what the
    next state is worth, and nothing after a fall: time limits and the batch's edge are no ends for good.

    Args:
        batch: transitions, world after world, each in time order.
        value: of each observation, shape (len(batch),) [reward].
        next_value: of each next observation, whether or not it counts, shape (len(batch),) [reward].
        discount: weight of the next decision.
        decay: lambda, in [0, 1]. 1 sums all rewards that were seen, which is noisy; 0 believes the next value, which
            may be wrong.

    Returns:
        Advantages, shape (len(batch),) [reward].
    """
    delta = batch.reward + np.where(batch.terminated, 0.0, discount * next_value) - value
    kept = np.where(goes_on(batch), discount * decay, 0.0)
    advantages, later = [], 0.0
    for now, weight in zip(delta[::-1].tolist(), kept[::-1].tolist(), strict=True):
        later = now + weight * later
        advantages.append(later)
    return np.array(advantages[::-1])


def goes_on(batch: Batch) -> NDArray[np.bool_]:
    """Whether the next row is what the same world did next in the same episode, shape (len(batch),)."""
    follows = np.append((batch.next_observation[:-1] == batch.observation[1:]).all(axis=1), False)
    return ~(batch.terminated | batch.truncated) & _same_world(batch) & follows


def _same_world(batch: Batch) -> NDArray[np.bool_]:
    """Whether the next row is of the same world."""
    return np.append(batch.world[:-1] == batch.world[1:], False)
