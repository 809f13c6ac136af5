"""The activations, which a task may keep to itself: who excites the muscles can count along."""

from __future__ import annotations

from typing import final

import numpy as np

from soleus.engine.base import Array
from soleus.task.layout import Layout, renamed
from soleus.task.transform.base import REST, Step, Transform

RISE_TIME, FALL_TIME = 0.01, 0.04
"""Of every muscle of the challenges [s]"""
N_SUBSTEP = 8
"""A step of 30 ms is right to 0.006 then."""


@final
class Activation(Transform):
    """Adds the activation of each muscle, in [0, 1], from how it was excited since the episode began.

    da/dt = (u - a) / t(a): while it rises t(a) is RISE_TIME (0.5 + 1.5 a), while it falls FALL_TIME / (0.5 + 1.5 a)
    (Thelen 2003; OpenSim's MuscleFirstOrderActivationDynamicModel).
    """

    def __init__(self, observation: Layout, action: Layout) -> None:
        self.layout = Layout((*observation.fields, *renamed(action.fields, "activation {}".format)))
        self.n_memory = len(action)

    def begin(self, observation: Array, left: Array) -> tuple[Array, Array]:
        rest = np.full((len(observation), self.n_memory), REST)
        return np.concatenate([observation, rest], axis=1, dtype=np.float32), rest

    def follow(self, memory: Array, step: Step) -> tuple[Array, Array]:
        excitation = 0.5 * (step.action.astype(np.float64) + 1.0)
        duration = step.duration[:, None] / N_SUBSTEP
        activation = memory
        for _ in range(N_SUBSTEP):
            middle = _after(0.5 * duration, activation, excitation, pace_at=activation)
            activation = _after(duration, activation, excitation, pace_at=middle)
        return np.concatenate([step.observation, activation], axis=1, dtype=np.float32), activation


def _after(duration: Array, activation: Array, excitation: Array, pace_at: Array) -> Array:
    """Where activations are some time later, if the rate is what it is at one activation all that time."""
    pace = 0.5 + 1.5 * pace_at
    time = np.where(excitation > activation, RISE_TIME * pace, FALL_TIME / pace)
    return excitation + (activation - excitation) * np.exp(-duration / time)
