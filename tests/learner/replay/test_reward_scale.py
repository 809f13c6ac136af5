"""The running size of returns against numbers worked by hand."""

import numpy as np
import pytest

from soleus.learner.replay.reward_scale import GivenRewards, ReturnScale
from soleus.sampler.batch import Batch


def rewards(*values, world=0, falls=(), stops=()):
    """Transitions with these rewards."""
    n = len(values)
    nothing, marks = np.zeros((n, 1), np.float32), [np.isin(np.arange(n), places) for places in (falls, stops)]
    worlds = np.broadcast_to(np.asarray(world, np.int64), n)
    return Batch(nothing, nothing, np.array(values, np.float32), nothing, *marks, worlds)


def scaled_by(discount, *batches):
    scale = ReturnScale(discount)
    for batch in batches:
        scale.receive(batch)
    return scale.value


def test_given_rewards_stay():
    scale = GivenRewards()
    scale.receive(rewards(1000))
    assert scale.value == 1
    assert scale.state() == {}


def test_before_a_reward_there_is_no_scale():
    assert scaled_by(0.5) == 1
    assert scaled_by(0.5, rewards()) == 1
    assert scaled_by(0.5, rewards(0, 0, 0)) == 1


def test_the_first_sample_is_its_own_largest_return():
    # one return of 10: no deviation, and 10 / 5
    assert scaled_by(0.5, rewards(-10)) == pytest.approx(2)


def test_a_constant_reward_becomes_at_most_the_limit():
    # 1 / (1 - 0.9) = 10 in the end: values of up to 10 / 2 = 5
    assert scaled_by(0.9, rewards(*[1] * 500)) == pytest.approx(2, rel=1e-6)


def test_where_returns_spread_their_deviation_counts():
    # returns 3 and -3: deviation 3 against 3 / 5
    assert scaled_by(0.0, rewards(3, -3, 3, -3)) == pytest.approx(3)


def test_a_spike_counts_by_its_size_alone():
    # a thousand returns of 0 or 1 and one of 500: the deviation is about 500 / sqrt(1000) = 16, the limit asks for 100
    assert scaled_by(0.0, rewards(*[0, 1] * 500), rewards(500)) == pytest.approx(100)


@pytest.mark.parametrize("end", ["falls", "stops"])
def test_an_episode_s_end_begins_the_return_anew(end):
    # returns 4, 4 + 2 = 6, then 4 again: without the end it would be 4 + 3
    going, ended = rewards(4, 4, 4), rewards(4, 4, 4, **{end: [1]})
    assert scaled_by(0.5, going) == pytest.approx(7 / 5)
    assert scaled_by(0.5, ended) == pytest.approx(6 / 5)
    # the end counts in the next batch too
    assert scaled_by(0.5, rewards(4, 4, **{end: [1]}), rewards(4)) == pytest.approx(6 / 5)


def test_worlds_have_returns_of_their_own():
    # each world: 8, then 8 + 4 = 12
    together = rewards(8, 8, 8, 8, world=[3, 3, 1, 1])
    assert scaled_by(0.5, together) == pytest.approx(12 / 5)
    one_each = [rewards(8, 8, world=[3, 1]), rewards(8, 8, world=[3, 1])]
    assert scaled_by(0.5, *one_each) == pytest.approx(12 / 5)
    # a world that comes later changes no other's return: 8, 0, 12
    later = [rewards(8, world=3), rewards(0, world=1), rewards(8, world=3)]
    assert scaled_by(0.5, *later) == pytest.approx(np.std([8, 0, 12]))


def test_cut_into_batches_in_any_way_it_is_the_same():
    random = np.random.default_rng(0)
    reward, falls = random.normal(1, 2, (40, 3)).astype(np.float32), random.random((40, 3)) < 0.1
    values = []
    for length in (1, 4, 10, 40):
        scale = ReturnScale(0.9)
        for start in range(0, 40, length):
            rows = slice(start, start + length)
            world = np.repeat([7, 2, 5], length)
            scale.receive(rewards(*reward[rows].T.ravel(), world=world, falls=np.flatnonzero(falls[rows].T)))
        values.append(scale.value)
    going, returns = np.zeros(3), []
    for now, fell in zip(reward, falls, strict=True):
        going = 0.9 * going + now
        returns.append(going)
        going = np.where(fell, 0, going)
    assert values == pytest.approx([max(np.std(returns), np.abs(returns).max() / 5)] * 4)


def test_a_saved_scale_goes_on():
    first, second = rewards(1, 5, 3, world=[4, 4, 9]), rewards(2, 2, world=[4, 9])
    scale, restarted = ReturnScale(0.9), ReturnScale(0.9)
    scale.receive(first)
    restarted.receive(rewards(100, world=1))
    restarted.load(scale.state())
    for each in (scale, restarted):
        each.receive(second)
    assert restarted.value == scale.value
    assert all(np.array_equal(value, restarted.state()[name]) for name, value in scale.state().items())
