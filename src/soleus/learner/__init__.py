"""batch -> better policy. Importing this imports no JAX: `build` of a learner's config does."""

from soleus.learner.base import Learner
from soleus.learner.registry import LEARNERS, LearnerConfig, find_learner
from soleus.learner.sac_config import SacConfig

__all__ = ["LEARNERS", "Learner", "LearnerConfig", "SacConfig", "find_learner"]
