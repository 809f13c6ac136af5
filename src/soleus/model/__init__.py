"""What is simulated: bodies as frozen tables. No motion, no physics."""

from collections.abc import Callable

from soleus.model.gait import learning_to_run
from soleus.model.mirror import Mirror, Swap, mirror_of, partner_name
from soleus.model.osim import OpenSimMissingError, save_osim
from soleus.model.spec import Model, ModelError

__all__ = [
    "MODELS",
    "Mirror",
    "Model",
    "ModelError",
    "OpenSimMissingError",
    "Swap",
    "learning_to_run",
    "mirror_of",
    "partner_name",
    "save_osim",
]

MODELS: dict[str, Callable[[], Model]] = {"gait9dof18musc": learning_to_run}
"""Name -> body; the only list of models that come with Soleus."""
