"""observation -> action distribution or value. NumPy only: what acts must not need what learns."""

from soleus.nets.actor import ActorPolicy
from soleus.nets.baseline import ConstantPolicy, UniformPolicy
from soleus.nets.policy import Policy
from soleus.nets.registry import POLICIES, load_policy

__all__ = ["POLICIES", "ActorPolicy", "ConstantPolicy", "Policy", "UniformPolicy", "load_policy"]
