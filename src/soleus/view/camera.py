"""A perspective camera beside the track that runs along with the pelvis."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from soleus.engine.base import Array

NEAR = 0.5
"""Nothing nearer to the camera than this is drawn [m]"""


@dataclass(frozen=True)
class Camera:
    """Looks from the runner's right, a little from the front and from above."""

    x: float
    """Forward position that stays in the middle of the picture [m]"""
    width: int
    """[pixel]"""
    height: int
    """[pixel]"""
    aim_height: float = 0.8
    """Height of the point in the middle of the picture [m]"""
    distance: float = 7.0
    """From that point to the camera [m]"""
    z: float = 0.0
    """Sideways position that stays in the middle, to the right [m]"""
    visible_height: float = 2.35
    """Height of the picture at that distance [m]"""
    azimuth: float = math.radians(11.0)
    """Turned this far to the front [rad]"""
    elevation: float = math.radians(7.5)
    """Raised this far [rad]"""

    @property
    def axes(self) -> Array:
        """Rows: right and up in the picture, and away from the camera, in ground; shape (3, 3)."""
        sin_a, cos_a = math.sin(self.azimuth), math.cos(self.azimuth)
        sin_e, cos_e = math.sin(self.elevation), math.cos(self.elevation)
        return np.array(
            [
                [cos_a, 0.0, -sin_a],
                [-sin_a * sin_e, cos_e, -cos_a * sin_e],
                [-sin_a * cos_e, -sin_e, -cos_a * cos_e],
            ]
        )

    @property
    def focal_length(self) -> float:
        """[pixel]"""
        return self.height * self.distance / self.visible_height

    @property
    def horizon(self) -> float:
        """Height of the horizon in the picture [pixel from the bottom]"""
        return self.height / 2 + self.focal_length * math.tan(self.elevation)

    def depth(self, points: Array) -> Array:
        """Distance from the camera along its view, shape (...) for points of shape (..., 3) [m]."""
        return (points - np.array([self.x, self.aim_height, self.z])) @ self.axes[2] + self.distance

    def project(self, points: Array) -> tuple[Array, Array]:
        """Where points appear.

        Args:
            points: in ground, shape (..., 3) [m].

        Returns:
            Pixels from the lower left corner, shape (..., 2), and the pixels that 1 m covers there, shape (...).
        """
        seen = (points - np.array([self.x, self.aim_height, self.z])) @ self.axes.T
        scale = self.focal_length / np.maximum(seen[..., 2] + self.distance, NEAR)
        middle = np.array([self.width / 2, self.height / 2])
        return middle + seen[..., :2] * scale[..., None], scale
