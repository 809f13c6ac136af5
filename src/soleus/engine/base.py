"""The Engine interface: state + excitation -> next state, for many worlds at once.

A world is one simulated individual. Every array has the world as its first index; columns follow the names of the model
(`Model.coordinate_names`, `muscle_names`, `body_names`). SI units, ground axes: +x forward, +y up, +z right.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from soleus.model.spec import Model

Array = NDArray[np.floating]


class EngineError(RuntimeError):
    """An engine cannot be had or used as asked. What goes wrong inside a world is a Status, never an exception."""


@dataclass(frozen=True)
class Batched:
    """Arrays with the world first; indexing picks worlds."""

    def __getitem__(self, worlds: slice | Sequence[int] | NDArray[np.integer] | NDArray[np.bool_]) -> Self:
        return type(self)(**{item.name: getattr(self, item.name)[worlds] for item in fields(self)})

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def with_rows(self, worlds: NDArray[np.integer], rows: Self) -> Self:
        """A copy in which some worlds have the values of `rows`, a row for each."""
        replaced = {}
        for item in fields(self):
            own, given = getattr(self, item.name), getattr(rows, item.name)
            if isinstance(own, Batched):
                replaced[item.name] = own.with_rows(worlds, given)
            else:
                replaced[item.name] = np.array(own)
                replaced[item.name][worlds] = given
        return type(self)(**replaced)


@dataclass(frozen=True)
class State(Batched):
    """Everything that the equations of motion integrate."""

    time: Array
    """Since the world's reset, shape (n_world,) [s]"""
    q: Array
    """Free coordinates, shape (n_world, n_q) [rad or m]"""
    u: Array
    """Speeds dq/dt, shape (n_world, n_q) [rad/s or m/s]"""
    activation: Array
    """shape (n_world, n_muscle) [1]; OpenSim lets it leave [0.01, 1] and clamps where it is used"""
    fiber_length: Array
    """shape (n_world, n_muscle) [m]"""


@dataclass(frozen=True)
class Rates(Batched):
    """Time derivatives of a State."""

    u: Array
    """Accelerations of the free coordinates, shape (n_world, n_q) [rad/s^2 or m/s^2]; those of q are the speeds"""
    activation: Array
    """shape (n_world, n_muscle) [1/s]"""
    fiber_length: Array
    """shape (n_world, n_muscle) [m/s]"""


def default_state(model: Model, n_world: int = 1) -> State:
    """The model's default pose and muscle states at rest, in every world."""

    def rows(values: Iterable[float]) -> Array:
        return np.tile(np.array(list(values), dtype=np.float64), (n_world, 1))

    return State(
        time=np.zeros(n_world),
        q=rows(coordinate.default for coordinate in model.free_coordinates),
        u=rows(0.0 for _ in model.free_coordinates),
        activation=rows(muscle.default_activation for muscle in model.muscles),
        fiber_length=rows(muscle.default_fiber_length for muscle in model.muscles),
    )


@dataclass(frozen=True)
class Parameters(Batched):
    """What differs between worlds and stays fixed during an episode: an input, not another model."""

    strength: Array
    """Factor on each muscle's maximum isometric force, shape (n_world, n_muscle) [1]"""
    obstacle: Array
    """Balls as x, y of the centre and radius, shape (n_world, n_obstacle, 3) [m]"""


def plain_parameters(model: Model, n_world: int = 1) -> Parameters:
    """Full strength and no balls, in every world."""
    return Parameters(np.ones((n_world, len(model.muscles))), np.zeros((n_world, 0, 3)))


@dataclass(frozen=True)
class Measurement(Batched):
    """Quantities that follow from a State: what tasks observe and pictures draw."""

    body_position: Array
    """Body origins in ground, shape (n_world, n_body, 3) [m]"""
    body_rotation: Array
    """Body axes in ground as columns, shape (n_world, n_body, 3, 3) [1]"""
    body_velocity: Array
    """Velocities of the body origins in ground, shape (n_world, n_body, 3) [m/s]"""
    mass_center_position: Array
    """shape (n_world, 3) [m]"""
    mass_center_velocity: Array
    """shape (n_world, 3) [m/s]"""
    limit_force: Array
    """Generalised force of each CoordinateLimitForce, shape (n_world, n_limit) [N m or N]"""
    body_angular_velocity: Array
    """Of the bodies in ground, in ground axes, shape (n_world, n_body, 3) [rad/s]"""
    ground_reaction: Array
    """Force of the ground on the body, for each HuntCrossleyForce, shape (n_world, n_contact, 3) [N]"""
    muscle_length: Array
    """Of the path from origin to insertion, shape (n_world, n_muscle) [m]"""
    lengthening_speed: Array
    """Its rate, shape (n_world, n_muscle) [m/s]"""
    fiber_velocity: Array
    """Rate of the fibre length, shape (n_world, n_muscle) [m/s]"""
    fiber_force: Array
    """Active and passive, along the fibre, shape (n_world, n_muscle) [N]"""
    tendon_force: Array
    """shape (n_world, n_muscle) [N]"""


@dataclass(frozen=True)
class Dynamics(Batched):
    """How the forces in a State accelerate it: what some tasks observe besides a Measurement."""

    acceleration: Array
    """Of the free coordinates, shape (n_world, n_q) [rad/s^2 or m/s^2]"""
    body_acceleration: Array
    """Of the body origins in ground, shape (n_world, n_body, 3) [m/s^2]"""
    body_angular_acceleration: Array
    """Of the bodies in ground, in ground axes, shape (n_world, n_body, 3) [rad/s^2]"""
    mass_center_acceleration: Array
    """shape (n_world, 3) [m/s^2]"""
    contact_record: Array
    """Of each geometry of each HuntCrossleyForce, one after the other: the force and the moment about its origin that
    the contacts exert on the body that carries it, shape (n_world, n_geometry, 2, 3) [N, N m]
    (OpenSim's HuntCrossleyForce::getRecordValues)"""


class Status(IntEnum):
    """What became of a world. A world that is not RUNNING stands still until it is reset."""

    RUNNING = 0
    INTEGRATOR_FAILED = 1
    """The integrator gave up ("unable to advance time") or lost the solution."""
    NON_FINITE = 2
    """A state or an excitation stopped being a number."""
    EQUILIBRIUM_FAILED = 3
    """No fibre lengths balance the tendons in the start pose."""


class Engine(ABC):
    """Advances worlds. Same start, parameters and excitations give bit-identical states, whatever happened before.

    A world exists from its first reset on; using it earlier is an EngineError.
    """

    model: Model
    n_world: int
    control_step: float
    """Time between two calls of `step`, the excitation held constant [s]"""

    def __reduce__(self) -> NoReturn:
        """An engine is compiled code and another library's objects: it is neither copied nor pickled."""
        raise TypeError(
            "an engine, and so an environment, cannot be copied or sent to another process; make another environment, "
            "which begins at the same moment with reset(options={'snapshot': env.unwrapped.worlds.snapshot})"
        )

    @abstractmethod
    def reset(self, worlds: NDArray[np.integer], state: State, parameters: Parameters, *, equilibrate: bool) -> None:
        """Put worlds into a state (also the way to restore one).

        Args:
            worlds: indices of the worlds to reset, shape (n,).
            state: their states, n rows.
            parameters: their parameters, n rows.
            equilibrate: solve for the fibre lengths that balance each tendon, and ignore `state.fiber_length`.

        Raises:
            ValueError: wrong shapes, a number that is not finite, a strength that is not positive.
        """

    @abstractmethod
    def step(self, excitation: Array) -> None:
        """Advance every RUNNING world by `control_step`.

        Never raises for what happens inside a world: that becomes its `status`, and its state stays the last good one.

        Args:
            excitation: shape (n_world, n_muscle) [1], not clipped.

        Raises:
            ValueError: wrong shape.
        """

    @abstractmethod
    def state(self) -> State:
        """A copy of the states of all worlds."""

    @abstractmethod
    def measure(self) -> Measurement:
        """The quantities that follow from the states of all worlds."""

    @abstractmethod
    def dynamics(self) -> Dynamics:
        """How the worlds are being accelerated. Excitations do not matter: they act on activations first."""

    @abstractmethod
    def rates(self, excitation: Array) -> Rates:
        """What the equations of motion say in the states of all worlds; nothing moves.

        Args:
            excitation: shape (n_world, n_muscle) [1], not clipped.

        Raises:
            ValueError: wrong shape.
        """

    @abstractmethod
    def status(self) -> NDArray[np.integer]:
        """A Status for each world, shape (n_world,)."""

    @abstractmethod
    def failure(self, world: int) -> str:
        """Why a world is not RUNNING, in the simulator's words; empty while it runs."""

    def close(self) -> None:
        """Give back what the engine holds; calling it twice is harmless."""


# ------------------------------------------------------------------------------------------ what every engine checks


def check_reset(
    model: Model,
    n_world: int,
    worlds: NDArray[np.integer],
    state: State,
    parameters: Parameters,
    equilibrate: bool,
) -> None:
    """ValueError for what `Engine.reset` does not take."""
    check_worlds(worlds, n_world)
    n, n_q, n_muscle = len(worlds), len(model.free_coordinates), len(model.muscles)
    n_obstacle = model.obstacle.count if model.obstacle else 0
    given = {
        "time": (state.time, (n,)),
        "q": (state.q, (n, n_q)),
        "u": (state.u, (n, n_q)),
        "activation": (state.activation, (n, n_muscle)),
        "fiber_length": (state.fiber_length, (n, n_muscle)),
        "strength": (parameters.strength, (n, n_muscle)),
        "obstacle": (parameters.obstacle, (n, n_obstacle, 3)),
    }
    for name, (values, shape) in given.items():
        _check_shape(name, values, shape)
        if not np.isfinite(values).all() and not (equilibrate and name == "fiber_length"):
            raise ValueError(f"{name} of a world to reset holds a number that is not finite: {values}")
    if (parameters.strength <= 0.0).any():
        raise ValueError(f"muscle strengths are positive factors; given was {parameters.strength.min()}")
    if (parameters.obstacle[..., 2] <= 0.0).any():
        raise ValueError(f"obstacle radii are positive; given was {parameters.obstacle[..., 2].min()} m")


def check_excitation(model: Model, n_world: int, excitation: Array) -> NDArray[np.float64]:
    """The excitations of a step as float64; ValueError for another shape."""
    excitation = np.asarray(excitation, dtype=np.float64)
    _check_shape("excitation", excitation, (n_world, len(model.muscles)))
    return excitation


def check_worlds(worlds: NDArray[np.integer], n_world: int) -> None:
    """ValueError for indices of worlds that there are not."""
    known = worlds.dtype.kind in "iu" or not worlds.size  # an empty list is one of floats to NumPy
    if worlds.ndim != 1 or not known or ((worlds < 0) | (worlds >= n_world)).any():
        raise ValueError(f"worlds are given as {worlds.tolist()}; they are a list of indices from 0 to {n_world - 1}")


def _check_shape(name: str, given: Array, shape: tuple[int, ...]) -> None:
    if np.shape(given) != shape:
        raise ValueError(f"{name} has shape {np.shape(given)}; this engine and model take {shape}")
