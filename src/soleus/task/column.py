"""What observations take from the columns of a model's arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from soleus.engine.base import Array, State
from soleus.engine.fast.muscle import least_fiber_length
from soleus.model.spec import Model


class Coordinates:
    """Some coordinates of a model in an order of their own; locked ones too, which stay at their defaults."""

    def __init__(self, model: Model, names: Sequence[str]) -> None:
        every = {item.name: item for item in model.coordinates}
        free = model.coordinate_names
        self._column = np.array([free.index(name) if name in free else 0 for name in names], dtype=np.intp)
        self._is_free = np.array([name in free for name in names])
        self._default = np.array([every[name].default for name in names])

    def positions(self, q: Array) -> Array:
        """Their values in State.q, shape (n_world, n) [rad or m]."""
        return q.__array_namespace__().where(self._is_free, q[:, self._column], self._default)

    def rates(self, u: Array) -> Array:
        """Their values in State.u, or in Dynamics.acceleration, shape (n_world, n)."""
        return u.__array_namespace__().where(self._is_free, u[:, self._column], 0.0)


class Muscles:
    """What OpenSim's muscles report of their state: the integrated variables may leave their ranges."""

    def __init__(self, model: Model) -> None:
        self._least_activation = np.array([muscle.minimum_activation for muscle in model.muscles])
        self._least_length = np.array([least_fiber_length(muscle) for muscle in model.muscles])

    def activation(self, state: State) -> Array:
        """Clamped, shape (n_world, n_muscle) [1]."""
        xp = state.activation.__array_namespace__()
        return xp.clip(state.activation, self._least_activation, 1.0)

    def fiber_length(self, state: State) -> Array:
        """Not shorter than a fibre can be, shape (n_world, n_muscle) [m]."""
        xp = state.fiber_length.__array_namespace__()
        return xp.maximum(state.fiber_length, self._least_length)
