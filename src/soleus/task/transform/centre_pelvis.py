"""Forward positions from the pelvis, so that a stride looks the same wherever it is made."""

from __future__ import annotations

from dataclasses import replace

from soleus.engine.base import Array
from soleus.task.layout import Layout
from soleus.task.transform.base import Mapped


def centre_pelvis(observation: Layout, action: Layout) -> Mapped:
    """All forward positions in ground relative to the pelvis, whose own becomes 0.

    A task that observes no forward position in ground looks the same already, and stays as it is.
    """
    del action
    forward = observation.forward_positions
    pelvis = observation.index("pelvis_tx") if len(forward) else forward

    def change(observed: Array) -> Array:
        centred = observed.copy()
        centred[:, forward] -= observed[:, pelvis]
        return centred

    layout = Layout(tuple(replace(field, forward_position=False) for field in observation.fields))
    return Mapped(layout, change, linear=True)
