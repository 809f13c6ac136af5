"""Rotations by body-fixed XYZ angles, there and back."""

import numpy as np
import pytest

from soleus.model.reader.frame import Pose
from soleus.model.rotation import angles_of, from_angles

RIGHT = np.pi / 2


def by_axes(x, y, z):
    """One rotation after the other, as matrices of a textbook."""
    (a, sa), (b, sb), (c, sc) = ((np.cos(angle), np.sin(angle)) for angle in (x, y, z))
    about_x = np.array([[1, 0, 0], [0, a, -sa], [0, sa, a]])
    about_y = np.array([[b, 0, sb], [0, 1, 0], [-sb, 0, b]])
    about_z = np.array([[c, -sc, 0], [sc, c, 0], [0, 0, 1]])
    return about_x @ about_y @ about_z


@pytest.mark.parametrize("middle", [0.0, 0.7, -1.2, RIGHT, -RIGHT, 1.5708, RIGHT - 1e-8, 1e-12 - RIGHT])
def test_angles_bring_back_their_rotation(middle):
    for x, z in np.random.default_rng(0).uniform(-np.pi, np.pi, (50, 2)).tolist():
        rotation = by_axes(x, middle, z)
        np.testing.assert_allclose(from_angles((x, middle, z)), rotation, atol=1e-15)
        np.testing.assert_allclose(from_angles(angles_of(rotation)), rotation, atol=1e-15)


def test_a_frame_in_a_turned_frame_may_be_turned_by_a_right_angle():
    outer, inner = (0.0, 0.7, 0.0), (0.0, 0.8708, 0.3)
    found = from_angles(Pose("thigh", orientation=outer).turn(inner))
    np.testing.assert_allclose(found, by_axes(*outer) @ by_axes(*inner), atol=1e-15)
