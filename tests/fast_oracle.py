"""The fast engine's equations on NumPy arrays: the readable oracle, asked as tests/fixtures ask OpenSim."""

import numpy as np

from soleus.engine.fast.equations import (
    Inputs,
    Measurements,
    Rates,
    calculate_geometry,
    calculate_muscles,
    measurements,
    rates,
)
from soleus.engine.fast.operations import NumpyOperations
from soleus.engine.fast.skeleton import build_skeleton


def oracle_answers(model, states, strength=None, applied_force=None):
    """What the equations say in many states, by field, state first.

    Args:
        model: a Model.
        states: q, u, activation, fiber_length and excitation, state first.
        strength: factor on each maximum isometric force, shape (n_state, n_muscle); None is 1.
        applied_force: on each coordinate, shape (n_state, n_q) [N m or N]; None is 0.
    """
    n = len(states["q"])
    columns = {name: list(np.ascontiguousarray(states[name].T, dtype=np.float64)) for name in FIELDS}
    given = Inputs(
        **columns,
        strength=[1.0] * len(model.muscles) if strength is None else list(strength.T),
        applied_force=[0.0] * len(model.coordinate_names) if applied_force is None else list(applied_force.T),
    )
    ops, skeleton = NumpyOperations(), build_skeleton(model)
    geometry = calculate_geometry(ops, model, skeleton, given)
    muscles = calculate_muscles(ops, model, [path.length for path in geometry.paths], given)
    found = rates(ops, model, skeleton, given)
    measured = measurements(ops, model, skeleton, geometry, muscles, given)
    return _named(found, n, RATES) | _named(measured, n, {})


FIELDS = ("q", "u", "activation", "fiber_length", "excitation")
RATES = {"activation": "activation_rate", "fiber_length": "fiber_velocity"}
"""Where the fixtures have another word for a rate."""


def _named(record: Rates | Measurements, n: int, names: dict[str, str]) -> dict[str, np.ndarray]:
    return {names.get(name, name): _stack(values, n) for name, values in vars(record).items()}


def _stack(values, n: int) -> np.ndarray:
    if isinstance(values, list):
        return np.stack([_stack(value, n) for value in values], axis=1) if values else np.empty((n, 0))
    return np.broadcast_to(values, (n,))
