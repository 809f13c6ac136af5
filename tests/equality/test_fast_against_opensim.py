"""The fast engine says what OpenSim says: stage by stage, field by field, in hard random states and over a second.

OpenSim's answers are stored in tests/fixtures; under the mark `opensim` it is asked afresh.
"""

import numpy as np
import pytest

from fast_oracle import oracle_answers
from fixtures.make_fast_trajectories import (
    EVERY,
    SIMULATED,
    STATE_FIELDS,
    excitations,
    start_state,
    stored_trajectories,
)
from fixtures.make_model_answers import Probe, published_answers, random_states
from soleus.engine import Parameters, State, Status, make_engine
from soleus.engine.fast import cache as cache_module
from soleus.engine.fast import engine as engine_module
from soleus.engine.fast.compile import target_of
from soleus.engine.fast.config import FastConfig
from soleus.engine.reference import ReferenceConfig
from soleus.model import MODELS
from soleus.model.osim import to_opensim

TOLERANCE = {
    "muscle_length": 1e-14,  # sums of a few roots
    "body_position": 1e-14,
    "body_rotation": 1e-14,
    "mass_center_position": 1e-14,
    "activation_rate": 1e-14,
    "limit_force": 1e-12,
    "body_velocity": 1e-13,
    "mass_center_velocity": 1e-13,  # sums that cancel
    "lengthening_speed": 1e-12,  # projections that cancel
    "tendon_force": 1e-12,  # steep in the length of the tendon: strain 1e-3, force 30 %
    "fiber_velocity": 1e-11,  # steep in the ratio of two forces
    "ground_reaction": 1e-10,  # the published file turns its ground by a rounded pi/2, 3.5e-15 rad off level
    "acceleration": 1e-12,
}
"""Largest norm of the difference over the norm of OpenSim's answer, in any one state, in float64."""
LEAST = {"limit_force": 1.0, "fiber_force": 1.0}
"""An answer whose norm is less counts as this [N m, N]: where a ligament begins, and on slack tendons, distances and
forces cancel and leave few digits."""
TOLERANCE_FLOAT32 = {
    "muscle_length": 1e-6,
    "body_position": 1e-6,
    "body_rotation": 1e-6,
    "mass_center_position": 1e-6,
    "activation_rate": 1e-6,
    "limit_force": 1e-5,
    "body_velocity": 1e-6,
    "mass_center_velocity": 1e-5,
    "lengthening_speed": 3e-5,
    "tendon_force": 2e-4,
    "fiber_velocity": 2e-4,
    "ground_reaction": 2e-3,  # the depth of a contact is a difference of heights
    "acceleration": 2e-4,
}
"""The same in float32: rounding is 5e8 times coarser, and so is what steepness and cancelling make of it."""
MOTION = 1e-6
"""A second later, in any coordinate [rad or m]"""


@pytest.fixture(scope="module", params=SIMULATED)
def model(request):
    return MODELS[request.param]()


@pytest.fixture(scope="module")
def published(model):
    return published_answers(model.name)


@pytest.fixture(scope="module")
def oracle(model, published):
    return oracle_answers(model, published)


@pytest.fixture(scope="module")
def compiled(model, published):
    return engine_answers(FastConfig("merson"), model, published)


@pytest.fixture(scope="module")
def compiled_float32(model, published):
    return engine_answers(FastConfig("chebyshev", precision="float32"), model, published)


def engine_answers(config, model, states):
    """What the fast engine says in many states, each a world; by the names of the fixtures."""
    n = len(states["q"])
    engine = make_engine(config, model, n)
    answers = _answers(engine, states, np.arange(n))
    engine.close()
    return answers


def _answers(engine, states, rows):
    n = len(rows)
    state = State(np.zeros(n), *(states[name][rows] for name in STATE_FIELDS))
    plain = Parameters(np.ones((n, len(engine.model.muscles))), np.zeros((n, 0, 3)))
    engine.reset(np.arange(n), state, plain, equilibrate=False)
    rates, measured = engine.rates(states["excitation"][rows]), engine.measure()
    return vars(measured) | {"acceleration": rates.u, "activation_rate": rates.activation}


def errors(answer, published, least=1e-9):
    """Norm of the difference of each state's vector over the norm of OpenSim's, or over `least`."""
    n = len(published)  # bodies are stored for the first states only
    answer, published = answer[:n].reshape(n, -1), published.reshape(n, -1)
    return np.linalg.norm(answer - published, axis=1) / np.maximum(np.linalg.norm(published, axis=1), least)


# -------------------------------------------------------------------------------------------------------------- stages


@pytest.mark.parametrize("how", ["oracle", "compiled"])
@pytest.mark.parametrize("field", TOLERANCE)
def test_it_answers_as_opensim(request, how, field, published):
    error = errors(request.getfixturevalue(how)[field], published[field], LEAST.get(field, 1e-9))
    assert error.max() <= TOLERANCE[field], f"{field} is {error.max():.1e} off in state {error.argmax()}"


@pytest.mark.parametrize("field", TOLERANCE_FLOAT32)
def test_float32_answers_as_opensim(field, compiled_float32, published):
    error = errors(compiled_float32[field], published[field], LEAST.get(field, 1e-9))
    assert error.max() <= TOLERANCE_FLOAT32[field], f"{field} is {error.max():.1e} off in state {error.argmax()}"


@pytest.mark.opensim
def test_it_answers_as_opensim_does_today(model):
    """In fresh states, by the interface of both engines, which measure more than the fixtures hold."""
    states = random_states(Probe(to_opensim(model)), 60, seed=7)
    reference = make_engine(ReferenceConfig(), model)
    expected = [_answers(reference, states, [row]) for row in range(60)]
    found = engine_answers(FastConfig("merson"), model, states)
    tolerance = TOLERANCE | {"body_angular_velocity": 1e-13, "fiber_force": 1e-9}
    for field, limit in tolerance.items():
        error = errors(found[field], np.concatenate([answer[field] for answer in expected]), LEAST.get(field, 1e-9))
        assert error.max() <= limit, f"{field} is {error.max():.1e} off in state {error.argmax()}"


# --------------------------------------------------------------------------------------------------------------- width


@pytest.mark.parametrize(
    ("model_name", "method", "precision"),
    [
        ("gait9dof18musc", "merson", "float64"),
        ("gait9dof18musc", "chebyshev", "float32"),
        *(pytest.param(name, "merson", "float64", marks=pytest.mark.slow) for name in SIMULATED),
    ],
)
def test_bits_do_not_depend_on_the_width_of_vectors(monkeypatch, model_name, method, precision):
    """Of any processor: with many worlds a lane is a world, with one it is a muscle while muscles are computed."""
    model, states = MODELS[model_name](), published_answers(model_name)
    monkeypatch.setenv("SOLEUS_CACHE", "")

    def play(n_world, width):
        for module in (engine_module, cache_module):
            monkeypatch.setattr(module, "widest", lambda precision: target_of(precision, width))
        engine = make_engine(FastConfig(method, precision=precision), model, n_world)
        said = _answers(engine, states, list(range(n_world)))
        for _ in range(3):
            engine.step(states["excitation"][:n_world])
        said |= vars(engine.state())
        return {name: values[0].tobytes() for name, values in said.items()}

    expected = play(5, 2)
    for n_world, width in ((5, 8), (1, 2), (1, 8)):
        found = play(n_world, width)
        differ = [name for name in expected if found[name] != expected[name]]
        assert not differ, f"{n_world} worlds on vectors of {width}: {', '.join(differ)} differ from vectors of 2"


# -------------------------------------------------------------------------------------------------------- trajectories


def play_stored(model, stored, ball=None):
    """Move the fast engine as OpenSim was moved; q of each kind, shape as stored."""
    n = len(stored["excitation"])
    engine = make_engine(FastConfig("merson", accuracy=1e-10, minimum_step=1e-9), model, n)
    ball = np.zeros((0, 3)) if ball is None else ball
    parameters = Parameters(np.ones((n, len(model.muscles))), np.tile(ball, (n, 1, 1)))
    start = State(np.zeros(n), *(stored[f"start_{name}"] for name in STATE_FIELDS))
    engine.reset(np.arange(n), start, parameters, equilibrate=False)
    q = []
    for index, row in enumerate(stored["excitation"].swapaxes(0, 1), start=1):
        engine.step(row)
        if index % EVERY == 0:
            q.append(engine.state().q)
    assert (engine.status() == Status.RUNNING).all()
    engine.close()
    return np.array(q).swapaxes(0, 1)


def test_a_second_of_constant_random_and_bang_bang_excitation(model):
    stored = stored_trajectories(model.name)
    away = np.abs(play_stored(model, stored) - stored["q"])
    assert away.shape == (3, 10, len(model.coordinate_names))
    assert away.max() <= MOTION, f"coordinates are {away.max(axis=(1, 2))} off"


def test_equilibrium_starts_the_same_motion(model):
    """The stored start is OpenSim's balance of tendons and fibres."""
    stored = stored_trajectories(model.name)
    start = start_state(model, 0)
    engine = make_engine(FastConfig("merson"), model)
    engine.reset(
        np.arange(1), start, Parameters(np.ones((1, len(model.muscles))), np.zeros((1, 0, 3))), equilibrate=True
    )
    found = engine.state()
    np.testing.assert_array_equal(found.q[0], stored["start_q"][0])
    np.testing.assert_allclose(found.fiber_length[0], stored["start_fiber_length"][0], rtol=1e-12)


@pytest.mark.opensim
@pytest.mark.parametrize(
    "name", ["gait9dof18musc", *(pytest.param(name, marks=pytest.mark.slow) for name in MODELS if name[4:6] == "14")]
)
def test_opensim_moves_the_same_today(name):
    model, n_step = MODELS[name](), 12
    start, excitation = start_state(model, 5), excitations("bang_bang", len(model.muscles), 5)[:n_step, None]
    ends = []
    for config in (ReferenceConfig(1e-9, 1e-12), FastConfig("merson", 1e-10, 1e-9)):
        engine = make_engine(config, model)
        plain = Parameters(np.ones((1, len(model.muscles))), np.zeros((1, 0, 3)))
        engine.reset(np.arange(1), start, plain, equilibrate=True)
        for row in excitation:
            engine.step(row)
        ends.append(engine.state())
        engine.close()
    for field, limit in (("q", MOTION), ("u", 1e-4), ("activation", 1e-8), ("fiber_length", 1e-6)):
        away = np.abs(getattr(ends[0], field) - getattr(ends[1], field)).max()
        assert away <= limit, f"{field} is {away:.1e} off"
