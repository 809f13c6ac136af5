"""Worlds for tests: measurements made by hand, and environments for the samplers, importable by worker processes."""

import ctypes
import os
import signal

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import RescaleAction, TimeLimit

from soleus.engine.base import Dynamics, Measurement
from soleus.sampler.worker import Envs

N_STEP = 50
"""Steps of an episode."""


def measurement(model, n_world=1, **given):
    """A Measurement of what is given, and zeros for the rest."""
    body, muscle = (n_world, len(model.bodies)), (n_world, len(model.muscles))
    shapes = {
        "body_position": (*body, 3),
        "body_rotation": (*body, 3, 3),
        "body_velocity": (*body, 3),
        "mass_center_position": (n_world, 3),
        "mass_center_velocity": (n_world, 3),
        "limit_force": (n_world, len(model.limit_forces)),
        "body_angular_velocity": (*body, 3),
        "ground_reaction": (n_world, len(model.contact_forces), 3),
        "muscle_length": muscle,
        "lengthening_speed": muscle,
        "fiber_velocity": muscle,
        "fiber_force": muscle,
        "tendon_force": muscle,
    }
    return Measurement(**{name: np.zeros(shape) for name, shape in shapes.items()} | given)


def dynamics(model, n_world=1, **given):
    """Dynamics of what is given, and zeros for the rest."""
    body = n_world, len(model.bodies), 3
    n_geometry = sum(len(force.geometry) for force in model.contact_forces)
    shapes = {
        "acceleration": (n_world, len(model.coordinate_names)),
        "body_acceleration": body,
        "body_angular_acceleration": body,
        "mass_center_acceleration": (n_world, 3),
        "contact_record": (n_world, n_geometry, 2, 3),
    }
    return Dynamics(**{name: np.zeros(shape) for name, shape in shapes.items()} | given)


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


class Deadly(gymnasium.Wrapper):
    """Does something bad at a step of every episode from one seed."""

    def __init__(self, env, seed, what):
        super().__init__(env)
        self.seed, self.what = seed, what

    def reset(self, *, seed=None, options=None):
        self.n, self.dies = 0, seed == self.seed
        return self.env.reset(seed=seed, options=options)

    def step(self, action):
        self.n += 1
        if self.n == 5 and self.dies:
            self.what()
        return self.env.step(action)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    """As a simulator does: no other thread of its process runs meanwhile."""
    ctypes.PyDLL(None).sleep(1000)


def stumble():
    raise ZeroDivisionError("the world tripped")


def pendulum(n_step=N_STEP, g=10.0):
    return Seeded(TimeLimit(RescaleAction(gymnasium.make("Pendulum-v1", g=g).unwrapped, -1.0, 1.0), n_step))


class Seeded(gymnasium.Wrapper):
    """Tells the seed of its episode, as our tasks do."""

    def reset(self, *, seed=None, options=None):
        observation, info = self.env.reset(seed=seed, options=options)
        return observation, {**info, "seed": -1 if seed is None else seed}


class Pendulums:
    """Builds a vector environment of pendulums, if asked in trouble; what else is asked goes to each of them."""

    def __init__(self, n_world=1, flag=None, what=None, deadly=None, **how):
        self.n_world, self.flag, self.what, self.deadly, self.how = n_world, flag, what, deadly, how

    def __call__(self):
        def one():
            env = pendulum(**self.how)
            if self.deadly is not None:
                return Deadly(env, self.deadly, self.what)
            return env if self.flag is None else Trouble(env, self.flag, self.what)

        return SyncVectorEnv([one] * self.n_world, autoreset_mode=AutoresetMode.DISABLED)


class Broken:
    """Cannot build its environment."""

    def __call__(self):
        raise OSError("no pendulum today")


def pendulums(**how):
    """Environments of a worker, the same for exploring and playing."""
    return Envs(Pendulums(**how), Pendulums(**how))
