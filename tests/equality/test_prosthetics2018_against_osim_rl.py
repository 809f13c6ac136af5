"""AI for Prosthetics beside osim-rl 2.1 itself, in the very states that it went through (`make_osim_rl.py`).

The states are recorded, so integrators do not matter: what is observed and paid in them must be the same numbers.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from soleus.engine.base import Parameters, State
from soleus.engine.fast.config import FastConfig
from soleus.engine.reference import ReferenceConfig
from soleus.task.base import Snapshot
from soleus.task.prosthetics2018 import Prosthetics2018Config

ORACLE = np.load(Path(__file__).parents[1] / "fixtures" / "osim_rl_prosthetics2018.npz")
BODIES = ("3D_pros", "3D", "2D_pros", "2D")
ROUNDING = 1e-9
"""Observations are stored with 32 bits; accelerations are forces, stiff ones, over masses."""


def case(name):
    return {key.split("/")[1]: ORACLE[key] for key in ORACLE.files if key.startswith(f"{name}/")}


def rules(name):
    return Prosthetics2018Config(planar=name.startswith("2D"), prosthesis=name.endswith("pros"))


def states_of(told, names, model):
    """The recorded states as this model's."""
    free = [names["coordinate_names"].tolist().index(name) for name in model.coordinate_names]
    assert names["muscle_names"].tolist() == list(model.muscle_names)
    return State(told["time"], told["q"][:, free], told["u"][:, free], told["activation"], told["fiber_length"])


@pytest.fixture(scope="module", params=BODIES)
def episode(request):
    """What osim-rl told of an episode, its rules, and our snapshots' parts in all of its states, a world for each."""
    told, config = case(request.param), rules(request.param)
    model = config.build().model
    states = states_of(told, told, model)
    worlds = np.arange(len(states))
    parameters = Parameters(np.ones_like(states.activation), np.zeros((len(states), 0, 3)))
    engine = FastConfig().build(model, len(states))
    engine.reset(worlds, states, parameters, equilibrate=False)
    yield told, config, (states, engine.measure(), parameters), engine.dynamics()
    engine.close()


def snapshot(task, told, parts, dynamics):
    """The episode's states with the clock and target that they had, a world for each."""
    n = len(told["time"])
    memory = replace(task.start([int(told["seed"])] * n).memory, n_step=np.arange(n))
    return Snapshot(*parts, memory, dynamics)


def test_every_observed_number_is_osim_rl_s(episode):
    told, config, *parts = episode
    task = config.build()
    found = task.observe(snapshot(task, told, *parts))[told["observation_step"]]
    assert found.shape == told["observation"].shape == (9, 160 if config.prosthesis else 169)
    size = np.maximum(1.0, np.abs(told["observation"]))
    for row, place in np.argwhere(np.abs(found - told["observation"]) > ROUNDING * size):
        expected = told["observation"][row, place]
        pytest.fail(f"{task.observation.names[place]} is {found[row, place]}, osim-rl's is {expected}")


@pytest.mark.parametrize("round_", [1, 2])
def test_rewards_targets_and_falls_are_osim_rl_s(episode, round_):
    told, config, *parts = episode
    task = replace(config, round=round_).build()
    now = snapshot(task, told, *parts)
    suffix = "_d0" if round_ == 1 else ""
    paid = np.sum(list(task.reward(now, now).values()), axis=0)[1:]
    np.testing.assert_allclose(paid, told[f"reward{suffix}"], rtol=0, atol=1e-12)
    assert task.fallen(now)[1:].tolist() == told[f"done{suffix}"].tolist()
    if round_ == 2:
        targets = told["targets"][: len(now.state), ::2]
        assert np.array_equal(task.tell(now)["target_velocity"], targets)


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_seed_draws_the_targets_that_it_drew_in_osim_rl(seed):
    target = Prosthetics2018Config().build().start([seed] * 1001).memory.target
    expected = ORACLE["targets/velocity"][seed - 1]
    assert np.array_equal(target.at(np.arange(1001)), expected[:, ::2])
    assert len(np.unique(expected, axis=0)) > 2


def test_excitations_out_of_range_do_what_they_did_before_they_were_clipped():
    """Step by step from the recorded states.

    To 1e-3 only: osim-rl began a control step with a derivative of the excitation before, as OpenSim does unless told.
    """
    told, names = case("unclipped"), case("3D_pros")
    task = Prosthetics2018Config(clip_excitation=False).build()
    states = states_of(told, names, task.model)
    n_step = len(states) - 1
    engine = FastConfig(method="merson", accuracy=1e-8).build(task.model, n_step)
    parameters = Parameters(np.ones((n_step, 19)), np.zeros((n_step, 0, 3)))
    engine.reset(np.arange(n_step), states[:n_step], parameters, equilibrate=False)
    assert (np.abs(told["actions"] - 0.5) > 0.6).any()
    engine.step(told["actions"])
    np.testing.assert_allclose(engine.state().activation, states.activation[1:], rtol=0, atol=1e-3)
    assert (states.activation > 1.01).any()
    engine.close()


@pytest.mark.opensim
def test_an_episode_is_osim_rl_s_from_its_start():
    """The reset with its equilibrium, and the steps: two integrations of the same accuracy, 5e-5."""
    told, task = case("3D_pros"), Prosthetics2018Config().build()
    start = task.start([int(told["seed"])])
    engine = ReferenceConfig(accuracy=5e-5).build(task.model)
    engine.reset(np.array([0]), start.state, start.parameters, equilibrate=bool(start.equilibrate[0]))
    expected = states_of(told, told, task.model)
    np.testing.assert_allclose(engine.state().fiber_length, expected.fiber_length[:1], rtol=0, atol=1e-9)
    for action in told["actions"][:20]:
        engine.step(action[None])
    np.testing.assert_allclose(engine.state().q, expected.q[20:21], rtol=0, atol=1e-3)
    engine.close()
