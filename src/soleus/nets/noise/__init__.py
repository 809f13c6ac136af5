"""What makes a policy explore: noises for policies that are sure of themselves, colours for those that draw."""

from soleus.nets.noise.additive import AdditiveNoise
from soleus.nets.noise.base import Noise
from soleus.nets.noise.colour import Colour
from soleus.nets.noise.gaussian import Gaussian
from soleus.nets.noise.mixed import MixedNoise
from soleus.nets.noise.none import NoNoise
from soleus.nets.noise.ornstein_uhlenbeck import OrnsteinUhlenbeck
from soleus.nets.noise.parameter import ParameterNoise
from soleus.nets.noise.pink import Pink
from soleus.nets.noise.registry import COLOURS, NOISES, colour_from, noise_from
from soleus.nets.noise.repeated import Repeated

__all__ = [
    "COLOURS",
    "NOISES",
    "AdditiveNoise",
    "Colour",
    "Gaussian",
    "MixedNoise",
    "NoNoise",
    "Noise",
    "OrnsteinUhlenbeck",
    "ParameterNoise",
    "Pink",
    "Repeated",
    "colour_from",
    "noise_from",
]
