"""The forms of symmetry that a run may ask for: the only list of them. Each is a part, built from a task's mirrors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from soleus.learner.part.base import Part
from soleus.learner.part.batch_axis import BatchAxis
from soleus.learner.part.equivariance import Equivariance
from soleus.learner.part.mirror_data import MirrorData
from soleus.learner.part.single_leg import SingleLeg
from soleus.learner.part.symmetric_loss import SymmetricLoss
from soleus.nets.mirror import Mirror
from soleus.nets.single_leg import Proposals, Silent

Symmetry = Literal["none", "data", "loss", "equivariant", "single_leg", "single_leg_conditioned", "batch_axis"]
ROWS: tuple[Symmetry, ...] = ("data", "batch_axis")
"""Those that change rows to learn from, whatever is done to them afterwards"""
NETWORKS: tuple[Symmetry, ...] = ("equivariant", "single_leg", "single_leg_conditioned")
"""Those that make networks which are symmetric by their form"""

PARTS: dict[Symmetry, Callable[[Mirror, Mirror, float], Part]] = {
    "data": lambda observation, action, weight: MirrorData(observation, action),
    "loss": lambda observation, action, weight: SymmetricLoss(observation, action, weight),
    "equivariant": lambda observation, action, weight: Equivariance(observation, action),
    "single_leg": lambda observation, action, weight: SingleLeg(observation, action, Silent()),
    "single_leg_conditioned": lambda observation, action, weight: SingleLeg(
        observation, action, Proposals(len(action) // 2)
    ),
    "batch_axis": lambda observation, action, weight: BatchAxis(observation, action),
}
"""Name -> part, given the mirror of observations, that of actions, and the weight of what is added to a loss"""
