"""The 242 numbers of the velocity field of Learn to Move, pooled to a few, as Bliznashki (2019) did.

`pooled_field` is what his article tells, `target_code` what his program told at last; `task/pooled_target.py` has the
numbers, which are those that rewards read too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from soleus.engine.base import Array
from soleus.task.field import N_VIEW, VIEW
from soleus.task.layout import Field, Layout
from soleus.task.pooled_target import Turn, pool, pooled_target
from soleus.task.transform.base import Mapped

FORWARD = ("behind", "on", "ahead")
TURNS = ("left", "straight", "right")


def view_names(observation: Layout) -> tuple[str, ...]:
    """Names of the numbers of the field, in the order of the task."""
    return tuple(name for name in observation.names if name.startswith("target_velocity "))


def pooled_field(observation: Layout, action: Layout) -> Mapped:
    """Those 2 x 3 numbers in place of the field."""
    del action
    forward = [Field(f"pooled target_velocity forward {place}", "m/s") for place in FORWARD]
    names = [f"pooled target_velocity leftward {place}" for place in TURNS]
    leftward = [
        Field(name, "m/s", mirror=other if name != other else None, mirror_sign=-1.0)
        for name, other in zip(names, names[::-1], strict=True)
    ]

    def told(field: Array) -> Array:
        pooled = pool(field)
        return np.concatenate([pooled.forward, pooled.leftward], axis=1)

    return _in_place_of_field(observation, (*forward, *leftward), told, linear=True)


def target_code(turn: Turn) -> Callable[[Layout, Layout], Mapped]:
    """How the registry builds the 5 numbers in place of the field.

    They are whether to go, where to turn (one of three is 1), and the pooled speed on the body, his stand-in for the
    distance of the target.

    Args:
        turn: which way to turn.
    """
    fields = (
        Field("target go", "1"),
        Field("target left", "1", mirror="target right"),
        Field("target straight", "1"),
        Field("target right", "1", mirror="target left"),
        Field("target speed", "m/s"),
    )

    def build(observation: Layout, action: Layout) -> Mapped:
        del action
        return _in_place_of_field(observation, fields, lambda field: pooled_target(field, turn), linear=False)

    return build


def _in_place_of_field(
    observation: Layout, fields: tuple[Field, ...], change: Callable[[Array], Array], linear: bool
) -> Mapped:
    """What is made of the field, shape (n_world, 2, 11, 11), then everything else as it is."""
    view = observation.index(*view_names(observation))
    assert len(view) == N_VIEW, "the registry has looked for the field"
    others = np.setdiff1d(np.arange(len(observation)), view)

    def told(observed: Array) -> Array:
        field = observed[:, view].reshape(-1, 2, len(VIEW), len(VIEW))
        return np.concatenate([change(field), observed[:, others]], axis=1)

    return Mapped(Layout((*fields, *(observation.fields[i] for i in others))), told, linear=linear)
