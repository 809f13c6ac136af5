"""osim-rl's environments as they were: old names, four-tuples and dictionaries outside, a Soleus task inside.

    from soleus.compat.osim_rl import L2M2019Env

Each class takes `engine="opensim"` or `engine="fast"`; without it the environment variable SOLEUS_ENGINE decides, and
without that OpenSim. `python -m soleus.compat.osim_rl script.py` runs a script that imports osim-rl, unchanged.
"""

from soleus.compat.osim_rl.arm import Arm2DEnv, Arm2DVecEnv
from soleus.compat.osim_rl.base import OsimEnv
from soleus.compat.osim_rl.install import install
from soleus.compat.osim_rl.l2m2019 import L2M2019Env
from soleus.compat.osim_rl.l2run import L2RunEnv
from soleus.compat.osim_rl.osim_model import OsimModel
from soleus.compat.osim_rl.prosthetics import ProstheticsEnv
from soleus.compat.osim_rl.run import RunEnv

__all__ = [
    "Arm2DEnv", "Arm2DVecEnv", "L2M2019Env", "L2RunEnv", "OsimEnv", "OsimModel", "ProstheticsEnv", "RunEnv", "install",
]  # fmt: skip
