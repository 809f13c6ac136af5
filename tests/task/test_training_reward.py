"""What is paid while learning: by control step, added up over a held action, beside the task's own score."""

import numpy as np
import pytest

from soleus.engine.base import Status
from soleus.engine.fast.config import FastConfig
from soleus.engine.registry import make_engine
from soleus.task.bonus import Pay, RewardConfig
from soleus.task.env import VectorEnv
from soleus.task.run2017 import Run2017Config
from soleus.task.wrap import TrainingReward

TASK = Run2017Config(difficulty=0).build()
WEIGHTS = RewardConfig(alive=0.5, foot_swing=2.0, knee_hyperextension=1.5, fall=3.0)


def worlds(weights, hold=1, scale=1.0, n_world=4):
    engine = make_engine(FastConfig(), TASK.model, n_world)
    env = VectorEnv(TASK, engine, hold=hold, pays=Pay(TASK, weights, 1.25))
    return TrainingReward(env, scale)


def test_without_a_word_the_task_s_own_reward_is_paid():
    env = worlds(RewardConfig())
    env.reset(seed=0)
    _, paid, _, _, info = env.step(np.full((4, 18), 0.3))
    assert paid == pytest.approx(info["score"])
    assert set(info["paid_terms"]) == {"task"}


def test_terms_add_up_to_what_is_paid_over_control_steps_and_over_actions():
    one, held = worlds(WEIGHTS, scale=10.0), worlds(WEIGHTS, hold=5, scale=10.0)
    one.reset(seed=0)
    held.reset(seed=0)
    random = np.random.default_rng(0)
    for _ in range(3):
        action = random.uniform(0, 1, (4, 18))
        steps = [one.step(action) for _ in range(5)]
        _, paid, _, _, info = held.step(action)
        assert set(info["paid_terms"]) == {"task", "alive", "foot_swing", "knee_hyperextension", "fall"}
        assert paid == pytest.approx(10 * sum(info["paid_terms"].values()))
        for name, term in info["paid_terms"].items():
            assert term == pytest.approx(sum(step[4]["paid_terms"][name] for step in steps))
        assert info["score"] == pytest.approx(sum(step[4]["score"] for step in steps))
        assert info["paid_terms"]["alive"] == pytest.approx(5 * 0.01 * 0.5)


def test_the_step_of_a_fall_is_not_one_on_its_feet():
    env = worlds(WEIGHTS, hold=5)
    env.reset(seed=0)
    n_step, alive, fell = np.zeros(4), np.zeros(4), np.zeros(4)
    over = np.zeros(4, dtype=bool)
    while not over.all():
        *_, terminated, _, info = env.step(np.zeros((4, 18)))
        n_step += np.where(over, 0, info["n_env_steps"])
        alive += np.where(over, 0, info["paid_terms"]["alive"])
        fell += np.where(over, 0, info["paid_terms"]["fall"])
        over |= terminated
    assert alive == pytest.approx(0.5 * 0.01 * (n_step - 1))
    assert fell == pytest.approx([-3.0] * 4)


def test_a_failure_ends_like_a_fall_and_its_price_is_in_the_score_alone(monkeypatch):
    engine = make_engine(FastConfig(), TASK.model, 2)
    monkeypatch.setattr(engine, "status", lambda: np.full(2, Status.INTEGRATOR_FAILED))
    env = TrainingReward(VectorEnv(TASK, engine, pays=Pay(TASK, RewardConfig(alive=1.0), 0.0)), 1.0)
    env.reset(seed=0)
    _, paid, terminated, _, info = env.step(np.zeros((2, 18)))
    assert terminated.all()
    assert info["score"].tolist() == [-500.0] * 2
    assert not any(term.any() for term in info["reward_terms"].values())
    assert info["paid_terms"]["alive"].tolist() == [0.0, 0.0]
    assert paid == pytest.approx([0.0] * 2, abs=1e-2)
