"""Optional, composable pieces of learning."""

from soleus.learner.part.base import Part
from soleus.learner.part.mirror import MirrorReplay

__all__ = ["MirrorReplay", "Part"]
