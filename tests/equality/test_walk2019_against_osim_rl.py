"""Learn to Move beside osim-rl 3.0.11 itself, in the very states that it went through (`make_osim_rl.py`).

The states are recorded, so integrators do not matter: what is observed and paid in them must be the same numbers.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from soleus.engine.base import Parameters, State
from soleus.engine.fast.config import FastConfig
from soleus.task.base import Snapshot
from soleus.task.walk2019 import Walk2019Config

ORACLE = np.load(Path(__file__).parents[1] / "fixtures" / "osim_rl_walk2019.npz")
V3_0_11 = {"target_radius": 0.3, "late_field": False, "starts_in_contact": True}
"""Rules of that version in every round; round 1 was graded by an earlier one."""
EPISODES = ("d0", "d1", "d2", "d3", "d3_planar")


def case(name):
    return {key.split("/")[1]: ORACLE[key] for key in ORACLE.files if key.startswith(f"{name}/")}


def states_of(motion, model):
    """The recorded states as this model's."""
    names = ORACLE["coordinate_names"].tolist()
    muscles = ORACLE["muscle_names"].tolist()
    free = [names.index(name) for name in model.coordinate_names]
    order = [muscles.index(name) for name in model.muscle_names]
    return State(
        motion["time"], motion["q"][:, free], motion["u"][:, free],
        motion["activation"][:, order], motion["fiber_length"][:, order],
    )  # fmt: skip


@pytest.fixture(scope="module")
def measured():
    """Engine answers for each motion, computed once: model name and motion -> states and measurements."""
    found = {}

    def look(task, motion):
        key = task.model.name, motion
        if key not in found:
            states = states_of(case(f"motion_{motion}"), task.model)
            engine = FastConfig().build(task.model, len(states))
            parameters = Parameters(np.ones_like(states.activation), np.zeros((len(states), 0, 3)))
            engine.reset(np.arange(len(states)), states, parameters, equilibrate=False)
            found[key] = states, parameters, engine.measure()
            engine.close()
        return found[key]

    return look


def episode(task, start, parts, counts=None):
    """Snapshots and rewards of an episode that goes through given states.

    Args:
        task: the rules.
        start: what they have in mind at first.
        parts: states, parameters and measurements.
        counts: of footsteps after each step, where they were forced.
    """
    states, parameters, measurement = parts
    now = Snapshot(states[:1], measurement[:1], parameters[:1], start)
    snapshots, rewards = [now], []
    for step in range(1, len(states)):
        row = slice(step, step + 1)
        moved = Snapshot(states[row], measurement[row], parameters[row], now.memory)
        memory = task.remember(now, moved)
        if counts is not None and step <= len(counts):
            memory = replace(memory, footstep=replace(memory.footstep, count=counts[step - 1 : step]))
        after = replace(moved, memory=memory)
        rewards.append(float(sum(task.reward(now, after).values())[0]))
        snapshots.append(after)
        now = after
    return snapshots, np.array(rewards)


def finished(name, measured, dwell=None, **rules):
    """A recorded episode whose time is up, and our rewards in the same states; `dwell` was forced on its target [s]."""
    told = case(name)
    start = case(str(told["episode"]))
    rules = V3_0_11 | {"time_limit": int(told["limit"])} | rules
    task = Walk2019Config(int(start["difficulty"]), **rules).build()
    parts = measured(task, str(start["motion"]))
    memory = task.start([int(start["seed"])]).memory
    if dwell is not None:
        memory = replace(memory, target=replace(memory.target, dwell=np.array([dwell]), stayed=np.zeros(1)))
    return told, episode(task, memory, parts, told["n_footstep"])


@pytest.mark.parametrize("name", EPISODES)
def test_observations_rewards_and_footsteps_are_osim_rl_s(name, measured):
    told = case(name)
    task = Walk2019Config(int(told["difficulty"]), planar="planar" in name, **V3_0_11).build()
    snapshots, rewards = episode(task, task.start([int(told["seed"])]).memory, measured(task, str(told["motion"])))
    motion = case(f"motion_{told['motion']}")
    assert [int(now.memory.footstep.count[0]) for now in snapshots] == motion["n_footstep"].tolist()
    assert [bool(task.fallen(now)[0]) for now in snapshots[1:]] == motion["done"].tolist()
    np.testing.assert_allclose(rewards, told["reward"], rtol=0, atol=1e-9)
    assert motion["new_footstep"].sum() >= 2
    for step, expected in zip(told["observation_step"], told["observation"], strict=True):
        found = task.observe(snapshots[step])[0]
        for place in np.flatnonzero(np.abs(found - expected) > 5e-6 * np.maximum(1.0, np.abs(expected))):
            pytest.fail(f"step {step}: {task.observation.names[place]} is {found[place]}, osim-rl's {expected[place]}")


@pytest.mark.parametrize(
    "name",
    ["end_d0_on_footstep", "end_d1_on_footstep", "end_d2_on_footstep", "end_d2_fallen", "end_d3", "end_d3_footsteps"],
)
def test_the_end_of_time_pays_what_3_0_11_paid(name, measured):
    told, (_, rewards) = finished(name, measured, round1_end="3.0.11")
    np.testing.assert_allclose(rewards[: len(told["reward"])], told["reward"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["end_d0", "end_d1", "end_d2"])
def test_where_3_0_11_crashed_at_the_end_of_time_only_ten_is_paid(name, measured):
    told, (_, rewards) = finished(name, measured, round1_end="3.0.11")
    assert "reward_footstep_0" in str(told["error"])
    n = len(told["reward"])
    np.testing.assert_allclose(rewards[:n], told["reward"], rtol=0, atol=1e-9)
    assert rewards[n] == pytest.approx(10.1)


def test_a_target_that_was_dwelt_at_is_paid_in_the_next_step(measured):
    """With sinks so wide that the start lies within."""
    told, (snapshots, rewards) = finished("target_d3", measured, dwell=0.2, target_radius=30.0)
    n = len(told["reward"])
    assert [int(now.memory.target.reached[0]) for now in snapshots[1 : n + 1]] == told["new_target"].tolist()
    np.testing.assert_allclose(rewards[:n], told["reward"], rtol=0, atol=1e-9)
    assert told["new_target"].any()
