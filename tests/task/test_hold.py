"""Held actions: several control steps in one, as if they had been taken one by one."""

import gymnasium
import numpy as np
import pytest

from soleus.task.outcome import Outcome

N_WORLD, HOLD = 4, 5


def make(task="Run2017", **settings):
    return gymnasium.make_vec(f"soleus/{task}-v0", num_envs=N_WORLD, autoreset_mode="Disabled", **settings)


@pytest.mark.parametrize("task", ["Run2017", "Walk2019"])
def test_a_held_action_is_that_many_control_steps(task):
    one, held = make(task), make(task, hold=HOLD)
    one.reset(seed=3)
    held.reset(seed=3)
    random = np.random.default_rng(0)
    for _ in range(3):
        action = random.uniform(0, 1, one.action_space.shape).astype(np.float32)
        steps = [one.step(action) for _ in range(HOLD)]
        observation, reward, terminated, truncated, info = held.step(action)
        assert np.array_equal(observation, steps[-1][0])
        np.testing.assert_allclose(reward, sum(step[1] for step in steps), rtol=1e-12)
        assert info["n_env_steps"].tolist() == [HOLD] * N_WORLD
        for name, term in info["reward_terms"].items():
            np.testing.assert_allclose(term, sum(step[4]["reward_terms"][name] for step in steps), atol=1e-12)
        assert not (terminated | truncated).any()


@pytest.mark.parametrize("task", ["Run2017", "Walk2019"])
def test_a_world_that_ends_stays_there_while_the_others_go_on(task):
    one, held = make(task), make(task, hold=HOLD)
    one.reset(seed=3)
    held.reset(seed=3)
    rest = np.zeros(one.action_space.shape, np.float32)
    rest[1:] = np.random.default_rng(1).uniform(0, 1, rest[1:].shape)
    last, n_step = {}, 0
    while len(last) < N_WORLD:
        n_step += 1
        observation, _, terminated, *_ = one.step(rest)
        for world in np.flatnonzero(terminated).tolist():
            last.setdefault(world, (n_step, observation[world]))
    assert len({n % HOLD for n, _ in last.values()}) > 1, "they end at different places of an action"
    ended = np.zeros(N_WORLD, dtype=bool)
    n_counted = np.zeros(N_WORLD, dtype=int)
    while not ended.all():
        observation, _, terminated, _, info = held.step(rest)
        n_counted += np.where(ended, 0, info["n_env_steps"])
        for world in np.flatnonzero(terminated & ~ended).tolist():
            assert n_counted[world] == last[world][0]
            assert np.array_equal(observation[world], last[world][1])
        ended |= terminated


def test_a_held_action_stops_at_the_time_limit():
    env = make(time_limit=3, hold=5)
    env.reset(seed=0)
    _, _, terminated, truncated, info = env.step(np.zeros(env.action_space.shape, np.float32))
    assert truncated.all()
    assert not terminated.any()
    assert info["n_env_steps"].tolist() == [3] * N_WORLD
    assert info["success"].all()


def test_a_limit_in_actions_is_known_to_no_rule():
    settings = {"difficulty": 2, "hold": 4, "max_episode_steps": 3}
    one, many = gymnasium.make("soleus/Walk2019-v0", **settings), make("Walk2019", **settings)
    one.reset(seed=0)
    many.reset(seed=0)
    for truncated in (False, False, True):
        alone, together = one.step(np.full(22, 0.05)), many.step(np.full((N_WORLD, 22), 0.05))
        assert alone[3] == together[3][0] == truncated
        assert alone[1] == together[1][0]
        assert not alone[4]["success"]
        assert not together[4]["success"].any()


@pytest.mark.parametrize("limit", [0, 2.5])
def test_a_limit_is_a_number_of_actions(limit):
    with pytest.raises(ValueError, match="whole number of actions"):
        make(max_episode_steps=limit)


def test_no_limit_in_actions_is_minus_one():
    env = make(max_episode_steps=-1, time_limit=2)
    env.reset(seed=0)
    assert [env.step(np.zeros((N_WORLD, 18)))[3].all() for _ in range(2)] == [False, True]


@pytest.mark.parametrize("hold", [0, 1.5, 2.0])
def test_an_action_is_held_for_whole_control_steps(hold):
    with pytest.raises(ValueError, match=f"whole number of control steps, 1 at least, not {hold}"):
        make(hold=hold)


def test_what_an_episode_told_last_is_kept():
    def outcome(pay, over, told):
        terms = {"pay": np.array([pay, pay])}
        info = {"reward_terms": terms, "n_env_steps": np.ones(2, int), "place": np.full((2, 3), told)}
        return Outcome(np.array([pay, pay]), np.array(over), np.zeros(2, bool), info)

    both = outcome(1.0, [True, False], 5.0).followed_by(outcome(2.0, [False, True], 6.0))
    assert both.reward.tolist() == [1.0, 3.0]
    assert both.terminated.tolist() == [True, True]
    assert both.info["n_env_steps"].tolist() == [1, 2]
    assert both.info["reward_terms"]["pay"].tolist() == [1.0, 3.0]
    assert both.info["place"].tolist() == [[5.0] * 3, [6.0] * 3]
