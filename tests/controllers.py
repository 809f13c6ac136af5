"""Controllers as a user writes them, named as `controllers:name`."""

import sys

import numpy as np


def rest(observation):
    """Pulls at every muscle a little."""
    del observation
    return [0.05]


def follow(observation):
    """Of three muscles, from what is observed."""
    return np.clip(observation[:3], 0, 1)


class Counter:
    """Excites more with each step of its episode."""

    def __init__(self):
        self.n = 0

    def __call__(self, observation):
        del observation
        self.n += 1
        return [self.n / 100]


class Undecided:
    def __init__(self):
        raise OSError("no map")


def stumble(observation):
    return [1.0 / (0.0 * float(observation[0]))]


def leave(observation):
    sys.exit(int(observation[0]) + 3)


def exaggerate(observation):
    """More than the numbers hold in which policies act."""
    del observation
    return [0.1, 1e300, 0.1]


def lost(observation):
    del observation
    return [float("nan")]


def mute(observation):
    del observation


NUMBER = 3
