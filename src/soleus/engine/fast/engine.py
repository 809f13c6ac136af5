"""The fast engine: OpenSim's equations, compiled for one model, for many worlds at once."""

from __future__ import annotations

from pathlib import Path

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
from soleus.engine.core import n_core
from soleus.engine.fast.cache import load_program
from soleus.engine.fast.compile import target_of, widest
from soleus.engine.fast.config import FastConfig
from soleus.engine.fast.crew import Crew
from soleus.engine.fast.dump import MOST_DUMPS, Dump, save_dump
from soleus.engine.fast.equilibrium import find_equilibrium
from soleus.engine.fast.fiber_search import Equilibrium
from soleus.engine.fast.kernel import LARGEST_VALUE, Outcome
from soleus.engine.fast.layout import Layout
from soleus.engine.fast.memory import Memory, split
from soleus.engine.fast.obstacle import Obstacles
from soleus.engine.fast.program import dynamics_shapes, measured_shapes, n_number
from soleus.engine.fast.stepper import LONGEST_STEP
from soleus.model.spec import Model, ModelError


class FastEngine(Engine):
    """Worlds of one model in compiled code, shared out over threads.

    Results are the same to the bit whatever the number of worlds, their order, the threads and the width of the
    processor's vectors.
    """

    def __init__(self, model: Model, config: FastConfig, n_world: int = 1) -> None:
        if n_world < 1:
            raise EngineError(f"the fast engine was asked for {n_world} worlds; at least 1 is needed")
        self.model = model
        self.n_world = n_world
        self.control_step = config.control_step
        self._config = config
        self._layout = Layout.of(model)
        target = target_of(config.precision, 1) if n_world == 1 else widest(config.precision)
        self._width = target.width
        self._measured_shapes, self._dynamics_shapes = measured_shapes(model), dynamics_shapes(model)
        threads = min(config.threads or n_core(), self._n_thread(n_world))
        try:
            self._crew: Crew | None = Crew(load_program(model, target, config.method), threads)
        except ModelError as error:
            raise EngineError(f"the fast engine cannot simulate {model.name}: {error}") from error
        self._memory = Memory(self._layout, n_world, n_number(self._measured_shapes), n_number(self._dynamics_shapes))
        self._set_up_job()
        self._obstacles = Obstacles(model, n_world)
        self._everyone = np.arange(n_world)
        self._time = np.zeros(n_world)
        self._ready, self._measured = np.zeros((2, n_world), dtype=bool)
        self._all_ready = False
        self._status = np.full(n_world, Status.RUNNING, dtype=np.int64)
        self._n_dump = 0
        self._failure: dict[int, str] = {}
        """Of every world that is not running"""

    # ------------------------------------------------------------------------------------------------------- interface

    def reset(self, worlds: NDArray[np.integer], state: State, parameters: Parameters, *, equilibrate: bool) -> None:
        self._open_crew()
        check_reset(self.model, self.n_world, np.asarray(worlds), state, parameters, equilibrate)
        worlds = np.asarray(worlds, dtype=np.int64)
        if len(worlds) == 0:
            return
        fiber_length = self._default_fibers(len(worlds)) if equilibrate else state.fiber_length
        memory = self._memory
        self._time[worlds] = state.time
        memory.state[worlds] = np.concatenate([state.q, state.u, state.activation, fiber_length], axis=1)
        memory.strength[worlds] = parameters.strength
        memory.step[worlds] = LONGEST_STEP
        self._obstacles.place(worlds, parameters.obstacle)
        self._status[worlds] = Status.RUNNING
        for world in worlds.tolist():
            self._failure.pop(world, None)
        self._ready[worlds], self._measured[worlds] = True, False
        self._all_ready = bool(self._ready.all())
        if equilibrate:
            self._equilibrate(worlds)
        if self._config.method == "chebyshev":  # it begins a control step with rates that it knows
            self._evaluate(worlds)

    def step(self, excitation: Array) -> None:
        self._check_ready()
        memory = self._memory
        memory.excitation[...] = check_excitation(self.model, self.n_world, excitation)
        self._refuse_non_finite()
        # With a slice NumPy needs a fraction of the time that it needs with a list of worlds.
        rows = self._running() if self._failure else slice(None)
        worlds = self._everyone[rows]
        self._find_near_balls(worlds)
        self._run("advance", self._longest_first(worlds))
        memory.take_results(rows)
        self._measured[rows] = False
        done = memory.outcome[rows] == Outcome.DONE
        if done.all():
            self._time[rows] += self.control_step
        else:
            self._stop_failed(worlds, done)

    def state(self) -> State:
        self._check_ready()
        layout, rows = self._layout, self._memory.state.copy()
        return State(
            time=self._time.copy(),
            q=rows[:, : layout.n_q],
            u=rows[:, layout.n_q : layout.activation],
            activation=rows[:, layout.activation : layout.fiber_length],
            fiber_length=rows[:, layout.fiber_length :],
        )

    def measure(self) -> Measurement:
        self._check_ready()
        self._measure(self._everyone)
        given = split(self._memory.output.copy(), self._measured_shapes)
        del given["sphere_position"]
        return Measurement(**given)

    def dynamics(self) -> Dynamics:
        self._check_ready()
        self._find_near_balls(self._everyone)
        self._run("accelerate", self._everyone)
        return Dynamics(**split(self._memory.dynamics.copy(), self._dynamics_shapes))

    def rates(self, excitation: Array) -> Rates:
        self._check_ready()
        self._memory.excitation[...] = check_excitation(self.model, self.n_world, excitation)
        self._evaluate(self._everyone)
        layout, found = self._layout, self._memory.rate.copy()
        return Rates(
            u=found[:, layout.n_q : layout.activation],
            activation=found[:, layout.activation : layout.fiber_length],
            fiber_length=found[:, layout.fiber_length :],
        )

    def status(self) -> NDArray[np.integer]:
        return self._status.copy()

    def failure(self, world: int) -> str:
        check_worlds(np.array([world]), self.n_world)
        return self._failure.get(world, "")

    @property
    def evaluations(self) -> NDArray[np.int64]:
        """How often the last step evaluated the equations for each world, shape (n_world,)."""
        return self._memory.n_evaluation.copy()

    def close(self) -> None:
        if self._crew is not None:
            self._crew.close()
            self._crew = None

    # ----------------------------------------------------------------------------------------------------------- parts

    def _set_up_job(self) -> None:
        job, config = self._memory.job, self._config
        job.duration = config.control_step
        job.tolerance = config.accuracy
        job.minimum_step = config.minimum_step
        job.max_evaluation = float(config.max_evaluations)

    def _default_fibers(self, n: int) -> Array:
        return np.tile([muscle.default_fiber_length for muscle in self.model.muscles], (n, 1))

    def _equilibrate(self, worlds: NDArray[np.integer]) -> None:
        """Fibre lengths that balance the tendons, or the failure of a world that has none."""
        layout, memory = self._layout, self._memory
        self._measure(worlds)
        measured = split(memory.output, self._measured_shapes)
        found, outcome = find_equilibrium(
            self.model.muscles,
            memory.state[worlds, layout.activation : layout.fiber_length],
            measured["muscle_length"][worlds],
            measured["lengthening_speed"][worlds],
            memory.strength[worlds],
        )
        failed = outcome == Equilibrium.NOT_FOUND
        good = ~failed.any(axis=1)
        memory.state[worlds[good], layout.fiber_length :] = found[good]
        self._measured[worlds] = False
        for row in np.flatnonzero(~good):
            names = ", ".join(self.model.muscle_names[column] for column in np.flatnonzero(failed[row]))
            message = f"no fibre length balances the tendon of {names} in the start pose"
            self._stop(int(worlds[row]), Status.EQUILIBRIUM_FAILED, message)

    def _refuse_non_finite(self) -> None:
        finite = np.isfinite(self._memory.excitation)
        if finite.all():
            return
        bad = ~finite
        for world in np.flatnonzero(bad.any(axis=1) & (self._status == Status.RUNNING)).tolist():
            muscle = self.model.muscle_names[int(np.argmax(bad[world]))]
            at = f"at {self._time[world]:.3f} s"
            self._stop(world, Status.NON_FINITE, f"the excitation of {muscle} is not a finite number {at}")

    def _running(self) -> NDArray[np.integer]:
        return np.flatnonzero(self._status == Status.RUNNING)

    def _stop_failed(self, worlds: NDArray[np.integer], done: NDArray[np.bool_]) -> None:
        """Let the worlds that are done go on, and stop the others."""
        self._time[worlds[done]] += self.control_step
        for world in worlds[~done].tolist():
            self._fail(world)

    def _find_near_balls(self, worlds: NDArray[np.integer]) -> None:
        """Give the kernel the balls that a foot may touch in a control step; all others exert nothing in it."""
        if self.model.obstacle is None:
            return
        self._measure(worlds)
        measured = split(self._memory.output[worlds], self._measured_shapes)
        reached = self._obstacles.within_reach(
            worlds, measured["sphere_position"], measured["body_velocity"], self.control_step
        )
        self._memory.ball[worlds], self._memory.n_ball[worlds] = reached

    def _evaluate(self, worlds: NDArray[np.integer]) -> None:
        """Bring the rates of some worlds up to date."""
        self._find_near_balls(worlds)
        self._run("evaluate", worlds)

    def _measure(self, worlds: NDArray[np.integer]) -> None:
        """Bring what is measured in some worlds up to date."""
        stale = worlds[~self._measured[worlds]]
        if len(stale):
            self._run("measure", stale)
            self._measured[stale] = True

    def _run(self, function: str, worlds: NDArray[np.integer]) -> None:
        """Have a function of the program work on worlds."""
        crew = self._open_crew()
        self._memory.queue(worlds)
        crew.run(function, self._memory.job, self._n_thread(len(worlds)))

    def _longest_first(self, worlds: NDArray[np.integer]) -> NDArray[np.integer]:
        """Worlds with short internal steps take longest; when they go first, no thread is left with one at the end."""
        if len(worlds) <= self._width:
            return worlds
        return worlds[np.argsort(self._memory.step[worlds], kind="stable")]

    def _n_thread(self, n_world: int) -> int:
        """Threads that so many worlds keep busy."""
        return -(-n_world // self._width)

    def _fail(self, world: int) -> None:
        """Say what a kernel's outcome means."""
        after = f"after {self._time[world]:.3f} s"
        match self._memory.outcome[world]:
            case Outcome.STUCK:
                why = "unable to advance time: the rates are not numbers"
            case Outcome.TOO_MANY_EVALUATIONS:
                limit = self._config.max_evaluations
                why = f"unable to advance time: the control step needs more than {limit} evaluations"
            case _:
                why = f"a state variable ran away beyond {LARGEST_VALUE:g}"
        self._stop(world, Status.INTEGRATOR_FAILED, f"{why} {after}")
        if self._config.dump_folder and self._n_dump < MOST_DUMPS:
            self._n_dump += 1
            self._dump(world)

    def _dump(self, world: int) -> None:
        rows, memory = [world], self._memory
        parameters = Parameters(memory.strength[rows], self._obstacles.given(world))
        dump = Dump(self._failure[world], self.state()[rows], parameters, memory.excitation[rows])
        save_dump(Path(self._config.dump_folder), f"{self.model.name}-world{world}", dump)

    def _stop(self, world: int, status: Status, failure: str) -> None:
        self._status[world] = status
        self._failure[world] = failure

    def _open_crew(self) -> Crew:
        if self._crew is None:
            raise EngineError("the fast engine was closed")
        return self._crew

    def _check_ready(self) -> None:
        self._open_crew()
        if not self._all_ready:
            missing = int(np.argmin(self._ready))
            raise EngineError(f"world {missing} of the fast engine has no state yet: call reset first")
