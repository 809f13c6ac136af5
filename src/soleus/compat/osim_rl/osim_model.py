"""What scripts asked of osim-rl's wrapper around OpenSim, `env.osim_model`."""

from __future__ import annotations

import sys
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from soleus.task.base import CONTROL_STEP, Snapshot, Task
from soleus.task.column import Muscles
from soleus.task.description import Description


class World(Protocol):
    """The environment that it belongs to."""

    @property
    def task(self) -> Task: ...

    @property
    def snapshot(self) -> Snapshot: ...

    def get_state_desc(self) -> Description: ...

    def restore(self, snapshot: Snapshot) -> None: ...

    def move(self, action: ArrayLike) -> str: ...


class OsimModel:
    """The simulation's clock, muscles and states."""

    def __init__(self, env: World) -> None:
        self._env = env
        self._action: ArrayLike = ()

    @property
    def stepsize(self) -> float:
        """Time for which excitations are held [s]."""
        return CONTROL_STEP

    @stepsize.setter
    def stepsize(self, stepsize: float) -> None:
        if stepsize != CONTROL_STEP:
            raise ValueError(
                f"stepsize is {stepsize}; these environments step by {CONTROL_STEP} s, as they were graded"
            )

    @property
    def istep(self) -> int:
        """Control steps since the reset."""
        return int(self._env.snapshot.memory.n_step[0])

    @property
    def noutput(self) -> int:
        """Muscles."""
        return len(self._env.task.excitation)

    def get_action_space_size(self) -> int:
        return self.noutput

    def get_activations(self) -> list[float]:
        """Of the muscles, in the model's order."""
        return Muscles(self._env.task.model).activation(self._env.snapshot.state)[0].tolist()

    def get_state_desc(self) -> Description:
        return self._env.get_state_desc()

    @property
    def state_desc(self) -> Description:
        """As `get_state_desc`."""
        return self._env.get_state_desc()

    def compute_state_desc(self) -> Description:
        return self._env.get_state_desc()

    def actuate(self, action: ArrayLike) -> None:
        """Choose the excitations of the next `integrate`, in the model's order of muscles."""
        names = self._env.task.model.muscle_names
        self._action = np.asarray(action)[[names.index(name) for name in self._env.task.excitation.names]]

    def integrate(self) -> None:
        """Hold them for a control step.

        Raises:
            RuntimeError: the simulator failed.
        """
        error = self._env.move(self._action)
        if error:
            raise RuntimeError(error)

    def get_state(self) -> Snapshot:
        """The whole world, to come back to with `set_state`: its clock, targets and rewards due too."""
        return self._env.snapshot

    def set_state(self, state: Snapshot) -> None:
        self._env.restore(state)

    def list_elements(self) -> None:
        """Write the numbers and names of joints, bodies, muscles, forces and markers to the standard output."""
        model = self._env.task.model
        forces = (*model.muscles, *model.spring_forces, *model.contact_forces, *model.limit_forces)
        for title, elements in {
            "JOINTS": model.joints,
            "BODIES": model.bodies,
            "MUSCLES": model.muscles,
            "FORCES": forces,
            "MARKERS": model.markers,
        }.items():
            lines = [title, *(f"{index} {element.name}" for index, element in enumerate(elements)), ""]
            sys.stdout.writelines(f"{line}\n" for line in lines)
