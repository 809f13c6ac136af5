"""Terms of muscles and ligaments."""

from __future__ import annotations

import numpy as np

from soleus.engine.base import Array
from soleus.model import partner_name
from soleus.task.base import CONTROL_STEP, Task
from soleus.task.bonus.base import Bonus, MissingError, Step
from soleus.task.column import Muscles


def ligament(task: Task) -> Bonus:
    """-|t|, t the torques of the joints' ligaments."""
    if not task.model.limit_forces:
        raise MissingError("ligaments")
    return lambda step: -CONTROL_STEP * np.linalg.norm(step.after.measurement.limit_force, axis=1)


def effort(task: Task) -> Bonus:
    """-a^2, the activations of all muscles in a sum."""
    muscles = Muscles(task.model)
    return lambda step: -CONTROL_STEP * np.sum(muscles.activation(step.after.state) ** 2, axis=1)


def symmetric_action(task: Task) -> Bonus:
    """-(r - l)^2, r and l the activations of a muscle and its partner, all pairs in a sum."""
    names, muscles = task.model.muscle_names, Muscles(task.model)
    pairs = [(i, names.index(partner_name(name))) for i, name in enumerate(names) if partner_name(name) in names[:i]]
    if not pairs:
        raise MissingError("muscles on both sides")
    one, other = np.array(pairs).T

    def bonus(step: Step) -> Array:
        activation = muscles.activation(step.after.state)
        return -CONTROL_STEP * np.sum((activation[:, one] - activation[:, other]) ** 2, axis=1)

    return bonus
