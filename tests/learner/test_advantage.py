"""Generalised advantages against numbers worked by hand, and against the returns that they lie between."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.learner.returns import generalised_advantage, n_step_return
from soleus.sampler.batch import Batch

VALUE, NEXT_VALUE = np.array([10.0, 20.0, 30.0, 40.0]), np.array([20.0, 30.0, 40.0, 50.0])


def walk(n=4, *, falls=(), stops=(), worlds=None):
    """n transitions with rewards 1, 2, 4, 8 ...; state i leads to state i + 1, except after an end."""
    state = np.arange(n, dtype=np.float32)[:, None]
    for place in (*falls, *stops):
        state[place + 1 :] += 100
    marks = [np.isin(np.arange(n), places) for places in (falls, stops)]
    reward = 2.0 ** np.arange(n, dtype=np.float32)
    world = np.zeros(n, np.int64) if worlds is None else np.array(worlds)
    return Batch(state, np.zeros((n, 1), np.float32), reward, state + 1, *marks, world)


def advantage(batch, discount=0.5, decay=0.5):
    return generalised_advantage(batch, VALUE, NEXT_VALUE, discount, decay).tolist()


def test_four_decisions_by_hand():
    # deltas: 1 + 10 - 10, 2 + 15 - 20, 4 + 20 - 30, 8 + 25 - 40; each keeps a quarter of what follows
    assert advantage(walk()) == [1 - 4.9375 / 4, -3 - 7.75 / 4, -6 - 7 / 4, -7]


def test_a_fall_is_worth_nothing_more():
    # 2 - 20 instead of 2 + 15 - 20
    assert advantage(walk(falls=[1])) == [1 - 18 / 4, -18, -6 - 7 / 4, -7]


def test_a_time_limit_is_worth_what_would_have_come():
    # the value of the state that the clock ended in counts, the advantage of the next start does not
    assert advantage(walk(stops=[1])) == [1 - 3 / 4, -3, -6 - 7 / 4, -7]


def test_worlds_do_not_hear_of_each_other():
    assert advantage(walk(worlds=[0, 0, 1, 1])) == [1 - 3 / 4, -3, -6 - 7 / 4, -7]


def test_a_world_that_began_anew_does_not_go_on():
    """Two batches of the same world, with something lost in between."""
    batch = walk()
    batch.observation[2:] += 50
    batch.next_observation[2:] += 50
    assert advantage(batch) == [1 - 3 / 4, -3, -6 - 7 / 4, -7]


def random_walk(n=40):
    random = np.random.default_rng(0)
    batch = walk(n, falls=[6, 30], stops=[3, 17], worlds=[0] * 12 + [1] * 28)
    value = random.normal(size=n)
    after = np.where(batch.terminated | batch.truncated | (np.arange(n) == 11), random.normal(size=n), 0)
    follows = np.append(value[1:], 5.0)
    reward = random.normal(size=n).astype(np.float32)
    return replace(batch, reward=reward), value, np.where(after, after, follows)


def test_without_decay_it_is_the_monte_carlo_return_with_its_bootstrap():
    batch, value, next_value = random_walk()
    seen, factor, _ = n_step_return(batch, len(batch), 0.9)
    last = seen.next_observation[:, 0]
    worth = np.array([next_value[batch.next_observation[:, 0] == state][0] for state in last])
    expected = seen.reward + factor * worth - value
    assert generalised_advantage(batch, value, next_value, 0.9, 1.0) == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_with_full_decay_it_is_the_error_of_one_step():
    batch, value, next_value = random_walk()
    expected = batch.reward + np.where(batch.terminated, 0, 0.9 * next_value) - value
    np.testing.assert_array_equal(generalised_advantage(batch, value, next_value, 0.9, 0.0), expected)
