"""Where the parts of a body are, of all that Learn to Move tells: no muscles, no forces on feet, no joint speeds."""

from __future__ import annotations

from fnmatch import fnmatchcase

from soleus.engine.base import Array
from soleus.task.layout import Layout
from soleus.task.transform.base import Mapped

POSE = ("*target*", "pelvis *", "*_abduction_?", "*_extension_?")
"""The target, the pelvis with its speeds, and the joint angles (Bliznashki 2019, what his predictors were told)"""


def pose(observation: Layout, action: Layout) -> Mapped:
    """These and nothing else, in their order."""
    del action
    kept = [i for i, name in enumerate(observation.names) if any(fnmatchcase(name, pattern) for pattern in POSE)]

    def change(observed: Array) -> Array:
        return observed[:, kept]

    return Mapped(Layout(tuple(observation.fields[i] for i in kept)), change, linear=True)
