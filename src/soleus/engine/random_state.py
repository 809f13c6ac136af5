"""Hard random states of any model: joints out of range, half of the bodies on the ground, fibres of impossible lengths.

Rest and symmetry hide mistakes, so these states have none of either. An engine is needed only to say where a pose puts
the feet and how long it makes the muscles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Engine, Measurement, Parameters, Rates, State, default_state
from soleus.model.rotation import from_angles
from soleus.model.spec import GROUND, ContactHalfSpace, ContactSphere, Model, Vector

Rows = TypeVar("Rows", Measurement, Rates, State)

BEYOND_RANGE = 0.15
"""How far a joint may lie out of its range, as a share of it."""
LONGEST = 1.9
"""Of fibres that are drawn, in optimal lengths: where they pull the passive tissue most, OpenSim's force is rounding"""
MOST = {"rotational": np.pi, "translational": 1.0, "coupled": 1.0}
"""How far a joint is taken from its default, whatever its range [rad, m]."""
MOST_OF_SEVERAL = 1.0
"""The same for a joint of several rotations, which is singular where the middle one reaches pi/2 [rad]: near there the
accelerations grow without bound, and rounding with them."""
NEAR_DEFAULT = {"rotational": 0.15, "translational": 0.05, "coupled": 0.05}
"""Spread around the default of a joint that is not drawn from its range [rad, m]."""
SPEED = {"rotational": 3.0, "translational": 1.0, "coupled": 1.0}
"""[rad/s, m/s]"""
DEPTH = -0.03, 0.05
"""How deep the lowest sphere lies in the ground: least, above it, and most [m]. A sphere that leaves the ground fast
is in it without being in contact, so more than half of this is in the ground."""
LEAST_LIFT = 0.1
"""A coordinate that lifts the body less than this does not count as one that does [m/m]."""


@dataclass(frozen=True)
class Sample:
    """States with all that an engine needs to answer for them, one a row."""

    state: State
    parameters: Parameters
    excitation: Array
    """shape (n, n_muscle) [1]"""

    def __getitem__(self, rows: NDArray[np.integer]) -> Sample:
        return Sample(self.state[rows], self.parameters[rows], self.excitation[rows])

    def __len__(self) -> int:
        return len(self.excitation)


def random_sample(engine: Engine, n: int, seed: int) -> Sample:
    """Draw hard states.

    Args:
        engine: any engine of the model, with as many worlds as it likes; its worlds are reset.
        n: how many.
        seed: same seed, same states.
    """
    random, model = np.random.default_rng(seed), engine.model
    q, u = _draw_motion(model, random, n)
    n_muscle = len(model.muscles)
    state = State(
        time=np.zeros(n),
        q=q,
        u=u,
        activation=random.uniform(-0.02, 1.05, (n, n_muscle)),
        fiber_length=np.tile([muscle.optimal_fiber_length for muscle in model.muscles], (n, 1)),
    )
    sample = Sample(state, _draw_parameters(model, random, n), random.uniform(-0.1, 1.1, (n, n_muscle)))
    lifted = replace(state, q=q + _lift(engine, sample, random.uniform(*DEPTH, n)))
    length = measure_sample(engine, replace(sample, state=lifted)).muscle_length
    return replace(sample, state=replace(lifted, fiber_length=_draw_fibers(model, random, length)))


def standing_sample(engine: Engine, n: int) -> Sample:
    """The default pose n times, on the ground: as files have it, some bodies hang in the air and others are buried.

    Strengths are 1, balls are far away, excitations 0.
    """
    model = engine.model
    n_ball = model.obstacle.count if model.obstacle else 0
    still = np.zeros((n, len(model.muscles)))
    parameters = Parameters(still + 1.0, np.tile([1e3, 0.0, 0.1], (n, n_ball, 1)))
    sample = Sample(default_state(model, n), parameters, still)
    return replace(sample, state=replace(sample.state, q=sample.state.q + _lift(engine, sample, np.zeros(n))))


def measure_sample(engine: Engine, sample: Sample) -> Measurement:
    """What an engine measures in the states of a sample, as many at a time as it has worlds."""
    blocks = []
    for rows in blocks_of(engine, len(sample)):
        part = sample[rows]
        engine.reset(np.arange(engine.n_world), part.state, part.parameters, equilibrate=False)
        blocks.append(engine.measure())
    return joined(blocks, len(sample))


def blocks_of(engine: Engine, n: int) -> list[NDArray[np.integer]]:
    """The numbers from 0 to n - 1 in blocks that fill all worlds; the last block begins again at 0."""
    return [(first + np.arange(engine.n_world)) % n for first in range(0, n, engine.n_world)]


def joined(blocks: list[Rows], n: int) -> Rows:
    """Blocks one below the other, without what filled up the last."""
    names = vars(blocks[0])
    return type(blocks[0])(**{name: np.concatenate([getattr(block, name) for block in blocks])[:n] for name in names})


def _draw_motion(model: Model, random: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Coordinates and speeds, each of shape (n, n_q); every other state stays near the default pose."""
    near = (np.arange(n) % 2 == 1)[:, None]
    columns = model.free_coordinates
    default = np.array([item.default for item in columns])
    low, high = _ranges(model)
    spread = np.array([NEAR_DEFAULT[item.motion] for item in columns])
    anywhere = random.uniform(low, high, (n, len(columns)))
    nearby = default + spread * random.standard_normal((n, len(columns)))
    speed = np.array([SPEED[item.motion] for item in columns]) * random.choice([0.1, 1.0], (n, len(columns)))
    return np.where(near, nearby, anywhere), speed * random.standard_normal((n, len(columns)))


def _ranges(model: Model) -> tuple[Array, Array]:
    """Least and largest value that each free coordinate is given, beyond its range by BEYOND_RANGE of it [rad or m]."""
    limits = []
    for joint in model.joints:
        several = sum(item.motion == "rotational" for item in joint.coordinates) > 1
        for item in joint.coordinates:
            most = MOST_OF_SEVERAL if several and item.motion == "rotational" else MOST[item.motion]
            least, greatest = sorted((item.minimum, item.maximum))  # OpenSim takes a range either way
            beyond = BEYOND_RANGE * (greatest - least)
            low, high = max(least - beyond, item.default - most), min(greatest + beyond, item.default + most)
            if not item.locked:
                limits.append((low, high))
    low, high = np.array(limits).reshape(-1, 2).T
    return low, high


def _draw_parameters(model: Model, random: np.random.Generator, n: int) -> Parameters:
    n_ball = model.obstacle.count if model.obstacle else 0
    low, high = [-0.5, -0.05, 0.05], [0.5, 0.05, 0.15]
    return Parameters(random.uniform(0.7, 1.0, (n, len(model.muscles))), random.uniform(low, high, (n, n_ball, 3)))


def _draw_fibers(model: Model, random: np.random.Generator, length: Array) -> Array:
    """Mostly fibres that leave the tendon near its slack length, as in life; the rest anything [m].

    Args:
        model: its muscles.
        random: draws.
        length: of the paths, shape (n, n_muscle) [m].
    """
    optimal = np.array([muscle.optimal_fiber_length for muscle in model.muscles])
    slack = np.array([muscle.tendon_slack_length for muscle in model.muscles])
    width = optimal * np.sin([muscle.pennation_angle for muscle in model.muscles])
    along = length - slack * (1.0 + 0.02 * random.standard_normal(length.shape))
    likely = np.hypot(np.clip(along, 0.2 * optimal, LONGEST * optimal), width)
    return np.where(random.random(length.shape) < 0.2, optimal * random.uniform(-0.1, LONGEST, length.shape), likely)


# ------------------------------------------------------------------------------------------------------- on the ground


def _lift(engine: Engine, sample: Sample, depth: Array) -> Array:
    """Change of the coordinates that puts the lowest sphere of each state into the ground, shape (n, n_q).

    Nothing is changed where there is no ground, no sphere or no coordinate that lifts the whole body.

    Args:
        engine: measures.
        sample: poses, wherever they are.
        depth: of the lowest sphere, negative above the ground, shape (n,) [m].
    """
    model = engine.model
    change = np.zeros_like(sample.state.q)
    planes = [item for item in model.contact_geometry if isinstance(item, ContactHalfSpace) and item.body == GROUND]
    spheres = [item for item in model.contact_geometry if isinstance(item, ContactSphere) and item.body != GROUND]
    if not planes or not spheres:
        return change
    up, origin = _up(planes[0].orientation), np.array(planes[0].location)
    lifts = _lifting(engine, sample, up)
    if np.abs(lifts).max(initial=0.0) < LEAST_LIFT:
        return change
    measured = measure_sample(engine, sample)
    height = np.min([(_center(model, measured, item) - origin) @ up - item.radius for item in spheres], axis=0)
    column = int(np.argmax(np.abs(lifts)))
    change[:, column] = (-depth - height) / lifts[column]
    return change


def _lifting(engine: Engine, sample: Sample, up: Array) -> Array:
    """How fast each coordinate of a joint with the ground lifts the mass centre, shape (n_q,) [m/m]."""
    columns = engine.model.free_coordinates
    n_q = len(columns)
    first = sample[np.zeros(n_q, dtype=int)]
    moving = replace(first, state=replace(first.state, u=np.eye(n_q)))
    lift = measure_sample(engine, moving).mass_center_velocity @ up
    rooted = {item for joint in engine.model.joints if joint.parent == GROUND for item in joint.coordinates}
    carries = [item in rooted and item.motion == "translational" for item in columns]
    return np.where(carries, lift, 0.0)


def _up(orientation: Vector) -> Array:
    """Away from a half space: against the x axis of its frame, of body-fixed XYZ angles [rad]."""
    return -from_angles(orientation)[:, 0]


def _center(model: Model, measured: Measurement, sphere: ContactSphere) -> Array:
    """Where a sphere's centre is in ground, shape (n, 3) [m]."""
    body = model.body_names.index(sphere.body)
    return measured.body_position[:, body] + measured.body_rotation[:, body] @ np.array(sphere.location)
