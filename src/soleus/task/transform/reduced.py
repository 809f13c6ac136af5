"""The reduced state of Ghelfi, Arcari and Gagliardi (2018, learning-to-run): places, joints and mass centre only.

No strengths and no obstacles: they ran on a flat track.
"""

from __future__ import annotations

from dataclasses import replace

from soleus.engine.base import Array
from soleus.task.layout import Layout
from soleus.task.transform.base import Mapped
from soleus.task.transform.body import MASS_CENTER, POINT_PLACES, speeds

JOINTS = ("hip_flexion_l", "hip_flexion_r", "knee_angle_l", "knee_angle_r", "ankle_angle_l", "ankle_angle_r")
WITHOUT_FORWARD = (
    "pelvis_ty",
    *(name for joint in (*JOINTS, "pelvis_tilt") for name in (joint, f"{joint} speed")),
    *POINT_PLACES,
    *MASS_CENTER,
    *speeds((*MASS_CENTER, "pelvis_tx", "pelvis_ty")),
)
"""The 33 numbers, in their order"""


def reduced33(observation: Layout, action: Layout) -> Mapped:
    """The variant that they trained: forward positions relative to the pelvis, whose own is left out."""
    del action
    return chosen(observation, WITHOUT_FORWARD)


def reduced34(observation: Layout, action: Layout) -> Mapped:
    """The same after the pelvis' forward position in ground."""
    del action
    return chosen(observation, ("pelvis_tx", *WITHOUT_FORWARD))


def chosen(observation: Layout, names: tuple[str, ...]) -> Mapped:
    """Some of the numbers, forward positions relative to the pelvis, except its own."""
    source, (pelvis,) = observation.index(*names), observation.index("pelvis_tx").tolist()
    centred = [place for place, i in enumerate(source) if observation.fields[i].forward_position and i != pelvis]

    def change(observed: Array) -> Array:
        told = observed[:, source]
        told[:, centred] -= observed[:, [pelvis]]
        return told

    fields = [
        replace(observation.fields[i], forward_position=observation.fields[i].forward_position and i == pelvis)
        for i in source
    ]
    return Mapped(Layout(tuple(fields)), change, linear=True)
