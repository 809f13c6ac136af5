"""What makes a task easier to learn, over worlds whose numbers are given."""

from typing import ClassVar

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from soleus.task.layout import Layout, fields
from soleus.task.run2017 import Run2017Config
from soleus.task.start import StrideStart
from soleus.task.wrap import TrainingReward

SEEN = Layout(fields(("talus_l x", "talus_r x", "knee_angle_l", "knee_angle_r"), "m"))


class Track(gymnasium.vector.VectorEnv):
    """Two worlds: the left foot gains 0.3 m, then the right 0.2 m, and so on; world 1 fails in step 3, at a cost.

    The knees are bent, one of them the wrong way.
    """

    num_envs = 2
    metadata: ClassVar = {"autoreset_mode": AutoresetMode.DISABLED}

    def reset(self, *, seed=None, options=None):
        self.n = 0
        return self.observe(), {}

    def observe(self):
        feet = 0.3 * ((self.n + 1) // 2), 0.2 * (self.n // 2)
        return np.tile(np.array([*feet, -0.4, 0.25], np.float32), (2, 1))

    def step(self, actions):
        self.n += 1
        failed = np.array([False, self.n == 3])
        earned = np.array([0.1, 0.1])
        info = {"reward_terms": {"distance": earned, "ligament": -earned / 10}, "n_env_steps": np.array([4, 4])}
        return self.observe(), np.where(failed, -500.0, 0.09), failed, np.zeros(2, bool), info


def test_training_pays_for_staying_up_and_for_steps_and_keeps_the_task_s_own_score():
    env = TrainingReward(Track(), SEEN, alive=0.02, foot_swing=0.5, knee_hyperextension=0.0, scale=10.0)
    env.reset()
    assert env.step(np.zeros(2))[1] == pytest.approx([10 * (0.09 + 4 * 0.02 + 0.5 * 0.3)] * 2)
    assert env.step(np.zeros(2))[1] == pytest.approx([10 * (0.09 + 4 * 0.02 + 0.5 * 0.2)] * 2)
    _, paid, terminated, _, info = env.step(np.zeros(2))
    assert terminated.tolist() == [False, True]
    assert paid[1] == pytest.approx(10 * 0.09)
    assert info["score"] == pytest.approx([0.09, -500.0])


def test_a_knee_bent_the_wrong_way_costs_until_the_fall():
    env = TrainingReward(Track(), SEEN, alive=0.0, foot_swing=0.0, knee_hyperextension=0.1, scale=1.0)
    env.reset()
    paid = [env.step(np.zeros(2))[1] for _ in range(3)]
    assert paid[0] == pytest.approx([0.09 - 4 * 0.1 * 0.25] * 2)
    assert paid[2] == pytest.approx([0.09 - 4 * 0.1 * 0.25, 0.09])


def test_a_reset_is_no_step():
    env = TrainingReward(Track(), SEEN, alive=0.0, foot_swing=1.0, knee_hyperextension=0.0, scale=1.0)
    env.reset()
    for _ in range(2):
        env.step(np.zeros(2))
    env.reset()
    assert env.step(np.zeros(2))[1] == pytest.approx([0.09 + 0.3] * 2)


TASK = Run2017Config(difficulty=0).build()


def test_strides_start_a_share_of_the_episodes_and_the_same_ones_again():
    draw = StrideStart(TASK, 0.5)
    start = draw(range(200))
    assert 70 < start.equilibrate.sum() < 130
    for seed in range(20):
        alone = draw([seed])
        assert np.array_equal(alone.state.q[0], start.state.q[seed])
        assert np.array_equal(alone.state.activation[0], start.state.activation[seed])
    speed = TASK.model.coordinate_names.index("pelvis_tx")
    assert np.array_equal(start.state.u[:, speed] >= 0.5, start.equilibrate)


def test_the_others_start_as_they_are_judged():
    start, own = StrideStart(TASK, 0.5)(range(200)), TASK.start(range(200))
    judged = ~start.equilibrate
    assert np.array_equal(start.state.q[judged], own.state.q[judged])
    assert np.array_equal(start.state.activation[judged], own.state.activation[judged])


def test_without_strides_every_start_is_the_task_s_own():
    start, own = StrideStart(TASK, 0.0)([7]), TASK.start([7])
    assert np.array_equal(start.state.q, own.state.q)
    assert not start.equilibrate.any()


def test_both_legs_swing_and_stay_within_the_ranges_of_a_stride():
    start = StrideStart(TASK, 1.0)(range(100))
    knees, hips = (
        start.state.q[:, [TASK.model.coordinate_names.index(f"{joint}_{side}") for side in "rl"]]
        for joint in ("knee_angle", "hip_flexion")
    )
    right_swings = hips[:, 0] > hips[:, 1]
    assert 30 < right_swings.sum() < 70
    swing, stance = np.where(right_swings, *knees.T), np.where(right_swings, *knees.T[::-1])
    assert ((swing >= -1.2) & (swing <= -0.4)).all()
    assert ((stance >= -0.4) & (stance <= -0.05)).all()
