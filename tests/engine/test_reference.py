"""What the OpenSim engine promises beyond the contract of all engines."""

import os
import subprocess
import sys
from dataclasses import replace
from time import process_time

import numpy as np
import pytest

from soleus.engine import EngineError, Parameters, State, Status, default_state, make_engine
from soleus.engine import reference as reference_module
from soleus.engine.reference import ReferenceConfig
from soleus.engine.simulation import Simulation
from soleus.model import arm, learning_to_run
from soleus.model.osim import OpenSimMissingError, import_opensim
from soleus.model.spec import ObstacleContact

MODEL = learning_to_run()
N_MUSCLE = len(MODEL.muscles)
PLAIN = Parameters(np.ones((1, N_MUSCLE)), np.zeros((1, 0, 3)))
WORLD = np.arange(1)


def running(config=None, state=None):
    engine = make_engine(config or ReferenceConfig(), MODEL)
    engine.reset(WORLD, default_state(MODEL) if state is None else state, PLAIN, equilibrate=state is None)
    return engine


# ------------------------------------------------------------------------------------------------------------- building


def test_more_worlds_than_one_are_refused():
    with pytest.raises(EngineError, match="one world in a process, not 4"):
        make_engine(ReferenceConfig(), MODEL, n_world=4)


@pytest.mark.parametrize(
    "setting", [{"accuracy": 0.03}, {"accuracy": 0.0}, {"minimum_step": 1.0}, {"control_step": -0.01}]
)
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        ReferenceConfig(**setting)


def test_a_missing_package_is_a_sentence(monkeypatch):
    def missing():
        raise OpenSimMissingError("OpenSim cannot be imported in Python 3.14")

    monkeypatch.setattr(reference_module, "import_opensim", missing)
    with pytest.raises(EngineError, match=r"opensim engine cannot start.*Python 3\.14"):
        make_engine(ReferenceConfig(), MODEL)


# --------------------------------------------------------------------------------------------------------------- motion


@pytest.mark.opensim
def test_an_arm_whose_muscles_wrap_replays_to_the_bit():
    """A path remembers where it touched a surface; that must not reach into the next episode."""
    engine = make_engine(ReferenceConfig(), arm())
    random = np.random.default_rng(0)
    excitation = random.uniform(size=(30, 1, 6))
    plain = Parameters(np.ones((1, 6)), np.zeros((1, 0, 3)))

    def end(elevation):
        start = default_state(arm())
        start.q[0, 0] = elevation
        engine.reset(WORLD, start, plain, equilibrate=True)
        for row in excitation:
            engine.step(row)
        assert engine.status()[0] == Status.RUNNING
        return engine.state()

    first = end(0.0)
    assert (np.abs(first.q) > 0.1).all()
    end(-1.0)
    again = end(0.0)
    assert (first.q == again.q).all()
    assert (first.fiber_length == again.fiber_length).all()
    engine.close()


@pytest.mark.opensim
def test_accuracy_brings_the_exact_motion_closer():
    random = np.random.default_rng(0)
    excitation = np.repeat(random.uniform(size=(3, 1, N_MUSCLE)), 5, axis=0)

    def end(accuracy):
        engine = running(ReferenceConfig(accuracy=accuracy))
        for row in excitation:
            engine.step(row)
        return engine.state().q

    exact = end(1e-9)
    loose, tight = np.abs(end(1e-3) - exact).max(), np.abs(end(1e-6) - exact).max()
    assert loose < 1e-3
    assert tight < loose / 5.0


@pytest.mark.opensim
@pytest.mark.parametrize("seed", range(3))
def test_a_step_does_not_begin_with_the_excitation_before(seed):
    """It would cost the first step of an episode 0.01 to 0.02 rad/s."""
    excitation = np.random.default_rng(seed).uniform(size=(1, N_MUSCLE))
    graded, exact = running(), running(ReferenceConfig(accuracy=1e-8))
    graded.step(excitation)
    exact.step(excitation)
    np.testing.assert_allclose(graded.state().u, exact.state().u, atol=4e-3)


@pytest.mark.opensim
def test_moved_obstacles_are_those_of_a_new_model():
    opensim = import_opensim()
    for contact in (ObstacleContact(2), ObstacleContact(2, contact_radius=0.1)):
        model = replace(MODEL, obstacle=contact)
        first = np.array([[3.0, 0.0, 0.1], [5.0, 0.0, 0.3]])
        second = np.array([[0.02, -0.03, 0.08], [0.4, 0.01, 0.15]])
        moved = Simulation(opensim, model, first)
        moved.move_obstacles(second)

        def end(simulation, model=model):
            values = simulation.pack(default_state(model), fiber_length=True)
            manager = simulation.integrator(simulation.place(0.0, values), 1e-3, 1e-6)
            for i in range(20):
                simulation.excite([0.2] * N_MUSCLE, manager.getState())
                manager.integrate(0.01 * (i + 1))
            return simulation.values(manager.getState())

        assert (end(moved) == end(Simulation(opensim, model, second))).all()
        assert (end(moved) != end(Simulation(opensim, model, first))).any()


@pytest.mark.opensim
def test_contact_radius_overrides_the_radius_of_a_world():
    model = replace(MODEL, obstacle=ObstacleContact(1, contact_radius=0.1))

    def end(radius):
        engine = make_engine(ReferenceConfig(), model)
        for x in (3.0, 0.05):
            obstacle = np.array([[[x, -0.02, radius]]])
            engine.reset(WORLD, default_state(model), replace(PLAIN, obstacle=obstacle), equilibrate=True)
        for _ in range(15):
            engine.step(np.full((1, N_MUSCLE), 0.05))
        return engine.state().q

    assert (end(0.03) == end(0.3)).all()


# -------------------------------------------------------------------------------------------------------------- failure


class GivesUp:
    """Stands in for a Manager that cannot go on: seen with the real one only at accuracies that we refuse."""

    def integrate(self, time):
        raise RuntimeError(f"Unable to advance time past {time}")


@pytest.mark.opensim
def test_an_exception_of_the_integrator_becomes_a_status(monkeypatch):
    engine = running()
    engine.step(np.full((1, N_MUSCLE), 0.2))
    before = engine.state()
    monkeypatch.setattr(engine, "_manager", GivesUp())
    engine.step(np.full((1, N_MUSCLE), 0.2))
    assert engine.status().tolist() == [Status.INTEGRATOR_FAILED]
    assert "Unable to advance time" in engine.failure(0)
    assert (engine.state().fiber_length == before.fiber_length).all()


@pytest.mark.opensim
def test_a_state_that_runs_away_is_not_handed_on():
    silly = default_state(MODEL)
    silly.u[:] = 5e4
    engine = running(state=silly)
    before = engine.measure()
    engine.step(np.full((1, N_MUSCLE), 0.2))
    assert engine.status().tolist() == [Status.INTEGRATOR_FAILED]
    assert "ran away" in engine.failure(0)
    assert (engine.state().u == silly.u).all()
    assert (engine.measure().body_velocity == before.body_velocity).all()


STIFF = State(
    time=np.zeros(1),
    q=np.array([[0.83159, 0.12264, 0.85686, -0.75179, -0.77689, 0.20599, -0.05458, -1.67191, -0.67354]]),
    u=np.array([[2.87808, 0.18612, -0.05335, -2.53434, -1.82548, 0.05742, -2.87045, -1.32785, 10.9854]]),
    activation=np.array([
        [-0.0005, 0.79912, -0.01595, -0.04923, -0.04923, 0.44848, 0.02806, 0.44871, 0.44848,
         0.00465, -0.04923, -0.04923, 0.00465, 0.46566, -0.02625, 0.8069, 0.01647, 0.7982],
    ]),
    fiber_length=np.array([
        [0.02239, 0.11072, 0.11886, 0.15403, 0.11653, 0.11126, 0.05261, 0.04239, 0.04923,
         0.01794, 0.09019, 0.15835, 0.13282, 0.12487, 0.14458, 0.01497, 0.02231, 0.08699],
    ]),
)  # fmt: skip
"""A silent, over-long vastus, met in a random episode: OpenSim needs 9 s for the next 10 ms, in microsecond steps."""


@pytest.mark.opensim
def test_the_minimum_step_bounds_the_time_of_a_stiff_step():
    def seconds(minimum_step):
        engine = running(ReferenceConfig(minimum_step=minimum_step), STIFF)
        begin = process_time()
        engine.step(np.zeros((1, N_MUSCLE)))
        assert engine.status().tolist() == [Status.RUNNING]
        return process_time() - begin

    assert seconds(3e-5) < 0.5 * seconds(3e-6)


@pytest.mark.opensim
def test_the_default_minimum_step_keeps_the_accuracy_from_fibres_out_of_equilibrium():
    """Learning to Run starts with every fibre 0.1 m long; the first millisecond needs very short steps."""

    def after_a_step(**settings):
        engine = running(ReferenceConfig(**settings), default_state(MODEL))
        engine.step(np.full((1, N_MUSCLE), 0.3))
        return engine.state().q

    exact = after_a_step(accuracy=1e-8, minimum_step=1e-12)
    assert np.abs(after_a_step() - exact).max() < 5e-5
    assert np.abs(after_a_step(minimum_step=3e-6) - exact).max() > 1e-2


# -------------------------------------------------------------------------------------------------------------- silence


@pytest.mark.opensim
def test_no_chatter_and_no_files(tmp_path):
    code = """
import numpy as np
from soleus.engine import Parameters, default_state, find_engine, make_engine
from soleus.model import learning_to_run

model = learning_to_run()
engine = make_engine(find_engine("opensim").config(), model)
n = len(model.muscles)
bad = default_state(model)
bad.q[:] = 50.0
for state in (default_state(model), bad, default_state(model)):
    engine.reset(np.arange(1), state, Parameters(np.ones((1, n)), np.zeros((1, 0, 3))), equilibrate=True)
    engine.step(np.full((1, n), 0.5))
    engine.measure()
engine.close()
"""
    source = os.path.dirname(os.path.dirname(os.path.dirname(reference_module.__file__)))
    environment = os.environ | {"PYTHONPATH": source}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []
