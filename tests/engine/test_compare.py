"""A comparison finds what differs, names it, and says nothing where nothing does."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.engine import compare as compare_module
from soleus.engine.compare import (
    STAGE_TOLERANCES,
    Equilibria,
    Motions,
    answers,
    compare,
    compare_equilibria,
    compare_motions,
    compare_stages,
    draw_excitations,
)
from soleus.engine.fast.config import FastConfig
from soleus.engine.random_state import random_sample
from soleus.engine.reference import ReferenceConfig
from soleus.model import MODELS, learning_to_run
from soleus.model.spec import ObstacleContact

CONFIG = FastConfig(method="merson", accuracy=1e-10, minimum_step=1e-9, threads=1)
MODEL = learning_to_run()
N_MUSCLE = len(MODEL.muscles)


@pytest.fixture(scope="module")
def engine():
    return CONFIG.build(MODEL, 16)


@pytest.fixture(scope="module")
def sample(engine):
    return random_sample(engine, 40, seed=0)


def failed(differences):
    return {item.field: item for item in differences if not item.agrees}


# --------------------------------------------------------------------------------------------------------- two engines


@pytest.mark.opensim
@pytest.mark.parametrize("obstacle", [None, ObstacleContact(2)], ids=["no ball", "balls"])
def test_the_fast_engine_agrees_with_opensim(obstacle):
    model = replace(MODEL, obstacle=obstacle)
    fast = CONFIG.build(model, 16)
    reference = ReferenceConfig(accuracy=1e-8, minimum_step=1e-9).build(model)
    found = compare(fast, reference, random_sample(fast, 40, seed=1), draw_excitations(N_MUSCLE, 5, seed=1))
    assert found.agrees, found.worst
    assert (found.model, found.n_state, found.duration) == ("gait9dof18musc", 40, 0.05)
    assert 10 < found.n_contact < 30
    assert 0 < found.n_unbalanced < 10
    fields = [item.field for item in found.differences]
    assert fields[: len(STAGE_TOLERANCES)] == list(STAGE_TOLERANCES)
    assert fields[-3:] == ["constant excitation", "random excitation", "bang-bang excitation"]


def test_an_engine_agrees_with_itself_whatever_its_worlds(engine, sample):
    one = CONFIG.build(MODEL, 1)
    found = compare(engine, one, sample, draw_excitations(N_MUSCLE, 3, seed=0))
    assert found.agrees
    assert len(answers(one, sample)["acceleration"]) == 40


def test_a_stronger_muscle_is_named(engine, sample):
    index = MODEL.muscle_names.index("soleus_r")
    muscle = MODEL.muscles[index]
    muscles = list(MODEL.muscles)
    muscles[index] = replace(muscle, max_isometric_force=1.001 * muscle.max_isometric_force)
    other = CONFIG.build(replace(MODEL, muscles=tuple(muscles)), 16)
    wrong = failed(compare_stages(MODEL, answers(other, sample), answers(engine, sample)))
    accelerations = {"acceleration", "body_acceleration", "body_angular_acceleration"}
    assert set(wrong) == {"tendon_force", "fiber_force"} | accelerations
    assert wrong["tendon_force"].element == "soleus_r"
    assert 1e-8 < wrong["tendon_force"].error < 2e-3


def test_a_softer_foot_is_named(engine, sample):
    forces = [replace(force, stiffness=0.99 * force.stiffness) for force in MODEL.contact_forces[:1]]
    model = replace(MODEL, contact_forces=(*forces, *MODEL.contact_forces[1:]))
    wrong = failed(compare_stages(MODEL, answers(CONFIG.build(model, 16), sample), answers(engine, sample)))
    assert set(wrong) == {"ground_reaction", "contact_record"} | {name for name in wrong if "acceleration" in name}
    assert "acceleration" in wrong
    assert wrong["ground_reaction"].element == MODEL.contact_forces[0].name


def test_a_stage_without_elements_is_left_out():
    model = replace(MODEL, limit_forces=(), contact_forces=())
    fast = CONFIG.build(model, 8)
    said = answers(fast, random_sample(fast, 8, seed=0))
    fields = {item.field for item in compare_stages(model, said, said)}
    assert set(STAGE_TOLERANCES) - fields == {"limit_force", "ground_reaction", "contact_record"}


# ---------------------------------------------------------------------------------------------------- made-up answers


def test_what_is_no_number_never_agrees(engine, sample):
    right = answers(engine, sample)
    wrong = {name: values.copy() for name, values in right.items()}
    wrong["acceleration"][7, 2] = np.nan
    wrong["muscle_length"][3, 5] = np.inf
    found = failed(compare_stages(MODEL, wrong, right))
    assert {name: (item.error, item.place, item.element) for name, item in found.items()} == {
        "muscle_length": (np.inf, "state 3", MODEL.muscle_names[5]),
        "acceleration": (np.inf, "state 7", MODEL.coordinate_names[2]),
    }


def test_errors_are_relative_to_the_field_of_the_state_down_to_a_floor(engine, sample):
    right = answers(engine, sample)
    zero = {name: np.zeros_like(values) for name, values in right.items()}
    wrong = {name: values.copy() for name, values in zero.items()}
    zero["ground_reaction"][4, 1] = [0.0, 30.0, 40.0]
    wrong["ground_reaction"][4, 1] = [0.0, 30.0, 41.0]
    wrong["limit_force"][2, 0] = 1e-6
    found = failed(compare_stages(MODEL, wrong, zero))
    assert {name: item.error for name, item in found.items()} == {"ground_reaction": 1 / 50, "limit_force": 1e-6}
    assert found["limit_force"].element == MODEL.limit_forces[0].name


def test_a_sum_is_held_against_what_it_adds_up(engine, sample):
    """The mass centre falls by 10 m/s^2 while bodies are thrown about by 10,000: those are where its rounding is."""
    expected = answers(engine, sample)
    thrown = np.linalg.norm(expected["body_acceleration"].reshape(len(sample), -1), axis=1)
    state = int(np.argmax(thrown))
    found = {**expected, "mass_center_acceleration": expected["mass_center_acceleration"].copy()}
    for error, agrees in ((0.9e-13, True), (1.1e-13, False)):
        found["mass_center_acceleration"][state, 2] = (
            expected["mass_center_acceleration"][state, 2] + error * thrown[state]
        )
        assert ("mass_center_acceleration" not in failed(compare_stages(MODEL, found, expected))) == agrees


def test_equilibria_that_one_engine_misses_are_counted():
    lengths = np.full((3, N_MUSCLE), 0.1)
    longer = lengths.copy()
    longer[1] = 5.0  # of no meaning: there is no equilibrium
    longer[2, 4] += 1e-6
    expected = Equilibria(lengths, np.array([False, True, False]))
    same, missed = compare_equilibria(MODEL, Equilibria(longer, np.array([False, True, False])), expected)
    assert missed.agrees
    assert (same.place, same.element) == ("state 2", MODEL.muscle_names[4])
    assert same.error == pytest.approx(1e-6 / (0.1 * np.sqrt(N_MUSCLE)))
    _, missed = compare_equilibria(MODEL, Equilibria(lengths, np.array([True, False, False])), expected)
    assert (missed.error, missed.place, missed.agrees) == (2.0, "state 0", False)


def test_trajectories_differ_at_a_time_and_a_coordinate(engine):
    right = np.zeros((2, 30, len(MODEL.coordinate_names)))
    wrong = right.copy()
    wrong[0, 4, 3] = -2e-6
    wrong[1, 20:] = np.nan  # failed there
    found, expected = Motions(wrong, ("", "it fell")), Motions(right, ("", ""))
    first, second = compare_motions(engine, ["calm", "wild"], found, expected)
    assert (first.field, first.error, first.place) == ("calm excitation", 2e-6, "0.05 s")
    assert first.element == MODEL.coordinate_names[3]
    assert (second.error, second.place, second.element, second.agrees) == (np.inf, "0.21 s", "it fell", False)


def test_a_world_that_fails_has_no_motion_from_there_on(engine):
    start = compare_module._start(engine, np.zeros((2, 3, N_MUSCLE)))
    excitation = np.full((2, 3, N_MUSCLE), 0.1)
    excitation[1, 1, 0] = np.nan
    motion = compare_module.motions(engine, start, excitation)
    assert np.isfinite(motion.q[0]).all()
    assert np.isfinite(motion.q[1]).all(axis=1).tolist() == [True, False, False]
    assert not motion.failures[0]
    assert "not a finite number" in motion.failures[1]


# --------------------------------------------------------------------------------------------------------- the states


@pytest.mark.parametrize("name", ["gait9dof18musc", "gait14dof22musc_20170320"])
def test_states_are_hard(name):
    model = MODELS[name]()
    fast = CONFIG.build(model, 16)
    drawn = random_sample(fast, 200, seed=3)
    again = random_sample(CONFIG.build(model, 1), 200, seed=3)
    assert (drawn.state.q == again.state.q).all()
    columns = model.free_coordinates
    out = [(q < item.minimum) | (q > item.maximum) for item, q in zip(columns, drawn.state.q.T, strict=True)]
    assert 0.1 < np.mean(np.any(out, axis=0)) < 1.0
    said = answers(fast, drawn)
    assert 0.35 < (np.abs(said["ground_reaction"]).sum(axis=(1, 2)) > 0.0).mean() < 0.65
    optimal = np.array([muscle.optimal_fiber_length for muscle in model.muscles])
    stretch = drawn.state.fiber_length / optimal
    assert stretch.min() < 0.0
    assert stretch.max() > 1.8
    assert (drawn.state.activation < 0.01).any()
    assert (drawn.state.activation > 1.0).any()
    assert (np.abs(drawn.state.u).max(axis=0) > 1.0).all()


def test_a_body_without_ground_is_drawn_too():
    model = replace(MODEL, contact_geometry=(), contact_forces=())
    assert len(random_sample(CONFIG.build(model, 8), 5, seed=0)) == 5


def test_excitations_are_constant_drawn_anew_and_all_or_nothing():
    drawn = draw_excitations(3, 20, seed=0)
    assert (drawn["constant"] == 0.05).all()
    assert len(np.unique(drawn["random"])) == 60
    assert set(np.unique(drawn["bang-bang"])) == {0.0, 1.0}
    assert (np.diff(drawn["bang-bang"], axis=0)[[*range(7), *range(8, 15)]] == 0.0).all()
    assert {values.shape for values in drawn.values()} == {(20, 3)}
