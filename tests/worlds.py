"""Environments for the samplers' tests, importable by worker processes."""

import os
import signal
import time

import gymnasium
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import RescaleAction, TimeLimit

from soleus.sampler.worker import Envs

N_STEP = 50
"""Steps of an episode."""


class Trouble(gymnasium.Wrapper):
    """Does something bad at a step of its first life; `flag` is a file that exists from then on."""

    def __init__(self, env, flag, what):
        super().__init__(env)
        self.flag, self.what, self.n = flag, what, 0

    def step(self, action):
        self.n += 1
        if self.n == 5 and not self.flag.exists():
            self.flag.touch()
            self.what()
        return self.env.step(action)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    time.sleep(1000)


def stumble():
    raise ZeroDivisionError("the world tripped")


def pendulum():
    return TimeLimit(RescaleAction(gymnasium.make("Pendulum-v1").unwrapped, -1.0, 1.0), N_STEP)


class Pendulums:
    """Builds a vector environment of pendulums, if asked in trouble."""

    def __init__(self, n_world=1, flag=None, what=None):
        self.n_world, self.flag, self.what = n_world, flag, what

    def __call__(self):
        def one():
            return pendulum() if self.flag is None else Trouble(pendulum(), self.flag, self.what)

        return SyncVectorEnv([one] * self.n_world, autoreset_mode=AutoresetMode.DISABLED)


class Broken:
    """Cannot build its environment."""

    def __call__(self):
        raise OSError("no pendulum today")


def pendulums(**how):
    """Environments of a worker, the same for exploring and playing."""
    return Envs(Pendulums(**how), Pendulums(**how))
