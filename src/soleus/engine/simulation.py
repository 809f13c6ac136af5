"""One body inside OpenSim: everything that is touched each step is looked up once and kept.

A `values` array holds OpenSim's state variables in OpenSim's own order, locked coordinates included; `pack` and
`unpack` translate a one-row State. Three habits of OpenSim 4.6 shape this file:

- `initSystem` replaces objects such as the control functions, and a Python handle to an old one crashes the process. So
  all handles are looked up again after it. Moved obstacles need it, strengths do not.
- OpenSim does not notice that a Constant has changed, and begins the next integration with derivatives of the old
  excitation, across resets too. `excite` therefore declares the controls invalid, so that the whole step has the new
  one.
- A Manager stores every internal step unless told not to. It keeps its step size from one call to the next, so there is
  one Manager for an episode.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Dynamics, Measurement, Rates, State
from soleus.model.osim import motions_in, to_opensim
from soleus.model.spec import GROUND, Model, ModelError

CONTROLLER = "excitation"
"""Name of the controller that holds a Constant for each muscle."""


class Simulation:
    """An OpenSim model, ready to run, and the handles into it."""

    def __init__(self, opensim: ModuleType, model: Model, obstacle: Array | None, file: Path | None = None) -> None:
        """Build the model.

        Args:
            opensim: the package.
            model: what to simulate.
            obstacle: balls as x, y of the centre and radius, shape (n_obstacle, 3) [m]; None without balls.
            file: an .osim file that OpenSim loads instead of building the model, which names what is in it.
        """
        self._opensim = opensim
        self._table = model
        self._model = to_opensim(model, obstacles=obstacle) if file is None else _load(opensim, file)
        self._model.addController(self._controller())
        self._initialise()
        self._check_motions()

    def move_obstacles(self, obstacle: Array) -> None:
        """Put the balls elsewhere: the same as a new Simulation, several times faster. Earlier states become invalid.

        Args:
            obstacle: as for the constructor.
        """
        contact = self._table.obstacle
        assert contact is not None
        for index, (x, y, own_radius) in enumerate(obstacle.tolist()):
            radius = own_radius if contact.contact_radius is None else contact.contact_radius
            name = f"obstacle_{index}"
            ball = self._opensim.ContactSphere.safeDownCast(self._model.getContactGeometrySet().get(name))
            ball.set_location(self._opensim.Vec3(x, y, 0.0))
            ball.setRadius(radius)
            force = self._opensim.HuntCrossleyForce.safeDownCast(self._model.getForceSet().get(name))
            force.setStiffness(contact.stiffness_times_radius / radius)
        self._initialise()

    def place(self, time: float, values: Array) -> Any:
        """A state that has not been integrated yet; the one from an earlier call becomes invalid.

        Args:
            time: [s]
            values: all state variables, as from `pack`.
        """
        state = self._model.initializeState()
        state.setTime(time)
        self._model.setStateVariableValues(state, self._opensim.Vector.createFromMat(values))
        return state

    def equilibrate(self, state: Any) -> None:
        """Set the fibre lengths that balance each tendon; RuntimeError when there are none."""
        self._model.equilibrateMuscles(state)

    def integrator(self, state: Any, accuracy: float, minimum_step: float) -> Any:
        """A Manager that starts from a state; `getState` gives the state that moves on."""
        manager = self._opensim.Manager(self._model)
        manager.setWriteToStorage(False)
        manager.setPerformAnalyses(False)
        manager.setIntegratorAccuracy(accuracy)
        manager.setIntegratorMinimumStepSize(minimum_step)
        manager.initialize(state)
        return manager

    def excite(self, excitation: list[float], state: Any) -> None:
        """Hold excitations from now on [1], one a muscle."""
        for control, value in zip(self._controls, excitation, strict=True):
            control.setValue(value)
        self._model.markControlsAsInvalid(state)

    def strengthen(self, strength: list[float]) -> None:
        """Scale the maximum isometric forces of the model's table [1], one factor a muscle."""
        for muscle, table, factor in zip(self._muscles, self._table.muscles, strength, strict=True):
            muscle.setMaxIsometricForce(table.max_isometric_force * factor)

    def values(self, state: Any) -> Array:
        """A copy of all state variables."""
        return self._model.getStateVariableValues(state).to_numpy()

    def pack(self, state: State, *, fiber_length: bool) -> Array:
        """All state variables for a one-row State; what is not taken from it has the model's defaults."""
        values = self._default.copy()
        values[self._q] = state.q[0]
        values[self._u] = state.u[0]
        values[self._activation] = state.activation[0]
        if fiber_length:
            values[self._fiber_length] = state.fiber_length[0]
        return values

    def unpack(self, time: float, values: Array) -> State:
        """The one-row State in all state variables."""
        return State(
            time=np.array([time]),
            q=values[None, self._q],
            u=values[None, self._u],
            activation=values[None, self._activation],
            fiber_length=values[None, self._fiber_length],
        )

    def measure(self, state: Any) -> Measurement:
        """The quantities that follow from a state."""
        self._model.realizeDynamics(state)
        n_body = len(self._bodies)
        position, velocity = np.empty((1, n_body, 3)), np.empty((1, n_body, 3))
        angular_velocity, rotation = np.empty((1, n_body, 3)), np.empty((1, n_body, 3, 3))
        for i, body in enumerate(self._bodies):
            pose = body.getTransformInGround(state)
            axes = pose.R()
            position[0, i] = pose.p().to_numpy()
            rotation[0, i] = [[axes.get(row, column) for column in range(3)] for row in range(3)]
            velocity[0, i] = body.getLinearVelocityInGround(state).to_numpy()
            angular_velocity[0, i] = body.getAngularVelocityInGround(state).to_numpy()
        return Measurement(
            body_position=position,
            body_rotation=rotation,
            body_velocity=velocity,
            mass_center_position=self._model.calcMassCenterPosition(state).to_numpy()[None],
            mass_center_velocity=self._model.calcMassCenterVelocity(state).to_numpy()[None],
            limit_force=np.array([[limit.calcLimitForce(state) for limit in self._limits]]),
            body_angular_velocity=angular_velocity,
            ground_reaction=np.array(
                [self._ground_reaction(place, state) for place in range(len(self._contacts))]
            ).reshape(1, -1, 3),
            muscle_length=np.array([[muscle.getLength(state) for muscle in self._muscles]]),
            lengthening_speed=np.array([[muscle.getLengtheningSpeed(state) for muscle in self._muscles]]),
            fiber_velocity=np.array([[muscle.getFiberVelocity(state) for muscle in self._muscles]]),
            fiber_force=np.array([[muscle.getFiberForce(state) for muscle in self._muscles]]),
            tendon_force=np.array([[muscle.getActuation(state) for muscle in self._muscles]]),
        )

    def dynamics(self, state: Any) -> Dynamics:
        """How the forces accelerate the bodies."""
        self._model.realizeAcceleration(state)
        bodies = [body.getAccelerationInGround(state) for body in self._bodies]
        records = [contact.getRecordValues(state) for contact in self._contacts]
        recorded = [record.get(index) for record in records for index in range(record.size())]
        return Dynamics(
            acceleration=np.array([self._accelerations(state)]),
            body_acceleration=np.array([[body.get(1).to_numpy() for body in bodies]]),
            body_angular_acceleration=np.array([[body.get(0).to_numpy() for body in bodies]]),
            mass_center_acceleration=self._model.calcMassCenterAcceleration(state).to_numpy()[None],
            contact_record=np.array(recorded).reshape(1, -1, 2, 3),
        )

    def rates(self, state: Any) -> Rates:
        """Time derivatives of all state variables."""
        self._model.realizeAcceleration(state)
        derivative = self._model.getStateVariableDerivativeValue
        paths = [muscle.getAbsolutePathString() for muscle in self._muscles]
        return Rates(
            u=np.array([self._accelerations(state)]),
            activation=np.array([[derivative(state, f"{path}/activation") for path in paths]]),
            fiber_length=np.array([[derivative(state, f"{path}/fiber_length") for path in paths]]),
        )

    def _accelerations(self, state: Any) -> list[float]:
        return [coordinate.getAccelerationValue(state) for coordinate in self._coordinates]

    def _ground_reaction(self, place: int, state: Any) -> list[float]:
        """OpenSim records the force on the body of each geometry, six numbers by axis; none is the ground's where
        nothing of it touches.
        """
        ground = self._on_ground[place]
        if ground is None:
            return [0.0, 0.0, 0.0]
        record = self._contacts[place].getRecordValues(state)
        return [-record.get(6 * ground + axis) for axis in range(3)]

    def _controller(self) -> Any:
        controller = self._opensim.PrescribedController()
        controller.setName(CONTROLLER)
        for name in self._table.muscle_names:
            controller.addActuator(self._model.getMuscles().get(name))
            controller.prescribeControlForActuator(name, self._opensim.Constant(0.0))
        return controller

    def _check_motions(self) -> None:
        """ModelError for a coordinate whose motion is another one to OpenSim: its limits would count in other units."""
        motions = motions_in(self._opensim, self._model)
        for item in self._table.coordinates:
            if motions.get(item.name, item.motion) != item.motion:  # a locked one may be welded
                raise ModelError(
                    f"the coordinate {item.name} is {item.motion} in {self._table.name}, and {motions[item.name]} to "
                    f"OpenSim; call it {motions[item.name]}"
                )

    def _initialise(self) -> None:
        """Build OpenSim's system from the model, and look up every handle."""
        opensim, model, table = self._opensim, self._model, self._table
        model.initSystem()
        self._muscles = [model.getMuscles().get(name) for name in table.muscle_names]
        self._bodies = [model.getBodySet().get(name) for name in table.body_names]
        forces = model.getForceSet()
        self._limits = [opensim.CoordinateLimitForce.safeDownCast(forces.get(item.name)) for item in table.limit_forces]
        self._contacts = [
            opensim.HuntCrossleyForce.safeDownCast(forces.get(item.name)) for item in table.contact_forces
        ]
        fixed = {shape.name for shape in table.contact_geometry if shape.body == GROUND}
        self._on_ground = [
            next((place for place, name in enumerate(item.geometry) if name in fixed), None)
            for item in table.contact_forces
        ]
        controller = opensim.PrescribedController.safeDownCast(model.getControllerSet().get(CONTROLLER))
        functions = controller.get_ControlFunctions()
        self._controls = [opensim.Constant.safeDownCast(functions.get(i)) for i in range(functions.getSize())]
        self._coordinates = [model.getCoordinateSet().get(name) for name in table.coordinate_names]
        self._q, self._u = self._columns(self._coordinates, "value"), self._columns(self._coordinates, "speed")
        self._activation = self._columns(self._muscles, "activation")
        self._fiber_length = self._columns(self._muscles, "fiber_length")
        self._default = self.values(model.initializeState())

    def _columns(self, owners: list[Any], variable: str) -> NDArray[np.integer]:
        names = self._model.getStateVariableNames()
        column = {names.get(i): i for i in range(names.getSize())}
        return np.array([column[f"{owner.getAbsolutePathString()}/{variable}"] for owner in owners], dtype=int)


def _load(opensim: ModuleType, file: Path) -> Any:
    """A model as its file has it, without the file's own controllers."""
    model = opensim.Model(str(file))
    model.updControllerSet().setSize(0)
    return model
