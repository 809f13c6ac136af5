"""observation -> action distribution or value. NumPy only: what acts must not need what learns."""

from soleus.nets.actor import ActorPolicy
from soleus.nets.baseline import ConstantPolicy, UniformPolicy
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.function import FunctionPolicy
from soleus.nets.noise import GaussianNoise, Noise, OrnsteinUhlenbeckNoise
from soleus.nets.onnx_policy import OnnxPolicy, load_onnx
from soleus.nets.policy import Policy, PolicyError
from soleus.nets.population import PopulationPolicy
from soleus.nets.registry import POLICIES, load_policy, save_policy
from soleus.nets.signature import Signature

__all__ = [
    "POLICIES",
    "ActorPolicy",
    "ConstantPolicy",
    "DeterministicPolicy",
    "FunctionPolicy",
    "GaussianNoise",
    "Noise",
    "OnnxPolicy",
    "OrnsteinUhlenbeckNoise",
    "Policy",
    "PolicyError",
    "PopulationPolicy",
    "Signature",
    "UniformPolicy",
    "load_onnx",
    "load_policy",
    "save_policy",
]
