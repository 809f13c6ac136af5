"""Starts in good states of the worlds' own."""

from dataclasses import replace

import numpy as np
import pytest

from snapshots import snapshot
from soleus.engine.fast.config import FastConfig
from soleus.engine.registry import make_engine
from soleus.task.env import VectorEnv
from soleus.task.run2017 import Run2017Config
from soleus.task.start import MixedStart, OwnStates, StartConfig

TASK = Run2017Config().build()
X, Y = (TASK.model.coordinate_names.index(name) for name in ("pelvis_tx", "pelvis_ty"))
KNEE = TASK.model.coordinate_names.index("knee_angle_r")


def watch(own, time, speed=1.0, height=0.9, knee=0.0, place=0.0):
    """Show it a world."""
    given = {"pelvis_velocity": (speed, 0, 0), "pelvis_ty": height, "knee_angle_r": knee, "pelvis_tx": place}
    own.watch(snapshot(TASK, time=time, **given))


def kept(own):
    """By their knees."""
    return [] if own.kept is None else sorted(own.kept.q[:, KNEE].round(6).tolist())


def test_a_state_is_good_when_the_body_was_up_long_enough_after_it():
    own = OwnStates(TASK, after_s=1.0, speed=0.5, n_kept=9)
    watch(own, 0.25, knee=-0.1)
    watch(own, 1.0, knee=-0.2)
    assert kept(own) == []
    watch(own, 1.25, knee=-0.3)
    assert kept(own) == [-0.1]
    watch(own, 2.25, knee=-0.4)
    assert kept(own) == [-0.3, -0.1]


def test_states_before_a_fall_are_not():
    own = OwnStates(TASK, after_s=1.0, speed=0.5, n_kept=9)
    watch(own, 0.25, knee=-0.1)
    watch(own, 1.2, height=0.6)
    watch(own, 1.3, height=0.6)
    assert kept(own) == []


@pytest.mark.parametrize("again", [0.01, 0.25], ids=["a world that was reset", "a world that stands still"])
def test_nor_those_of_an_episode_that_is_over(again):
    own = OwnStates(TASK, after_s=1.0, speed=0.5, n_kept=9)
    watch(own, 0.25, knee=-0.1)
    watch(own, again, knee=-0.2, speed=0.0)
    watch(own, 1.3, knee=-0.3)
    assert kept(own) == []


def test_states_of_standing_are_not_good_either():
    own = OwnStates(TASK, after_s=1.0, speed=0.5, n_kept=9)
    watch(own, 0.25, speed=0.4, knee=-0.1)
    watch(own, 0.5, speed=0.6, knee=-0.2)
    watch(own, 1.5, speed=0.0, knee=-0.3)
    assert kept(own) == [-0.2]


def test_the_last_ones_are_kept():
    own = OwnStates(TASK, after_s=1.0, speed=0.5, n_kept=3)
    for n in range(8):
        watch(own, 0.5 + n, knee=-n / 10)
    assert kept(own) == [-0.6, -0.5, -0.4]


def test_an_episode_goes_on_from_a_state_where_its_own_course_begins():
    own = OwnStates(TASK, after_s=1.0, speed=0.5, n_kept=9)
    judged = TASK.start([7, 8])
    assert own(judged, [7, 8]) is judged
    watch(own, 0.5, place=20.0, knee=-0.7)
    watch(own, 1.5)
    start = own(judged, [7, 8])
    assert start.state.q[:, KNEE].tolist() == [-0.7, -0.7]
    assert start.state.q[:, X].tolist() == [0.0, 0.0]
    assert start.state.time.tolist() == [0.0, 0.0]
    assert not start.equilibrate.any()
    assert start.parameters is judged.parameters
    assert start.memory is judged.memory


CONFIG = StartConfig(stride=0.5, own=0.5, own_after_s=0.1, own_speed=0.3)


def played(n_step=150):
    """Worlds that begin in strides or in their own states; where each episode began, by its seed, and who was reset."""
    n_world = 16
    starts = MixedStart(TASK, CONFIG, n_world)
    engine = make_engine(FastConfig(), TASK.model, n_world)
    env = VectorEnv(TASK, engine, starts, watch=starts.watch)
    env.reset(seed=0)
    began, random = [], np.random.default_rng(0)
    for _ in range(n_step):
        *_, terminated, truncated, info = env.step(random.uniform(0, 0.5, (n_world, 18)))
        over = terminated | truncated
        if over.any():
            env.reset(options={"reset_mask": over})
            now = env.snapshot.rows(np.flatnonzero(over))
            began.append((info["seed"], now.state, now.memory, now.parameters))
    env.close()
    return began


def test_worlds_begin_in_moving_states_and_the_same_ones_again():
    began = played()
    state = [state for _, state, _, _ in began]
    q, u = (np.concatenate([getattr(each, name) for each in state]) for name in ("q", "u"))
    judged = TASK.start([0]).state.q[0]
    elsewhere = ~np.isclose(q, judged).all(axis=1)
    assert elsewhere.mean() > 0.9
    own = elsewhere & (q[:, Y] != 0.95)
    assert own.sum() > 5, "some are in no stride"
    assert (np.abs(u[own]).max(axis=1) > 0.3).all(), "and they move"
    assert (q[:, X] == 0.0).all()
    for _, each, memory, _ in began:
        assert not each.time.any(), "their clock begins"
        assert not memory.n_step.any()
    for (_, one, _, _), (_, same, _, _) in zip(began, played(), strict=True):
        np.testing.assert_array_equal(one.q, same.q)
        np.testing.assert_array_equal(one.fiber_length, same.fiber_length)


def test_its_obstacles_are_those_of_its_seed():
    starts = MixedStart(TASK, replace(CONFIG, stride=0.0, own=1.0), n_world=1)
    starts.watch(snapshot(TASK, time=0.5, pelvis_velocity=(1, 0, 0)))
    starts.watch(snapshot(TASK, time=1.5, pelvis_velocity=(1, 0, 0)))
    start, judged = starts([3, 4]), TASK.start([3, 4])
    np.testing.assert_array_equal(start.parameters.obstacle, judged.parameters.obstacle)
    np.testing.assert_array_equal(start.parameters.strength, judged.parameters.strength)
