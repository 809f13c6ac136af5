"""Starts for learning: other states than the one in which a task is judged."""

from soleus.task.start.config import StartConfig
from soleus.task.start.mixture import MixedStart
from soleus.task.start.own import OwnStates
from soleus.task.start.random_pose import Fade, RandomPose
from soleus.task.start.stride import StrideStart

__all__ = ["Fade", "MixedStart", "OwnStates", "RandomPose", "StartConfig", "StrideStart"]
