"""What parts add to losses, apart from the parts so that reading a config imports no JAX."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from soleus.learner.part.base import Observed, Part
from soleus.nets.array import Array


def loss_of_parts(
    parts: Sequence[Part], act: Callable[[Array], Array], batch: Observed, keys: Sequence[Array]
) -> Array:
    """What parts add to an actor's loss; 0 without any.

    Args:
        parts: of the learner.
        act: normalised observations -> the deterministic actions of the actor that learns.
        batch: what is learnt from, observations normalised.
        keys: one for each part, the same as for its batch.
    """
    losses = (  # of a key folded, so that no part meets the same random numbers in two hooks
        part.actor_loss(act, batch, jax.random.fold_in(key, 1)) for part, key in zip(parts, keys, strict=True)
    )
    return sum(losses, start=jnp.float32(0))
