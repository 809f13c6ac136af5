"""Colours of the pictures, as red, green and blue in [0, 1]."""

from __future__ import annotations

import numpy as np

from soleus.engine.base import Array
from soleus.view.canvas import Color


def _hex(code: str) -> Color:
    return int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255


SKY_TOP = _hex("dfe9f3")
HAZE = _hex("fbfcfd")
GROUND = _hex("dde3e8")
TRACK = (_hex("cfd8e0"), _hex("c7d1da"))
"""Every other metre"""
TRACK_LINE = _hex("ffffff")
SHADOW = _hex("3c4a5a")
INK = _hex("33404d")
INK_FAINT = _hex("6f7f8e")
FLESH = _hex("e9d3c3")
BONE = _hex("fbf6ea")
SHOE = _hex("2f6f9f")
OBSTACLE = _hex("e0a33e")

ACTIVATION_LEVELS = (0.0, 0.35, 0.7, 1.0)
ACTIVATION_COLORS = np.array([_hex("3f4f86"), _hex("8a4a86"), _hex("d63b4b"), _hex("ff3b1f")])
"""From a muscle at rest to one that gives all"""


def mix(color: Color, other: Color, share: float) -> Color:
    """`color` with a share of another in it."""
    red, green, blue = ((1 - share) * a + share * b for a, b in zip(color, other, strict=True))
    return red, green, blue


def lighter(color: Color, share: float) -> Color:
    return mix(color, (1.0, 1.0, 1.0), share)


def darker(color: Color, share: float) -> Color:
    return mix(color, (0.08, 0.1, 0.16), share)


def of_activation(activation: float | Array) -> Array:
    """Colours of activations, shape (..., 3); what lies outside [0, 1] gets the end colour."""
    return np.stack([np.interp(activation, ACTIVATION_LEVELS, channel) for channel in ACTIVATION_COLORS.T], axis=-1)
