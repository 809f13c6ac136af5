"""The dictionary and the declared ranges of what L2M2019Env observes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LEGS = ("r_leg", "l_leg")
MUSCLES = ("HAB", "HAD", "HFL", "GLU", "HAM", "RF", "VAS", "BFSH", "GAS", "SOL", "TA")
"""Of a leg, in the order of the observation and of the action."""
JOINTS = ("hip_abd", "hip", "knee", "ankle")
N_VIEW, N_PELVIS, N_LEG = 2 * 11 * 11, 9, 44
DEGREE = np.pi / 180.0


def observation_dict(observation: list[float]) -> dict[str, Any]:
    """The 339 observed numbers by name, as osim-rl's `get_observation_dict`."""
    pelvis = observation[N_VIEW : N_VIEW + N_PELVIS]
    named: dict[str, Any] = {
        "v_tgt_field": np.array(observation[:N_VIEW]).reshape(2, 11, 11),
        "pelvis": {"height": pelvis[0], "pitch": pelvis[1], "roll": pelvis[2], "vel": pelvis[3:]},
    }
    for index, leg in enumerate(LEGS):
        first = N_VIEW + N_PELVIS + index * N_LEG
        named[leg] = _leg(observation[first : first + N_LEG])
    return named


def body_ranges() -> NDArray[np.float64]:
    """Declared limits of the 97 numbers about the body, lows and highs, shape (2, 97). Numbers may leave them."""
    turn = (-np.pi, np.pi)
    pelvis = [(0, 3), turn, turn, *[(-20, 20)] * 3, *[(-10 * np.pi, 10 * np.pi)] * 3]
    joints = [(-45 * DEGREE, 90 * DEGREE), (-180 * DEGREE, 45 * DEGREE)]
    joints += [(-180 * DEGREE, 15 * DEGREE), (-45 * DEGREE, 90 * DEGREE)]
    reaction, speeds = [(-5, 5), (-5, 5), (-10, 10)], [(-5 * np.pi, 5 * np.pi)] * len(JOINTS)
    leg = [*reaction, *joints, *speeds, *[(0, 3), (0, 3), (-50, 50)] * len(MUSCLES)]
    return np.array([*pelvis, *leg, *leg], dtype=np.float64).T


def view_ranges() -> NDArray[np.float64]:
    """Declared limits of the field, lows and highs, shape (2, 242) [m/s]."""
    return np.array([[-10.0] * N_VIEW, [10.0] * N_VIEW])


def _leg(numbers: list[float]) -> dict[str, Any]:
    reaction, joints, speeds, muscles = numbers[:3], numbers[3:7], numbers[7:11], numbers[11:]
    named: dict[str, Any] = {
        "ground_reaction_forces": reaction,
        "joint": dict(zip(JOINTS, joints, strict=True)),
        "d_joint": dict(zip(JOINTS, speeds, strict=True)),
    }
    for index, muscle in enumerate(MUSCLES):
        force, length, velocity = muscles[3 * index : 3 * index + 3]
        named[muscle] = {"f": force, "l": length, "v": velocity}
    return named
