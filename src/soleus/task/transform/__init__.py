"""What a policy is told in place of what a task observes: named transforms, chained."""

from soleus.task.transform.base import REST, Mapped, Step, Transform, nothing_remembered
from soleus.task.transform.registry import TRANSFORMS, Entry, build_chain, check_names
from soleus.task.transform.wrapper import Transformed

__all__ = [
    "REST",
    "TRANSFORMS",
    "Entry",
    "Mapped",
    "Step",
    "Transform",
    "Transformed",
    "build_chain",
    "check_names",
    "nothing_remembered",
]
