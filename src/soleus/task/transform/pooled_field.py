"""The 242 numbers of the velocity field of Learn to Move, pooled to a few, as Bliznashki (2019) did.

Of the 11 x 11 places every second is taken, and of those 6 x 6 the means of 2 x 2: behind, on and ahead of the body, at
its left, on it and at its right. `pooled_field` is what his article tells, `target_code` what his program told at last.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.task.field import N_VIEW, VIEW
from soleus.task.layout import Field, Layout
from soleus.task.transform.base import Mapped

Turn = Callable[[Array, Array], NDArray[np.integer]]
FORWARD = ("behind", "on", "ahead")
TURNS = ("left", "straight", "right")
ARRIVED = 0.3
"""Target speeds below this, as pooled, mean that the target is here: stop [m/s]."""
TURN_FORCED_BELOW = 1.0
"""As published: a lateral speed on the body below this forbids to go straight [m/s]."""


def view_names(observation: Layout) -> tuple[str, ...]:
    """Names of the numbers of the field, in the order of the task."""
    return tuple(name for name in observation.names if name.startswith("target_velocity "))


def pooled(view: Array) -> tuple[Array, Array]:
    """The field in 2 x 3 numbers.

    Args:
        view: as the task tells it, component, back to front, right to left, shape (n_world, 242) [m/s].

    Returns:
        Mean forward velocity behind, on and ahead of the body, and mean leftward velocity at its left, on it and at its
        right, each of shape (n_world, 3) [m/s].
    """
    n = len(VIEW)
    every_second = view.reshape(len(view), 2, n, n)[:, :, ::2, ::2]
    # Sums written out, since NumPy's own come out otherwise for other numbers of worlds.
    rows = every_second[:, :, 0::2] + every_second[:, :, 1::2]
    forward, leftward = np.moveaxis((rows[..., 0::2] + rows[..., 1::2]) / 12.0, 1, 0)
    across = forward[..., 0] + forward[..., 1] + forward[..., 2]
    along = leftward[:, 0] + leftward[:, 1] + leftward[:, 2]
    return across, along[:, ::-1]


def pooled_field(observation: Layout, action: Layout) -> Mapped:
    """Those 2 x 3 numbers in place of the field."""
    del action
    forward = [Field(f"pooled target_velocity forward {place}", "m/s") for place in FORWARD]
    names = [f"pooled target_velocity leftward {place}" for place in TURNS]
    leftward = [
        Field(name, "m/s", mirror=other if name != other else None, mirror_sign=-1.0)
        for name, other in zip(names, names[::-1], strict=True)
    ]
    return _in_place_of_field(
        observation, (*forward, *leftward), lambda view: np.concatenate(pooled(view), axis=1), True
    )


def target_code(turn: Turn) -> Callable[[Layout, Layout], Mapped]:
    """How the registry builds the 5 numbers in place of the field.

    They are whether to go, where to turn (one of three is 1), and the pooled speed on the body, his stand-in for the
    distance of the target.

    Args:
        turn: chooses 0 (left), 1 (straight) or 2 (right) from forward velocities and lateral speeds as pooled.
    """
    fields = (
        Field("target go", "1"),
        Field("target left", "1", mirror="target right"),
        Field("target straight", "1"),
        Field("target right", "1", mirror="target left"),
        Field("target speed", "m/s"),
    )

    def code(view: Array) -> Array:
        forward, leftward = pooled(view)
        lateral = np.abs(leftward)
        speed = np.hypot(forward[:, 1:2], lateral[:, 1:2])
        return np.concatenate([1.0 * (speed > ARRIVED), np.eye(3)[turn(forward, lateral)], speed], axis=1)

    return lambda observation, action: _in_place_of_field(observation, fields, code, linear=False)


def turn_to_target(forward: Array, lateral: Array) -> NDArray[np.integer]:
    """To where the lateral speed is least; but for a target behind, which is straight as well, to the lesser side.

    Args:
        forward: velocity behind, on and ahead of the body, shape (n_world, 3) [m/s].
        lateral: speed at its left, on it and at its right, shape (n_world, 3) [m/s].

    Returns:
        0 (left), 1 (straight) or 2 (right), shape (n_world,).
    """
    side = np.where(lateral[:, 0] <= lateral[:, 2], 0, 2)
    least = np.minimum(lateral[:, 0], lateral[:, 2])
    is_straight = (lateral[:, 1] <= least) | (lateral[:, 0] == lateral[:, 2])
    return np.where(is_straight & (forward[:, 1] >= 0.0), 1, side)


def turn_as_published(forward: Array, lateral: Array) -> NDArray[np.integer]:
    """The same as his program chose: it forbids to go straight wherever the lateral speed on the body is below 1 m/s,
    which it practically always is, and not only for targets behind.
    """
    del forward
    order = np.argsort(lateral, axis=1, kind="stable")
    forced = (order[:, 0] == 1) & (lateral[:, 1] < TURN_FORCED_BELOW)
    return np.where(forced, order[:, 1], order[:, 0])


def _in_place_of_field(
    observation: Layout, fields: tuple[Field, ...], change: Callable[[Array], Array], linear: bool
) -> Mapped:
    """What is made of the field, then everything else as it is."""
    view = observation.index(*view_names(observation))
    assert len(view) == N_VIEW, "the registry has looked for the field"
    others = np.setdiff1d(np.arange(len(observation)), view)

    def told(observed: Array) -> Array:
        return np.concatenate([change(observed[:, view]), observed[:, others]], axis=1)

    return Mapped(Layout((*fields, *(observation.fields[i] for i in others))), told, linear=linear)
