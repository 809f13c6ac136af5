"""Pictures and videos of a world. Software drawing only: it needs no display, no GL and no X."""

from soleus.view.draw import draw, draw_world
from soleus.view.error import ViewError
from soleus.view.scene import Scene, look
from soleus.view.video import write_video

__all__ = ["Scene", "ViewError", "draw", "draw_world", "look", "write_video"]
