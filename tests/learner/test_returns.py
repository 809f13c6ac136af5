"""Returns against numbers worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.learner.returns import NStepReturns, n_step_return
from soleus.sampler.batch import Batch


def walk(n, *, falls=(), stops=(), jumps=()):
    """n transitions with rewards 1, 2, 4, 8 ...; state i leads to state i + 1, except after an end or a jump."""
    state = np.arange(n, dtype=np.float32)[:, None]
    for place in (*falls, *stops, *jumps):
        state[place + 1 :] += 100
    marks = [np.isin(np.arange(n), places) for places in (falls, stops)]
    reward, world = 2.0 ** np.arange(n, dtype=np.float32), np.zeros(n, np.int64)
    return Batch(state, np.zeros((n, 1), np.float32), reward, state + 1, *marks, world)


def worlds(n_step, n_world=3, *, seed=0):
    """Transitions of several worlds by (step, world): their numbers are random, and so are their ends."""
    random = np.random.default_rng(seed)
    shape = (n_step, n_world)
    observation = random.normal(size=(n_step + 1, n_world, 1)).astype(np.float32)
    after = observation[1:] + 100 * (ends := random.random(shape) < 0.2)[..., None]
    terminated = ends & (random.random(shape) < 0.5)
    reward = random.normal(size=shape).astype(np.float32)
    world = np.tile(np.arange(n_world), (n_step, 1))
    return observation[:-1], np.zeros((*shape, 1), np.float32), reward, after, terminated, ends & ~terminated, world


def batch_of(columns, rows):
    """What a sampler makes of some steps: world after world."""
    return Batch(*(column[rows].swapaxes(0, 1).reshape(-1, *column.shape[2:]) for column in columns))


def test_one_step_is_the_transition_itself():
    batch = walk(4, falls=[1])
    seen, factor, _ = n_step_return(batch, 1, 0.5)
    assert seen.reward.tolist() == batch.reward.tolist()
    assert seen.next_observation.tolist() == batch.next_observation.tolist()
    assert factor.tolist() == [0.5, 0.0, 0.5, 0.5]


def test_three_steps_by_hand():
    seen, factor, _ = n_step_return(walk(5), 3, 0.5)
    assert seen.reward.tolist() == [1 + 1 + 1, 2 + 2 + 2, 4 + 4 + 4, 8 + 8, 16]
    assert seen.next_observation[:, 0].tolist() == [3, 4, 5, 5, 5]
    assert factor.tolist() == [0.125, 0.125, 0.125, 0.25, 0.5]


def test_a_fall_ends_the_look_and_is_worth_nothing():
    seen, factor, _ = n_step_return(walk(4, falls=[1]), 3, 0.5)
    assert seen.reward.tolist() == [2, 2, 8, 8]
    assert factor.tolist() == [0, 0, 0.25, 0.5]
    assert seen.terminated.tolist() == [True, True, False, False]


def test_the_end_of_time_ends_the_look_and_bootstraps():
    seen, factor, _ = n_step_return(walk(4, stops=[1]), 3, 0.5)
    assert seen.reward.tolist() == [2, 2, 8, 8]
    assert seen.next_observation[:2, 0].tolist() == [2, 2]
    assert factor.tolist() == [0.25, 0.5, 0.25, 0.5]


def test_a_fall_when_time_is_up_is_a_fall():
    seen, factor, over = n_step_return(walk(3, falls=[1], stops=[1]), 3, 0.5)
    assert seen.reward.tolist() == [2, 2, 4]
    assert factor.tolist() == [0, 0, 0.5]
    assert over.tolist() == [True, True, False]


def test_a_look_longer_than_an_episode_ends_with_it():
    seen, factor, over = n_step_return(walk(3, stops=[2]), 100, 0.5)
    assert seen.reward.tolist() == [3, 4, 4]
    assert factor.tolist() == [0.125, 0.25, 0.5]
    assert over.all()


def test_where_another_world_begins_the_look_ends():
    seen, factor, _ = n_step_return(walk(4, jumps=[1]), 3, 0.5)
    assert seen.reward.tolist() == [2, 2, 8, 8]
    assert factor.tolist() == [0.25, 0.5, 0.25, 0.5]


@pytest.mark.parametrize("n", [7, 20])
def test_at_full_length_it_is_the_monte_carlo_return(n):
    batch = replace(walk(7, falls=[6]), reward=np.random.default_rng(0).normal(size=7).astype(np.float32))
    seen, factor, _ = n_step_return(batch, n, 0.9)
    expected = [sum(0.9 ** (j - i) * batch.reward[j] for j in range(i, 7)) for i in range(7)]
    assert seen.reward == pytest.approx(expected, rel=1e-5)
    assert not factor.any()


def told(seen, factor):
    """Transitions as tuples, to be compared whatever their order."""
    columns = seen.world, seen.observation[:, 0], seen.reward, seen.next_observation[:, 0], seen.terminated, factor
    return list(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize("pieces", [[1] * 12, [12], [5, 1, 6], [2, 2, 2, 2, 2, 2]])
def test_a_look_goes_on_in_the_world_s_next_batch(pieces):
    """Cut in any way, the transitions are those of one long batch, except for those that still wait at the end."""
    columns, n = worlds(12), 3
    whole, factor, over = n_step_return(batch_of(columns, slice(None)), n, 0.9)
    expected = set(told(whole[over], factor[over]))
    returns, found = NStepReturns(n, 0.9), []
    for length, end in zip(pieces, np.cumsum(pieces), strict=True):
        found += told(*returns.receive(batch_of(columns, slice(end - length, end))))
    assert len(found) == len(expected)
    assert set(found) == expected


def test_who_waits_belongs_to_a_world_that_goes_on():
    columns = worlds(4)
    _, _, over = n_step_return(batch_of(columns, slice(None)), 3, 0.9)
    ended = (columns[4] | columns[5]).T
    for world in range(3):
        waits = ~over[4 * world : 4 * world + 4]
        assert waits.tolist() == [False, False, not ended[world, 2:].any(), not ended[world, 3]]


def test_workers_do_not_wait_for_each_other():
    first, second = walk(4), replace(walk(4), world=np.ones(4, np.int64))
    returns = NStepReturns(3, 0.5)
    assert [len(returns.receive(batch)[0]) for batch in (first, second, first)] == [2, 2, 4]


def test_a_world_that_starts_anew_leaves_nobody_waiting():
    returns = NStepReturns(3, 0.5)
    returns.receive(walk(4))
    restarted = NStepReturns(3, 0.5)
    restarted.load(returns.state())
    seen, factor = restarted.receive(walk(4))
    assert seen.reward.tolist() == [4 + 4, 8, 3, 6]
    assert factor.tolist() == [0.25, 0.5, 0.125, 0.125]


def test_terms_of_rewards_are_summed_like_rewards():
    batch = walk(5, falls=[3])
    terms = np.stack([batch.reward, batch.reward * 0 - 1], axis=1)
    seen, _, _ = n_step_return(replace(batch, reward_terms=terms), 3, 0.5)
    np.testing.assert_array_equal(seen.reward_terms[:, 0], seen.reward)
    np.testing.assert_array_equal(seen.reward_terms[:, 1], [-1.75, -1.75, -1.5, -1, -1])
    assert n_step_return(batch, 3, 0.5)[0].reward_terms is None


def test_terms_wait_with_their_transitions():
    batch = replace(walk(4), reward_terms=np.ones((4, 2), np.float32))
    returns, again = NStepReturns(3, 0.5), NStepReturns(3, 0.5)
    returns.receive(batch[:2])
    again.load(returns.state())
    seen, _ = again.receive(batch[2:])
    np.testing.assert_array_equal(seen.reward_terms, np.full((2, 2), 1.75))
