"""Policies whose members act in turn, or of whose proposals the critics choose."""

from soleus.nets.members.policy import EnsemblePolicy, Member
from soleus.nets.members.turns import Turns
from soleus.nets.members.vote import RULES

__all__ = ["RULES", "EnsemblePolicy", "Member", "Turns"]
