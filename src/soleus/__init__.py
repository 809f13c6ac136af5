"""Soleus trains controllers for musculoskeletal bodies, judged by the real OpenSim.

Importing it makes its tasks known to Gymnasium: `gymnasium.make("soleus/Run2017-v0")`.
"""

from soleus.task.registration import register

__version__ = "0.1.0"

register()
