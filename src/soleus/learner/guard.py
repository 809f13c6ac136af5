"""What no learner lets in or out: transitions that do not fit, and numbers that ran away."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from soleus.sampler.batch import Batch


class BatchError(ValueError):
    """Worlds gave what cannot be learnt from; whoever made the task, or asked for more than it tells, can help."""


def check_batch(batch: Batch, n_observation: int, n_action: int) -> None:
    """Refuse what would spoil a learner's memory or its normaliser for good."""
    n = len(batch)
    shapes = {
        "observation": (n, n_observation),
        "next_observation": (n, n_observation),
        "action": (n, n_action),
        "reward": (n,),
        "world": (n,),
    }
    for name, shape in shapes.items():
        values = getattr(batch, name)
        if values.shape != shape:
            raise ValueError(f"the batch's {name} has shape {values.shape}, this learner needs {shape}")
        refuse_strange(name, values)


def refuse_strange(name: str, values: NDArray) -> None:
    """BatchError, with the place, for a number of a batch that is not finite."""
    if not np.isfinite(values).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise BatchError(f"the batch's {name} is {values[place]} at {place}: the task must end such an episode")


def finite_metrics(metrics: Mapping[str, Any], n_updates: int) -> dict[str, float]:
    """Scalars as numbers of Python; FloatingPointError for the first that is none."""
    numbers = {name: float(value) for name, value in metrics.items()}
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise FloatingPointError(f"{name} became {value} after {n_updates} updates")
    return numbers
