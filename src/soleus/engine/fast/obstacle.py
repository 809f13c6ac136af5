"""Balls on the track: where each world has them, and which of them a foot can reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.engine.fast.contact import contact_stiffness
from soleus.engine.fast.layout import BALL_ROWS
from soleus.model.spec import ContactSphere, Model

REACH = 0.2
"""A ball is within reach of a foot sphere if they are closer than this, plus the way below [m]."""
N_WAY = 3.0
"""Times the way that the fastest body goes in a control step at its present speed."""
FASTEST_GAIN = 100.0
"""Acceleration that a foot may have besides [m/s^2]; tells only in control steps much longer than 10 ms."""


class Obstacles:
    """The balls of all worlds."""

    def __init__(self, model: Model, n_world: int) -> None:
        self._contact = model.obstacle
        n_ball = model.obstacle.count if model.obstacle else 0
        self._ball = np.zeros((n_world, n_ball, BALL_ROWS))
        self._given = np.zeros((n_world, n_ball, 3))
        self._radius = np.array([item.radius for item in model.contact_geometry if isinstance(item, ContactSphere)])

    def place(self, worlds: NDArray[np.integer], obstacle: Array) -> None:
        """Put the balls of worlds where their Parameters say, shape (n, n_ball, 3) [m]."""
        if self._contact is None:
            return
        self._given[worlds] = obstacle
        own, fixed = obstacle[..., 2], self._contact.contact_radius
        radius = own if fixed is None else np.full_like(own, fixed)
        stiffness = contact_stiffness(self._contact.stiffness_times_radius / radius)
        self._ball[worlds] = np.stack([obstacle[..., 0], obstacle[..., 1], radius, stiffness], axis=-1)

    def given(self, world: int) -> Array:
        """A world's balls as its Parameters say, shape (1, n_ball, 3) [m]."""
        return self._given[[world]]

    def within_reach(
        self, worlds: NDArray[np.integer], sphere_position: Array, body_velocity: Array, control_step: float
    ) -> tuple[Array, NDArray[np.int64]]:
        """The balls that a sphere may touch within a control step.

        Args:
            worlds: n of them.
            sphere_position: shape (n, n_sphere, 3) [m].
            body_velocity: shape (n, n_body, 3) [m/s].
            control_step: [s]

        Returns:
            The balls of each world, those within reach first, and how many these are.
        """
        ball = self._ball[worlds]
        speed = np.abs(body_velocity).max(axis=(1, 2)) * np.sqrt(3.0)
        sphere = sphere_position[:, None]
        across_x, across_y = (sphere[..., axis] - ball[:, :, None, axis] for axis in range(2))
        gap = np.sqrt(across_x * across_x + across_y * across_y) - self._radius - ball[:, :, None, 2]
        reach = REACH + N_WAY * control_step * speed + 0.5 * FASTEST_GAIN * control_step**2
        near = gap.min(axis=2) < reach[:, None]
        order = np.argsort(~near, axis=1, kind="stable")
        return np.take_along_axis(ball, order[:, :, None], axis=1), near.sum(axis=1)
