"""What makes a task easier to learn, over worlds whose numbers are given."""

from typing import ClassVar

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from soleus.task.run2017 import Run2017Config
from soleus.task.start import StrideStart
from soleus.task.wrap import EndStall, TrainingReward


class Track(gymnasium.vector.VectorEnv):
    """Two worlds: one gains 0.1 m a step, the other 0.01 m and fails in step 20 at a cost of 500."""

    num_envs = 2
    metadata: ClassVar = {"autoreset_mode": AutoresetMode.DISABLED}
    pace = np.array([0.1, 0.01])

    def reset(self, *, seed=None, options=None):
        if options is None:
            self.n = 0
        return np.zeros((2, 1), np.float32), {}

    def step(self, actions):
        self.n += 1
        failed = np.array([False, self.n == 20])
        info = {"distance": self.pace * self.n, "reward_terms": {"distance": self.pace, "ligament": -self.pace / 10}}
        return np.zeros((2, 1), np.float32), np.where(failed, -500.0, 0.9 * self.pace), failed, np.zeros(2, bool), info


def test_training_pays_for_staying_up_but_not_for_haste_and_keeps_the_task_s_own_score():
    env = TrainingReward(Track(), alive=0.02, limit=0.05, scale=10.0)
    env.reset()
    for _ in range(20):
        _, paid, terminated, _, info = env.step(np.zeros(2))
    assert terminated.tolist() == [False, True]
    assert paid == pytest.approx([10 * (0.05 + 0.02), 10 * 0.009])
    assert info["score"] == pytest.approx([0.09, -500.0])


def test_who_stops_making_way_is_ended_like_a_fall():
    env = EndStall(Track(), distance=0.25, n_step=5)
    env.reset()
    ends = [env.step(np.zeros(2))[2].tolist() for _ in range(7)]
    assert ends[:5] == [[False, False]] * 5, "the first window is free"
    assert ends[5:] == [[False, True]] * 2


def test_a_reset_world_has_its_first_window_free_again():
    env = EndStall(Track(), distance=0.25, n_step=5)
    env.reset()
    for _ in range(7):
        env.step(np.zeros(2))
    env.reset(options={"reset_mask": np.array([False, True])})
    assert env.step(np.zeros(2))[2].tolist() == [False, False]


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
