"""An .osim file -> spec, or the name of everything in it that no engine of ours can simulate."""

from soleus.model.reader.read import read_osim
from soleus.model.reader.refusal import Unsupported, UnsupportedModelError

__all__ = ["Unsupported", "UnsupportedModelError", "read_osim"]
