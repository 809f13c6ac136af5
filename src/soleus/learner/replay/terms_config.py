"""The settings of critics with a value for each reward term, apart from what they become: reading them needs no JAX."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from numpy.typing import NDArray

from soleus.learner.check import check_least
from soleus.learner.guard import BatchError, refuse_strange
from soleus.sampler.batch import Batch


@final
@dataclass(frozen=True)
class TermsConfig:
    """Which terms of the reward have values of their own, and what they count."""

    names: tuple[str, ...] = ()
    """Terms of training's reward that critics tell apart, the task's own being "task"; what else is paid is one more,
    called rest. None of them leaves one value of everything."""
    weights: tuple[float, ...] = ()
    """What each term counts for the actor at the start, a number for each name; none counts all as they are paid.
    Critics go on when weights change: what was learnt of a term stays true."""
    weights_end: tuple[float, ...] = ()
    """What each counts after `weight_updates`; none keeps them."""
    weight_updates: int = 1_000_000
    """Updates in which weights go in a straight line to their end; from then on they stay."""

    def __post_init__(self) -> None:
        check_least(self, 1, "weight_updates")
        if len(set(self.names)) < len(self.names) or {"rest", "entropy"} & set(self.names):
            raise ValueError(
                f"terms names are {self.names}; name each once, and neither rest nor entropy, which it adds"
            )
        for name in ("weights", "weights_end"):
            given = getattr(self, name)
            if given and len(given) != len(self.names):
                raise ValueError(
                    f"terms {name} are {given} for names {self.names}; give one number for each name, or none"
                )
            if not all(math.isfinite(number) for number in given):
                raise ValueError(f"terms {name} are {given}; they must be finite")

    @property
    def start(self) -> tuple[float, ...]:
        """What each term counts at the start."""
        return self.weights or (1.0,) * len(self.names)

    @property
    def end(self) -> tuple[float, ...]:
        """What each counts in the end."""
        return self.weights_end or self.start

    def chosen(self, batch: Batch) -> Batch:
        """The batch with only these terms, in this order; without any if there are none.

        Raises:
            ValueError: nobody pays a term of such a name.
        """
        if not self.names:
            return replace(batch, reward_terms=None, term_names=())
        missing = [name for name in self.names if name not in batch.term_names]
        if missing or batch.reward_terms is None:
            paid = ", ".join(batch.term_names) or "no terms by name"
            raise BatchError(f"terms names has {', '.join(missing)}, but the task pays {paid}; name some of these")
        places = [batch.term_names.index(name) for name in self.names]
        terms: NDArray[np.float32] = batch.reward_terms[:, places]
        refuse_strange("reward terms", terms)
        return replace(batch, reward_terms=terms, term_names=self.names)
