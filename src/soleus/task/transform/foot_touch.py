"""How near to the ground the feet are: what stands for their contact's force where that is not observed."""

from __future__ import annotations

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Layout
from soleus.task.transform.base import Mapped
from soleus.task.transform.body import FEET, FOOT_HEIGHTS, named, touch


def foot_touch(observation: Layout, action: Layout) -> Mapped:
    """Adds `touch` of toes and talus of both feet: 4 numbers from -1 to about 1."""
    del action
    heights = observation.index(*FOOT_HEIGHTS)

    def change(observed: Array) -> Array:
        return np.concatenate([observed, touch(observed[:, heights])], axis=1)

    return Mapped(Layout((*observation.fields, *named([f"{foot} touch" for foot in FEET], "1"))), change)
