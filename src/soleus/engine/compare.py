"""Runs two engines on the same states and says how far each field differs: stage by stage, in the balance of the
muscles, and along trajectories.

One of them is the reference. Stages and balance are compared by the norm of a field's difference over the norm of the
reference's field, in the state where that is worst; trajectories by the largest difference of a coordinate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Engine, Status
from soleus.engine.random_state import Sample, blocks_of, joined, standing_sample
from soleus.model.spec import Model

BANG_BANG_STEPS = 8
"""Control steps between two draws of all or nothing; 80 ms, as a rule."""


@dataclass(frozen=True)
class Tolerance:
    """How far two engines that compute the same may differ."""

    limit: float
    """[1]; for trajectories [rad or m]"""
    reason: str
    floor: float = 1e-100
    """A reference whose norm is less counts as this, in the unit of the field: what is nearly nothing has no digits."""
    terms: str = ""
    """The field whose numbers add up to this one; where they outweigh their sum, its norm is that of the reference"""


@dataclass(frozen=True)
class Difference:
    """How far two engines are apart in one field, where that is worst."""

    field: str
    error: float
    """Infinite where one of them has no number."""
    place: str
    """The state, or the time."""
    element: str
    """What differs most there: a coordinate, muscle, body, ...; or why a trajectory ended there"""
    tolerance: Tolerance

    @property
    def agrees(self) -> bool:
        return self.error <= self.tolerance.limit

    @property
    def share(self) -> float:
        """Of the tolerance that is used up."""
        return self.error / self.tolerance.limit


@dataclass(frozen=True)
class Comparison:
    """All that was compared for a model."""

    model: str
    n_state: int
    n_contact: int
    """States in which the ground pushes"""
    n_unbalanced: int
    """States in which the reference finds no equilibrium of the muscles"""
    duration: float
    """Of each trajectory [s]"""
    differences: tuple[Difference, ...]

    @property
    def agrees(self) -> bool:
        return all(difference.agrees for difference in self.differences)

    @property
    def worst(self) -> Difference:
        """The difference that uses up most of its tolerance."""
        return max(self.differences, key=lambda difference: difference.share)


_ROUNDING = "rounding: the same sums in another order"
_SPEEDS = "speeds of points are metres a second, and what is left of them millimetres"
_TENDON = "a tendon's stretch, a millimetre, is a difference of lengths, and its force grows steeply with it"
_SUM = "the forces' errors, outweighed by what they add up to"
_MEAN = "bodies are thrown about at kilometres per second squared while their mean falls"
_CONTACT = "a contact's depth, a millimetre, is a difference of positions; a file's ground may lean by 4e-15 rad"

STAGE_TOLERANCES = {
    "body_position": Tolerance(1e-14, _ROUNDING),
    "body_rotation": Tolerance(1e-14, _ROUNDING),
    "body_velocity": Tolerance(1e-13, _ROUNDING, floor=0.1),
    "body_angular_velocity": Tolerance(1e-13, _ROUNDING, floor=0.1),
    "mass_center_position": Tolerance(1e-13, _ROUNDING, floor=0.1),
    "mass_center_velocity": Tolerance(1e-13, _ROUNDING, floor=0.1),
    "muscle_length": Tolerance(1e-14, _ROUNDING),
    "lengthening_speed": Tolerance(1e-12, _SPEEDS, floor=0.01),
    "activation_rate": Tolerance(1e-14, _ROUNDING),
    "tendon_force": Tolerance(1e-11, _TENDON, floor=1.0),
    "fiber_force": Tolerance(1e-11, _TENDON, floor=1.0),
    "fiber_velocity": Tolerance(1e-11, _TENDON, floor=0.1),
    "fiber_length_rate": Tolerance(1e-11, _TENDON, floor=0.1),
    "limit_force": Tolerance(1e-12, "how far a coordinate is beyond its limit is a difference of angles", floor=1.0),
    "ground_reaction": Tolerance(1e-10, _CONTACT, floor=1.0),
    "contact_record": Tolerance(1e-10, _CONTACT, floor=1.0),
    "acceleration": Tolerance(1e-12, _SUM, floor=1.0),
    "body_acceleration": Tolerance(1e-12, _SUM, floor=1.0),
    "body_angular_acceleration": Tolerance(1e-12, _SUM, floor=1.0),
    "mass_center_acceleration": Tolerance(1e-13, _MEAN, floor=1.0, terms="body_acceleration"),
}
"""What an engine says about a state, in the order in which it is computed: the first that fails is to blame."""
EQUILIBRIUM_TOLERANCE = Tolerance(1e-10, "rounding, through a search that stops at the same step")
MISSED_TOLERANCE = Tolerance(0.5, "a count: the states that only one engine can balance")
TRAJECTORY_TOLERANCE = Tolerance(1e-6, "the errors of two integrators at tight accuracy, which grow with every step")


def compare(engine: Engine, reference: Engine, sample: Sample, excitations: Mapping[str, Array]) -> Comparison:
    """Compare two engines of a model in all three ways.

    Args:
        engine: at a tight accuracy, and so the reference: their trajectories are to agree.
        reference: the engine that is right.
        sample: states, such as those of `random_state.random_sample`.
        excitations: to move by, such as those of `draw_excitations`; each of shape (n_step, n_muscle), of one length.
    """
    model = engine.model
    expected, balance = answers(reference, sample), equilibria(reference, sample)
    excitation = np.stack(list(excitations.values()))
    start = _start(reference, excitation)
    motion = motions(reference, start, excitation)
    differences = (
        *compare_stages(model, answers(engine, sample), expected),
        *compare_equilibria(model, equilibria(engine, sample), balance),
        *compare_motions(engine, list(excitations), motions(engine, start, excitation), motion),
    )
    pushes = np.abs(expected["ground_reaction"]).reshape(len(sample), -1).any(axis=1)
    return Comparison(
        model=model.name,
        n_state=len(sample),
        n_contact=int(pushes.sum()),
        n_unbalanced=int(balance.fails.sum()),
        duration=engine.control_step * excitation.shape[1],
        differences=differences,
    )


def draw_excitations(n_muscle: int, n_step: int, seed: int) -> dict[str, Array]:
    """Excitations to move by, each of shape (n_step, n_muscle) [1]."""
    random = np.random.default_rng(seed)
    switched = random.integers(0, 2, (n_step // BANG_BANG_STEPS + 1, n_muscle)).astype(np.float64)
    return {
        "constant": np.full((n_step, n_muscle), 0.05),
        "random": random.uniform(size=(n_step, n_muscle)),
        "bang-bang": np.repeat(switched, BANG_BANG_STEPS, axis=0)[:n_step],
    }


# ---------------------------------------------------------------------------------------------- what the engines answer


@dataclass(frozen=True)
class Equilibria:
    """The balance of muscles and tendons in many states."""

    fiber_length: Array
    """shape (n, n_muscle) [m]; of no meaning where there is no balance"""
    fails: NDArray[np.bool_]
    """Whether there is none, shape (n,)"""


@dataclass(frozen=True)
class Motions:
    """Trajectories."""

    q: Array
    """Coordinates after each step, shape (n, n_step, n_q) [rad or m]; not a number from where a world has failed"""
    failures: tuple[str, ...]
    """Why each of the n failed, in the engine's words; empty if it did not"""


def answers(engine: Engine, sample: Sample) -> dict[str, Array]:
    """What an engine says about states, by the names of STAGE_TOLERANCES, the state first."""
    rates, measurements, dynamics = [], [], []
    for rows in blocks_of(engine, len(sample)):
        part = sample[rows]
        engine.reset(np.arange(engine.n_world), part.state, part.parameters, equilibrate=False)
        rates.append(engine.rates(part.excitation))
        measurements.append(engine.measure())
        dynamics.append(engine.dynamics())
    rate = joined(rates, len(sample))
    said = {"activation_rate": rate.activation, "fiber_length_rate": rate.fiber_length}
    return {**vars(joined(measurements, len(sample))), **vars(joined(dynamics, len(sample))), **said}


def equilibria(engine: Engine, sample: Sample) -> Equilibria:
    """The fibre lengths that an engine starts with when it is asked to equilibrate."""
    states, fails = [], []
    for rows in blocks_of(engine, len(sample)):
        part = sample[rows]
        engine.reset(np.arange(engine.n_world), part.state, part.parameters, equilibrate=True)
        states.append(engine.state())
        fails.append(engine.status() == Status.EQUILIBRIUM_FAILED)
    return Equilibria(joined(states, len(sample)).fiber_length, np.concatenate(fails)[: len(sample)])


def motions(engine: Engine, start: Sample, excitation: Array) -> Motions:
    """How an engine moves.

    Args:
        engine: of the model.
        start: n states.
        excitation: shape (n, n_step, n_muscle) [1].
    """
    blocks: list[Array] = []
    failures: list[str] = []
    for rows in blocks_of(engine, len(start)):
        engine.reset(np.arange(engine.n_world), start.state[rows], start.parameters[rows], equilibrate=False)
        steps = []
        for step in range(excitation.shape[1]):
            engine.step(excitation[rows, step])
            running = engine.status() == Status.RUNNING
            steps.append(np.where(running[:, None], engine.state().q, np.nan))
        blocks.append(np.stack(steps, axis=1))
        failures += [engine.failure(world) for world in range(engine.n_world)]
    return Motions(np.concatenate(blocks)[: len(start)], tuple(failures[: len(start)]))


def _start(reference: Engine, excitation: Array) -> Sample:
    """The default pose, on the ground, for each trajectory; in the reference's equilibrium if it has one."""
    start = standing_sample(reference, len(excitation))
    balance = equilibria(reference, start)
    fiber_length = np.where(balance.fails[:, None], start.state.fiber_length, balance.fiber_length)
    return replace(start, state=replace(start.state, fiber_length=fiber_length))


# ----------------------------------------------------------------------------------------------- where they differ most


def compare_stages(model: Model, found: Mapping[str, Array], expected: Mapping[str, Array]) -> tuple[Difference, ...]:
    """Compare two engines' `answers`."""
    elements = _elements(model)
    return tuple(
        _worst_state(name, found[name], expected[name], elements[name], tolerance, expected.get(tolerance.terms))
        for name, tolerance in STAGE_TOLERANCES.items()
        if elements[name]
    )


def compare_equilibria(model: Model, found: Equilibria, expected: Equilibria) -> tuple[Difference, ...]:
    """Compare two engines' `equilibria`: the fibre lengths where both have some, and how often only one has."""
    if not model.muscles:
        return ()
    balanced = ~(found.fails | expected.fails)
    there = np.where(balanced[:, None], expected.fiber_length, 1.0)
    lengths = np.where(balanced[:, None], found.fiber_length, 1.0)
    wrong = np.flatnonzero(found.fails != expected.fails)
    place = f"state {wrong[0]}" if len(wrong) else ""
    return (
        _worst_state("equilibrium", lengths, there, model.muscle_names, EQUILIBRIUM_TOLERANCE),
        Difference("equilibrium missed", float(len(wrong)), place, "", MISSED_TOLERANCE),
    )


def compare_motions(engine: Engine, names: Sequence[str], found: Motions, expected: Motions) -> tuple[Difference, ...]:
    """Compare two engines' `motions` under the excitations of these names."""
    differences = []
    for i, name in enumerate(names):
        worst = _worst_time(f"{name} excitation", found.q[i], expected.q[i], engine)
        failure = found.failures[i] or expected.failures[i]
        differences.append(replace(worst, element=failure) if failure else worst)
    return tuple(differences)


def _worst_state(
    field: str,
    found: Array,
    expected: Array,
    elements: Sequence[str],
    tolerance: Tolerance,
    terms: Array | None = None,
) -> Difference:
    """The state with the largest difference, and the element that differs most there.

    Args:
        field: its name.
        found: shape (n, n_element, ...); an element's numbers may have dimensions of their own.
        expected: the reference's, alike.
        elements: names of the elements.
        tolerance: of the field.
        terms: the reference's numbers that add up to the field, shape (n, ...), where it is a sum.
    """
    n = len(found)
    apart = np.linalg.norm((found - expected).reshape(n, len(elements), -1), axis=2)
    size = np.linalg.norm(expected.reshape(n, -1), axis=1)
    if terms is not None:
        size = np.maximum(size, np.linalg.norm(terms.reshape(n, -1), axis=1))
    errors = _number_or_infinity(np.linalg.norm(apart, axis=1) / np.maximum(size, tolerance.floor))
    state = int(np.argmax(errors))
    element = elements[int(np.argmax(_number_or_infinity(apart[state])))] if errors[state] else ""
    return Difference(field, float(errors[state]), f"state {state}", element, tolerance)


def _worst_time(field: str, found: Array, expected: Array, engine: Engine) -> Difference:
    """The largest difference of a coordinate at any time; that is the first step that one engine fails.

    Args:
        field: its name.
        found: coordinates after each step, shape (n_step, n_q) [rad or m].
        expected: the reference's, alike.
        engine: for the names and the length of a step.
    """
    errors = _number_or_infinity(np.abs(found - expected))
    step, coordinate = np.unravel_index(np.argmax(errors), errors.shape)
    at = f"{engine.control_step * (step + 1):.2f} s"
    name = engine.model.coordinate_names[coordinate]
    return Difference(field, float(errors[step, coordinate]), at, name, TRAJECTORY_TOLERANCE)


def _number_or_infinity(errors: Array) -> Array:
    return np.where(np.isfinite(errors), errors, np.inf)


def _elements(model: Model) -> dict[str, tuple[str, ...]]:
    """The names that the columns of each answer have."""
    axes = ("x", "y", "z")
    of_bodies = [name for name in STAGE_TOLERANCES if name.startswith("body_")]
    of_center = [name for name in STAGE_TOLERANCES if name.startswith("mass_center_")]
    others = {
        "limit_force": tuple(force.name for force in model.limit_forces),
        "ground_reaction": tuple(force.name for force in model.contact_forces),
        "contact_record": tuple(name for force in model.contact_forces for name in force.geometry),
        "acceleration": model.coordinate_names,
    }
    bodies, center = dict.fromkeys(of_bodies, model.body_names), dict.fromkeys(of_center, axes)
    return dict.fromkeys(STAGE_TOLERANCES, model.muscle_names) | bodies | center | others
