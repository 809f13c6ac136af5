"""Starts in the middle of a stride."""

import numpy as np

from soleus.task.run2017 import Run2017Config
from soleus.task.start import MixedStart, StartConfig

TASK = Run2017Config(difficulty=0).build()


def strides(share):
    return MixedStart(TASK, StartConfig(stride=share), n_world=1)


def test_strides_start_a_share_of_the_episodes_and_the_same_ones_again():
    draw = strides(0.5)
    start = draw(range(200))
    assert 70 < start.equilibrate.sum() < 130
    for seed in range(20):
        alone = draw([seed])
        assert np.array_equal(alone.state.q[0], start.state.q[seed])
        assert np.array_equal(alone.state.activation[0], start.state.activation[seed])
    speed = TASK.model.coordinate_names.index("pelvis_tx")
    assert np.array_equal(start.state.u[:, speed] >= 0.5, start.equilibrate)


def test_the_others_start_as_they_are_judged():
    start, own = strides(0.5)(range(200)), TASK.start(range(200))
    judged = ~start.equilibrate
    assert np.array_equal(start.state.q[judged], own.state.q[judged])
    assert np.array_equal(start.state.activation[judged], own.state.activation[judged])


def test_without_strides_every_start_is_the_task_s_own():
    start, own = strides(0.0)([7]), TASK.start([7])
    assert np.array_equal(start.state.q, own.state.q)
    assert not start.equilibrate.any()


def test_both_legs_swing_and_stay_within_the_ranges_of_a_stride():
    start = strides(1.0)(range(100))
    knees, hips = (
        start.state.q[:, [TASK.model.coordinate_names.index(f"{joint}_{side}") for side in "rl"]]
        for joint in ("knee_angle", "hip_flexion")
    )
    right_swings = hips[:, 0] > hips[:, 1]
    assert 30 < right_swings.sum() < 70
    swing, stance = np.where(right_swings, *knees.T), np.where(right_swings, *knees.T[::-1])
    assert ((swing >= -1.2) & (swing <= -0.4)).all()
    assert ((stance >= -0.4) & (stance <= -0.05)).all()


def test_a_seed_gives_the_stride_that_it_has_always_given():
    """The numbers of before there were other kinds of starts: recipes that take strides go on as they did."""
    start = strides(0.5)(range(6))
    assert start.equilibrate.tolist() == [False, True, False, True, False, False]
    knee = start.state.q[:, TASK.model.coordinate_names.index("knee_angle_r")]
    np.testing.assert_allclose(knee, [0.0, -0.2469067777160284, 0.0, -0.7689909169739373, 0.0, 0.0], rtol=1e-12)
