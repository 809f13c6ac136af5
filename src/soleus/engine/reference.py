"""The reference engine: OpenSim 4.6 itself, by its own Python interface; the truth that others are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import (
    Array,
    Dynamics,
    Engine,
    EngineError,
    Measurement,
    Parameters,
    Rates,
    State,
    Status,
    check_excitation,
    check_reset,
    check_worlds,
)
from soleus.engine.simulation import Simulation
from soleus.model.osim import OpenSimMissingError, import_opensim
from soleus.model.spec import Model

LARGEST_VALUE = 1e4
"""No coordinate, speed, activation or fibre length of a body gets here [SI]: the integrator has lost the solution."""


@dataclass(frozen=True)
class ReferenceConfig:
    """Settings of OpenSim's integrator, an adaptive Runge-Kutta-Merson method."""

    accuracy: float = 1e-3
    """Error allowed in an internal step, relative to each variable's scale. Smaller is dearer and closer to the exact
    motion; looser than 1e-2 the integrator gives up in lively motions, so that is not allowed."""
    minimum_step: float = 1e-7
    """Shortest internal step [s]; where the accuracy asks for shorter ones it is not kept. The judged start of Learning
    to Run, its fibres far from equilibrium, needs 1e-7; larger ones bound the time of rare, very stiff control steps
    (measured in docs/engines.md)."""
    control_step: float = 0.01
    """Time for which an excitation is held [s]; the challenges were graded at 10 ms."""

    def __post_init__(self) -> None:
        for name, least, most in (
            ("accuracy", 1e-12, 1e-2),
            ("minimum_step", 1e-12, 1e-4),
            ("control_step", 1e-3, 1.0),
        ):
            if not least <= getattr(self, name) <= most:
                raise ValueError(
                    f"{name} of the opensim engine is {getattr(self, name)}; it lies from {least} to {most}"
                )

    def build(self, model: Model, n_world: int = 1) -> ReferenceEngine:
        """The engine for a model; EngineError without OpenSim, or for more worlds than one."""
        return ReferenceEngine(model, self, n_world)


class ReferenceEngine(Engine):
    """One world in OpenSim. For many, run many processes: OpenSim keeps one core busy and shares nothing."""

    def __init__(self, model: Model, config: ReferenceConfig, n_world: int = 1, file: Path | None = None) -> None:
        """Prepare OpenSim.

        Args:
            model: what to simulate.
            config: settings.
            n_world: 1.
            file: an .osim file that OpenSim loads instead of building the model, which was read from it. The <defaults>
                of a file stay in force in this process, so no other model is to be simulated there afterwards.
        """
        if n_world != 1:
            raise EngineError(
                f"the opensim engine simulates one world in a process, not {n_world}; run one process for each world"
            )
        self.model = model
        self.n_world = n_world
        self.control_step = config.control_step
        self._config = config
        self._file = file
        try:
            self._opensim = import_opensim()
        except OpenSimMissingError as error:
            raise EngineError(f"the opensim engine cannot start. {error}") from error
        self._simulation: Simulation | None = None
        self._obstacle = np.empty(0)
        self._manager: Any = None
        self._osim_state: Any = None
        self._time = 0.0
        self._values = np.empty(0)
        self._status = Status.RUNNING
        self._failure = ""

    def reset(self, worlds: NDArray[np.integer], state: State, parameters: Parameters, *, equilibrate: bool) -> None:
        worlds = np.asarray(worlds)
        check_reset(self.model, self.n_world, worlds, state, parameters, equilibrate)
        if len(worlds) == 0:
            return
        simulation = self._simulation_with(parameters.obstacle[0])
        simulation.strengthen(parameters.strength[0].tolist())
        self._status, self._failure = Status.RUNNING, ""
        self._place(float(state.time[0]), simulation.pack(state, fiber_length=not equilibrate))
        if equilibrate:
            try:
                simulation.equilibrate(self._osim_state)
            except RuntimeError as error:
                self._stop(Status.EQUILIBRIUM_FAILED, str(error))
                return
        self._manager = simulation.integrator(self._osim_state, self._config.accuracy, self._config.minimum_step)
        self._osim_state = self._manager.getState()
        self._values = simulation.values(self._osim_state)

    def step(self, excitation: Array) -> None:
        simulation = self._running_simulation()
        excitation = check_excitation(self.model, self.n_world, excitation)
        if self._status != Status.RUNNING:
            return
        if not np.isfinite(excitation).all():
            muscle = self.model.muscle_names[int(np.argmin(np.isfinite(excitation[0])))]
            self._stop(Status.NON_FINITE, f"the excitation of {muscle} is not a finite number at {self._time:.3f} s")
            return
        simulation.excite(excitation[0].tolist(), self._osim_state)
        try:
            self._manager.integrate(self._time + self.control_step)
        except RuntimeError as error:
            self._stop(Status.INTEGRATOR_FAILED, str(error))
            return
        values = simulation.values(self._osim_state)
        largest = np.abs(values).max()
        if not np.isfinite(largest):
            self._stop(Status.NON_FINITE, f"the state became non-finite after {self._time:.3f} s")
        elif largest > LARGEST_VALUE:
            self._stop(Status.INTEGRATOR_FAILED, f"a state variable ran away to {largest:.3g} after {self._time:.3f} s")
        else:
            self._time, self._values = self._osim_state.getTime(), values

    def state(self) -> State:
        return self._running_simulation().unpack(self._time, self._values)

    def measure(self) -> Measurement:
        return self._running_simulation().measure(self._osim_state)

    def dynamics(self) -> Dynamics:
        return self._running_simulation().dynamics(self._osim_state)

    def rates(self, excitation: Array) -> Rates:
        simulation = self._running_simulation()
        excitation = check_excitation(self.model, self.n_world, excitation)
        simulation.excite(excitation[0].tolist(), self._osim_state)
        return simulation.rates(self._osim_state)

    def status(self) -> NDArray[np.integer]:
        return np.array([self._status], dtype=np.int64)

    def failure(self, world: int) -> str:
        check_worlds(np.array([world]), self.n_world)
        return self._failure

    def close(self) -> None:
        self._manager = self._osim_state = self._simulation = None

    def _simulation_with(self, obstacle: Array) -> Simulation:
        """The simulation with these balls; it moves them only if it must, which costs as much as a control step."""
        if self._simulation is None:
            balls = None if self.model.obstacle is None else obstacle
            try:
                self._simulation = Simulation(self._opensim, self.model, balls, self._file)
            except RuntimeError as error:
                raise EngineError(f"OpenSim cannot build {self.model.name}: {error}") from error
        elif not np.array_equal(obstacle, self._obstacle):
            self._manager = self._osim_state = None  # they point into the system that goes
            self._simulation.move_obstacles(obstacle)
        self._obstacle = np.array(obstacle)
        return self._simulation

    def _running_simulation(self) -> Simulation:
        if self._simulation is None:
            raise EngineError("the opensim engine has no world yet, or was closed: call reset first")
        return self._simulation

    def _place(self, time: float, values: Array) -> None:
        self._manager = None
        self._osim_state = self._running_simulation().place(time, values)
        self._time, self._values = time, values

    def _stop(self, status: Status, failure: str) -> None:
        """Stand still in the last good state."""
        self._status, self._failure = status, " ".join(failure.split())
        self._place(self._time, self._values)
