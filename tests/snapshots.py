"""Snapshots made by hand: worlds in which only what is named is not zero."""

from dataclasses import replace

import numpy as np

from soleus.task.base import Snapshot
from soleus.task.bonus import Step
from worlds import measurement


def snapshot(task, n_world=1, *, time=0.01, **given):
    """The task's own start, with some coordinates (`knee_angle_r=0.2`), speeds (`pelvis_list_speed=1`), places and
    velocities of bodies (`head_at=(x, y, z)`, `pelvis_velocity=(x, y, z)`), activations (`soleus_r=0.5`) and parts of
    its measurement.
    """
    start, model = task.start(list(range(n_world))), task.model
    q, u, activation = start.state.q.copy(), start.state.u.copy(), np.zeros_like(start.state.activation)
    place, velocity = np.zeros((2, n_world, len(model.bodies), 3))
    measured = {}
    for name, value in given.items():
        if name in model.coordinate_names:
            q[:, model.coordinate_names.index(name)] = value
        elif name.removesuffix("_speed") in model.coordinate_names:
            u[:, model.coordinate_names.index(name.removesuffix("_speed"))] = value
        elif name in model.muscle_names:
            activation[:, model.muscle_names.index(name)] = value
        elif name.removesuffix("_at") in model.body_names:
            place[:, model.body_names.index(name.removesuffix("_at"))] = value
        elif name.removesuffix("_velocity") in model.body_names:
            velocity[:, model.body_names.index(name.removesuffix("_velocity"))] = value
        else:
            measured[name] = value
    state = replace(start.state, time=np.full(n_world, time), q=q, u=u, activation=activation)
    seen = measurement(model, n_world, body_position=place, body_velocity=velocity, **measured)
    return Snapshot(state, seen, start.parameters, start.memory, rules=task.config)


def step(task, before=None, *, fallen=False, earned=0.0, **after):
    """A control step of one world, from what was to what is."""
    return Step(
        snapshot(task, **(before or {})), snapshot(task, **after), np.array([float(earned)]), np.array([fallen])
    )
