"""batch -> better policy. Importing this imports no JAX: `build` of a learner's config does."""

from soleus.learner.base import Learner
from soleus.learner.categorical_sac_config import CategoricalSacConfig
from soleus.learner.ddpg_config import DdpgConfig
from soleus.learner.evolution.cma_es_config import CmaEsConfig
from soleus.learner.evolution.es_config import EsConfig
from soleus.learner.exploration import ColourConfig, ExplorationConfig
from soleus.learner.feudal.config import FeudalConfig
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.registry import LEARNERS, LearnerConfig, find_learner
from soleus.learner.sac_config import SacConfig
from soleus.learner.td3_config import Td3Config

__all__ = [
    "LEARNERS",
    "CategoricalSacConfig",
    "CmaEsConfig",
    "ColourConfig",
    "DdpgConfig",
    "EsConfig",
    "ExplorationConfig",
    "FeudalConfig",
    "Learner",
    "LearnerConfig",
    "PpoConfig",
    "SacConfig",
    "Td3Config",
    "find_learner",
]
