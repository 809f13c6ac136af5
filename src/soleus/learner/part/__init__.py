"""Optional, composable pieces of learning."""

from soleus.learner.part.base import Part
from soleus.learner.part.batch_axis import BatchAxis
from soleus.learner.part.equivariance import Equivariance
from soleus.learner.part.mirror_data import MirrorData
from soleus.learner.part.registry import NETWORKS, PARTS, ROWS, Symmetry
from soleus.learner.part.single_leg import SingleLeg
from soleus.learner.part.symmetric_loss import SymmetricLoss

__all__ = [
    "NETWORKS",
    "PARTS",
    "ROWS",
    "BatchAxis",
    "Equivariance",
    "MirrorData",
    "Part",
    "SingleLeg",
    "SymmetricLoss",
    "Symmetry",
]
