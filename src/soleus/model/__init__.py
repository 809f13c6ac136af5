"""What is simulated: bodies as frozen tables. No motion, no physics."""

from collections.abc import Callable

from soleus.model.arm import arm
from soleus.model.gait import (
    hopper,
    learn_to_move,
    learn_to_move_9dof,
    learn_to_move_planar,
    learning_to_run,
    prosthetics,
    prosthetics_9dof,
    prosthetics_planar,
)
from soleus.model.mirror import Mirror, Swap, mirror_of, partner_name
from soleus.model.osim import OpenSimMissingError, save_osim
from soleus.model.reader import Unsupported, UnsupportedModelError, read_osim
from soleus.model.spec import Model, ModelError

__all__ = [
    "MODELS",
    "Mirror",
    "Model",
    "ModelError",
    "OpenSimMissingError",
    "Swap",
    "Unsupported",
    "UnsupportedModelError",
    "arm",
    "hopper",
    "learn_to_move",
    "learn_to_move_9dof",
    "learn_to_move_planar",
    "learning_to_run",
    "mirror_of",
    "partner_name",
    "prosthetics",
    "prosthetics_9dof",
    "prosthetics_planar",
    "read_osim",
    "save_osim",
]

MODELS: dict[str, Callable[[], Model]] = {
    "gait9dof18musc": learning_to_run,
    "hop8dof9musc": hopper,
    "gait9dof18musc_20170320": learn_to_move_9dof,
    "gait14dof22musc_planar_20170320": learn_to_move_planar,
    "gait14dof22musc_20170320": learn_to_move,
    "gait9dof18musc_pros_20180507": prosthetics_9dof,
    "gait14dof22musc_planar_pros_20180507": prosthetics_planar,
    "gait14dof22musc_pros_20180507": prosthetics,
    "arm2dof6musc": arm,
}
"""Name -> body; the only list of models that come with Soleus."""
