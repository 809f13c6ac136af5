"""Muscles find the fibre lengths that OpenSim finds, and none where OpenSim throws.

OpenSim's answers are stored in tests/fixtures (made by make_equilibrium.py); one test asks OpenSim itself.
"""

import numpy as np
import pytest

from fixtures.make_equilibrium import FIXTURE, N_SET, STATE_FIELDS, answers, changed, muscles_of
from soleus.engine.fast.compile import target_of, widest
from soleus.engine.fast.equilibrium import CompiledSearch, find_equilibrium, prepare, read, search_with_numpy
from soleus.engine.fast.fiber_search import Equilibrium
from soleus.model import learning_to_run

TOLERANCE = 1e-12
"""Relative; measured 5e-14. Another order of the same operations, and steps that make more of the difference."""


@pytest.fixture(scope="module")
def stored():
    """Sets of muscles, with states and OpenSim's answers for each."""
    table = dict(np.load(FIXTURE))
    return [
        (muscles_of(table["parameters"][i]), {name: values[i] for name, values in table.items()}) for i in range(N_SET)
    ]


def state_of(answer):
    return tuple(answer[name] for name in STATE_FIELDS)


def assert_as_opensim(fiber_length, outcome, answer):
    thrown = np.isnan(answer["fiber_length"])
    np.testing.assert_array_equal(outcome == Equilibrium.NOT_FOUND, thrown)
    np.testing.assert_array_equal(outcome == Equilibrium.AT_LEAST_LENGTH, answer["at_least_length"])
    np.testing.assert_allclose(fiber_length, answer["fiber_length"], rtol=TOLERANCE, atol=0.0)


def test_the_fixture_holds_every_outcome(stored):
    thrown = sum(np.isnan(answer["fiber_length"]).sum() for _, answer in stored)
    least = sum(answer["at_least_length"].sum() for _, answer in stored)
    moving = np.mean([answer["lengthening_speed"] != 0.0 for _, answer in stored])
    assert thrown >= 50
    assert least >= 50
    assert 0.4 < moving < 0.6
    assert sum(answer["fiber_length"].size for _, answer in stored) >= 2400


@pytest.mark.parametrize("index", range(N_SET))
def test_answers_are_those_of_opensim(stored, index):
    muscles, answer = stored[index]
    assert_as_opensim(*find_equilibrium(muscles, *state_of(answer)), answer)


def test_numpy_finds_the_same(stored):
    muscles, answer = stored[1]
    lanes, searches = prepare(muscles, *state_of(answer))
    search_with_numpy(lanes, searches)
    fiber_length, outcome = read(searches)
    shape = answer["fiber_length"].shape
    assert_as_opensim(fiber_length.reshape(shape), outcome.reshape(shape), answer)


def test_an_answer_does_not_depend_on_its_company(stored):
    muscles, answer = stored[2]
    together, outcome = find_equilibrium(muscles, *state_of(answer))
    for world in range(len(together)):
        alone, own_outcome = find_equilibrium(muscles, *(field[world : world + 1] for field in state_of(answer)))
        np.testing.assert_array_equal(alone[0], together[world])
        np.testing.assert_array_equal(own_outcome[0], outcome[world])
    order = np.random.default_rng(0).permutation(len(together))
    shuffled, _ = find_equilibrium(muscles, *(field[order] for field in state_of(answer)))
    np.testing.assert_array_equal(shuffled, together[order])


@pytest.mark.parametrize("search", ["numpy", "one lane"])
def test_an_answer_does_not_depend_on_how_many_lanes_run_at_once(stored, search):
    def run(function, lanes, searches):
        function(lanes, searches)
        return np.nan_to_num(read(searches)[0], nan=-1.0)

    muscles, answer = stored[3]
    lanes, searches = prepare(muscles, *state_of(answer))
    if search == "numpy":
        picked = np.arange(0, len(lanes), 7)
        alone = [run(search_with_numpy, lanes[[i]], searches[[i]])[0] for i in picked]
        together = run(search_with_numpy, lanes, searches.copy())[picked]
    else:
        alone = run(CompiledSearch(target_of("float64", 1)), lanes, searches.copy())
        together = run(CompiledSearch(widest("float64")), lanes, searches.copy())
    np.testing.assert_array_equal(alone, together)


def test_fibre_and_tendon_of_a_resting_muscle_pull_equally(stored):
    """By the curves of Thelen (2003), written down once more."""
    muscles, answer = stored[0]
    activation, length, speed, strength = state_of({name: values[::2] for name, values in answer.items()})
    fiber_length, outcome = find_equilibrium(muscles, activation, length, speed, strength)
    for column, muscle in enumerate(muscles):
        found = outcome[:, column] == Equilibrium.FOUND
        a, own = np.clip(activation[found, column], 0.01, 1.0), fiber_length[found, column]
        n = own / muscle.optimal_fiber_length
        along_tendon = np.sqrt(own**2 - (muscle.optimal_fiber_length * np.sin(muscle.pennation_angle)) ** 2)
        active = a * np.exp(-((n - 1.0) ** 2) / muscle.active_shape)
        passive = np.expm1(muscle.passive_shape * np.maximum(n - 1.0, 0.0) / muscle.max_muscle_strain)
        fiber = (active + passive / np.expm1(muscle.passive_shape)) * along_tendon / own
        strain = (length[found, column] - along_tendon) / muscle.tendon_slack_length - 1.0
        toe = 0.609 * muscle.max_tendon_strain
        curved = 0.33 * np.expm1(3.0 * np.maximum(strain, 0.0) / toe) / np.expm1(3.0)
        tendon = np.where(strain > toe, 0.33 + 1.712 * (strain - toe) / muscle.max_tendon_strain, curved)
        np.testing.assert_allclose(fiber, tendon, rtol=1e-2, atol=1e-3, err_msg=muscle.name)


def test_activation_is_clamped_where_it_is_used(stored):
    muscles, answer = stored[0]
    _, *state = state_of(answer)
    for given, used in ((-5.0, 0.01), (0.0, 0.01), (1.2, 1.0)):
        outside, _ = find_equilibrium(muscles, np.full_like(state[0], given), *state)
        inside, _ = find_equilibrium(muscles, np.full_like(state[0], used), *state)
        np.testing.assert_array_equal(outside, inside)


def test_strength_changes_the_answer_of_a_moving_muscle(stored):
    """As in OpenSim, whose tolerance for a velocity is a force; a search that ignored strength would not be exact."""
    muscles, answer = stored[0]
    *state, strength = state_of(answer)
    weak, _ = find_equilibrium(muscles, *state, 0.3 * np.ones_like(strength))
    strong, _ = find_equilibrium(muscles, *state, 2.0 * np.ones_like(strength))
    difference = np.abs(weak / strong - 1.0)
    resting = state[2] == 0.0
    assert np.nanmax(difference[resting]) < TOLERANCE
    assert np.nanmax(difference[~resting]) > 100.0 * TOLERANCE


def test_a_model_without_muscles_is_in_equilibrium():
    fiber_length, outcome = find_equilibrium((), *np.empty((4, 3, 0)))
    assert fiber_length.shape == outcome.shape == (3, 0)


@pytest.mark.opensim
def test_answers_are_those_of_opensim_itself():
    muscles = changed(learning_to_run().muscles, np.random.default_rng(100))
    answer = answers(muscles, n_state=8, seed=100)
    assert_as_opensim(*find_equilibrium(muscles, *state_of(answer)), answer)
