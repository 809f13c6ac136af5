"""observation -> action distribution or value. NumPy only: what acts must not need what learns."""

from soleus.nets.actor import ActorPolicy
from soleus.nets.baseline import ConstantPolicy, UniformPolicy
from soleus.nets.deterministic import DeterministicPolicy
from soleus.nets.function import FunctionPolicy
from soleus.nets.head import GaussianHead, LatticeHead
from soleus.nets.members import EnsemblePolicy
from soleus.nets.noise import (
    AdditiveNoise,
    Colour,
    Gaussian,
    MixedNoise,
    Noise,
    NoNoise,
    OrnsteinUhlenbeck,
    ParameterNoise,
    Pink,
    Repeated,
)
from soleus.nets.onnx_policy import OnnxPolicy, load_onnx
from soleus.nets.policy import Policy, PolicyError
from soleus.nets.population import PopulationPolicy
from soleus.nets.registry import POLICIES, load_policy, save_policy
from soleus.nets.signature import Signature

__all__ = [
    "POLICIES",
    "ActorPolicy",
    "AdditiveNoise",
    "Colour",
    "ConstantPolicy",
    "DeterministicPolicy",
    "EnsemblePolicy",
    "FunctionPolicy",
    "Gaussian",
    "GaussianHead",
    "LatticeHead",
    "MixedNoise",
    "NoNoise",
    "Noise",
    "OnnxPolicy",
    "OrnsteinUhlenbeck",
    "ParameterNoise",
    "Pink",
    "Policy",
    "PolicyError",
    "PopulationPolicy",
    "Repeated",
    "Signature",
    "UniformPolicy",
    "load_onnx",
    "load_policy",
    "save_policy",
]
