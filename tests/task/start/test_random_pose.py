"""Bliznashki's random poses, and how they fade."""

import numpy as np
import pytest

from soleus.task.registry import TASKS
from soleus.task.run2017 import Run2017Config
from soleus.task.start import MixedStart, StartConfig
from soleus.task.walk2019 import Walk2019Config
from soleus.task.walk2019_start import draw_poses

WALK = Walk2019Config(difficulty=1).build()
FADING = StartConfig(random=1.0, fade_from=10, fade_to=20)


@pytest.mark.parametrize("rules", [Run2017Config(), Walk2019Config(), Walk2019Config(planar=True)], ids=str)
def test_bodies_in_space_and_in_the_plane_begin_in_the_poses_of_their_seeds(rules):
    task = rules.build()
    start = MixedStart(task, StartConfig(random=1.0), n_world=1)(range(30))
    drawn = draw_poses("random", task.model, range(30))
    np.testing.assert_array_equal(start.state.q, drawn.q)
    np.testing.assert_array_equal(start.state.u, drawn.u)
    assert start.equilibrate.all()
    speed = start.state.u[:, task.model.coordinate_names.index("pelvis_tx")]
    assert (speed >= 0.0).all()
    assert (speed <= 3.5).all()
    assert np.ptp(speed) > 1.0


def test_poses_shrink_between_two_numbers_of_resets_as_bliznashki_had_it():
    """1 - clip((n - 10) / (20 - 10), 0, 1) for the reset number n of a world, the first one being number 0."""
    draw, drawn, own = MixedStart(WALK, FADING, n_world=1), draw_poses("random", WALK.model, [5]), WALK.start([5]).state
    for n in range(25):
        left = 1.0 - np.clip((n - 10) / 10, 0.0, 1.0)
        state = draw([5]).state
        np.testing.assert_allclose(state.q, own.q + left * (drawn.q - own.q), atol=1e-12)
        np.testing.assert_allclose(state.u, left * drawn.u, atol=1e-12)


def test_many_worlds_fade_with_the_resets_of_each():
    draw = MixedStart(WALK, FADING, n_world=4)
    for _ in range(15):
        draw(range(4))
    left = 1.0 - (15 - 10) / 10
    np.testing.assert_allclose(draw([3]).state.u, left * draw_poses("random", WALK.model, [3]).u)


def test_a_run_that_goes_on_does_not_begin_to_fade_anew():
    start = MixedStart(WALK, FADING, n_world=4, n_reset=20.0)([5])
    own = WALK.start([5])
    np.testing.assert_array_equal(start.state.q, own.state.q)
    np.testing.assert_array_equal(start.equilibrate, own.equilibrate)


def test_what_is_left_at_last_is_the_start_that_is_judged():
    """Of a task that does not begin in Bliznashki's zero pose."""
    task = Run2017Config().build()
    start = MixedStart(task, FADING, n_world=1, n_reset=20.0)(range(3))
    np.testing.assert_array_equal(start.state.q, task.start(range(3)).state.q)
    assert not start.equilibrate.any()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"stride": 1.5}, "training starts stride is 1.5; it is a share, from 0 to 1"),
        ({"stride": 0.6, "own": 0.6}, "training starts are stride 0.6, random 0, own 0.6; shares of the same episodes"),
        ({"fade_from": 10, "fade_to": 10}, "fade_to is 10, not after fade_from 10; 0 never fades"),
        ({"own_kept": 0}, "training starts own_kept is 0; it must be at least 1"),
    ],
)
def test_senseless_shares_are_refused(given, sentence):
    with pytest.raises(ValueError, match=sentence):
        StartConfig(**given)


@pytest.mark.parametrize("kind", ["stride", "random", "own"])
def test_an_arm_does_not_walk(kind):
    arm = TASKS["arm"].config().build()
    with pytest.raises(ValueError, match=f"training starts {kind} needs a body that walks; arm has no ankle_angle_r"):
        MixedStart(arm, StartConfig(**{kind: 0.5}), n_world=1)
