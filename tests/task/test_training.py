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

FEET = Layout(fields(("talus_l x", "talus_r x"), "m"))


class Track(gymnasium.vector.VectorEnv):
    """Two worlds: the left foot gains 0.3 m, then the right 0.2 m, and so on; world 1 fails in step 3, at a cost."""

    num_envs = 2
    metadata: ClassVar = {"autoreset_mode": AutoresetMode.DISABLED}

    def reset(self, *, seed=None, options=None):
        self.n = 0
        return self.feet(), {}

    def feet(self):
        return np.tile(np.array([0.3 * ((self.n + 1) // 2), 0.2 * (self.n // 2)], np.float32), (2, 1))

    def step(self, actions):
        self.n += 1
        failed = np.array([False, self.n == 3])
        earned = np.array([0.1, 0.1])
        info = {"reward_terms": {"distance": earned, "ligament": -earned / 10}, "n_env_steps": np.array([4, 4])}
        return self.feet(), np.where(failed, -500.0, 0.09), failed, np.zeros(2, bool), info


def test_training_pays_for_staying_up_and_for_steps_and_keeps_the_task_s_own_score():
    env = TrainingReward(Track(), FEET, alive=0.02, foot_swing=0.5, scale=10.0)
    env.reset()
    assert env.step(np.zeros(2))[1] == pytest.approx([10 * (0.09 + 4 * 0.02 + 0.5 * 0.3)] * 2)
    assert env.step(np.zeros(2))[1] == pytest.approx([10 * (0.09 + 4 * 0.02 + 0.5 * 0.2)] * 2)
    _, paid, terminated, _, info = env.step(np.zeros(2))
    assert terminated.tolist() == [False, True]
    assert paid[1] == pytest.approx(10 * 0.09)
    assert info["score"] == pytest.approx([0.09, -500.0])


def test_a_reset_is_no_step():
    env = TrainingReward(Track(), FEET, alive=0.0, foot_swing=1.0, scale=1.0)
    env.reset()
    for _ in range(2):
        env.step(np.zeros(2))
    env.reset()
    assert env.step(np.zeros(2))[1] == pytest.approx([0.09 + 0.3] * 2)


def test_strides_start_a_share_of_the_episodes_and_the_same_ones_again():
    task = Run2017Config(difficulty=0).build()
    draw = StrideStart(task, 0.5)
    starts = [draw(seed) for seed in range(200)]
    assert 70 < sum(start.equilibrate for start in starts) < 130
    assert all(np.array_equal(draw(seed).state.q, starts[seed].state.q) for seed in range(20))
    speed = task.model.coordinate_names.index("pelvis_tx")
    assert all((start.state.u[0, speed] >= 0.5) == start.equilibrate for start in starts)


def test_without_strides_every_start_is_the_task_s_own():
    task = Run2017Config(difficulty=0).build()
    start, own = StrideStart(task, 0.0)(7), task.start(7)
    assert np.array_equal(start.state.q, own.state.q)
    assert not start.equilibrate


def test_both_legs_swing():
    task = Run2017Config(difficulty=0).build()
    knees = [task.model.coordinate_names.index(f"knee_angle_{side}") for side in "rl"]
    bent = {int(np.argmin(StrideStart(task, 1.0)(seed).state.q[0, knees])) for seed in range(20)}
    assert bent == {0, 1}
