"""Feet on the balls of Learning to Run: the fast engine says what OpenSim says, and looks only at balls in reach."""

import numpy as np
import pytest

from equality.test_fast_against_opensim import errors, play_stored
from fast_oracle import oracle_answers
from fixtures.make_fast_obstacles import GRADED, MODELS, N_BALL, state_of, stored_obstacles
from soleus.engine import Parameters, Status, default_state, make_engine
from soleus.engine.fast import obstacle as obstacle_module
from soleus.engine.fast.config import FastConfig
from soleus.engine.fast.contact import contact_stiffness
from soleus.engine.fast.equations import obstacle_forces
from soleus.engine.fast.operations import NumpyOperations
from soleus.engine.fast.skeleton import build_skeleton

N_MUSCLE = len(GRADED.muscles)


@pytest.mark.parametrize("name", MODELS)
def test_balls_push_as_in_opensim(name):
    model, stored = MODELS[name], stored_obstacles(name)
    n = len(stored["q"])
    engine = make_engine(FastConfig("merson"), model, n)
    given = Parameters(stored["strength"], stored["ball"])
    engine.reset(np.arange(n), state_of(stored, slice(None)), given, equilibrate=False)
    found = engine.rates(stored["excitation"]).u
    engine.close()
    assert errors(found, stored["acceleration"]).max() < 1e-12
    without = oracle_answers(model, stored, strength=stored["strength"])["acceleration"]
    assert (errors(without, stored["acceleration"]) > 0.1).mean() > 0.5, "balls touch feet in most states"


@pytest.mark.parametrize("name", MODELS)
def test_the_readable_equations_say_the_same(name):
    model, stored = MODELS[name], stored_obstacles(name)
    contact, skeleton = model.obstacle, build_skeleton(model)
    q, u = list(stored["q"].T), list(stored["u"].T)
    applied, several = 0.0, 0
    for x, y, own in stored["ball"].transpose(1, 2, 0):
        radius = own if contact.contact_radius is None else np.full_like(own, contact.contact_radius)
        ball = [x, y, radius, contact_stiffness(contact.stiffness_times_radius / radius)]
        force = np.array(obstacle_forces(NumpyOperations(), model, skeleton, q, u, ball)).T
        applied = applied + force
        several = several + (np.abs(force).max(axis=1) > 0.0)
    assert (several > 1).sum() > 20, "in many states several balls push"
    found = oracle_answers(model, stored, strength=stored["strength"], applied_force=applied)
    assert errors(found["acceleration"], stored["acceleration"]).max() < 1e-12


def test_a_second_over_a_track_full_of_balls():
    stored = stored_obstacles("trajectory")
    assert np.abs(play_stored(GRADED, stored, stored["ball"]) - stored["q"]).max() < 1e-6
    far_away = stored["ball"] + [100.0, 0.0, 0.0]
    assert np.abs(play_stored(GRADED, stored, far_away) - stored["q"]).max() > 1e-2, "the balls matter"


@pytest.mark.parametrize(
    ("control_step", "fall"), [(0.01, 0.0), (0.01, 3.0), (0.01, 20.0), (0.01, 80.0), (0.05, 0.0), (0.3, 0.0)]
)
def test_a_ball_that_comes_into_reach_within_a_control_step(monkeypatch, control_step, fall):
    """Bodies that drop onto balls from different heights: never mind that they are told to look at near balls only."""
    n = 24
    model, ball = GRADED, np.full((n, N_BALL, 3), [30.0, 0.0, 0.1])
    ball[:, [2, 7]] = [[0.0, -0.02, 0.1], [0.2, -0.05, 0.1]]

    def land(ball):
        engine = make_engine(FastConfig("merson", control_step=control_step, max_evaluations=10**6), model, n)
        start = default_state(model, n)
        way = control_step * (fall + 4.9 * control_step)
        start.q[:, model.coordinate_names.index("pelvis_ty")] += np.linspace(0.0, 1.2 * way + 0.3, n)
        start.u[:, model.coordinate_names.index("pelvis_ty")] = -fall
        engine.reset(np.arange(n), start, Parameters(np.ones((n, N_MUSCLE)), ball), equilibrate=True)
        engine.step(np.full((n, N_MUSCLE), 0.05))
        assert (engine.status() == Status.RUNNING).all()
        return engine.state().q

    found = land(ball)
    monkeypatch.setattr(obstacle_module, "REACH", 1e3)
    np.testing.assert_array_equal(found, land(ball))
    elsewhere = ball + np.array([50.0, 0.0, 0.0])
    touched = (land(ball) != land(elsewhere)).any(axis=1)
    assert touched.any()
    assert not touched.all()
