"""Returns against numbers worked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.learner.returns import n_step_return
from soleus.sampler.batch import Batch


def walk(n, *, falls=(), stops=(), jumps=()):
    """n transitions with rewards 1, 2, 4, 8 ...; state i leads to state i + 1, except after an end or a jump."""
    state = np.arange(n, dtype=np.float32)[:, None]
    for place in (*falls, *stops, *jumps):
        state[place + 1 :] += 100
    marks = [np.isin(np.arange(n), places) for places in (falls, stops)]
    return Batch(state, np.zeros((n, 1), np.float32), 2.0 ** np.arange(n, dtype=np.float32), state + 1, *marks)


def test_one_step_is_the_transition_itself():
    batch = walk(4, falls=[1])
    seen, factor = n_step_return(batch, 1, 0.5)
    assert seen.reward.tolist() == batch.reward.tolist()
    assert seen.next_observation.tolist() == batch.next_observation.tolist()
    assert factor.tolist() == [0.5, 0.0, 0.5, 0.5]


def test_three_steps_by_hand():
    seen, factor = n_step_return(walk(5), 3, 0.5)
    assert seen.reward.tolist() == [1 + 1 + 1, 2 + 2 + 2, 4 + 4 + 4, 8 + 8, 16]
    assert seen.next_observation[:, 0].tolist() == [3, 4, 5, 5, 5]
    assert factor.tolist() == [0.125, 0.125, 0.125, 0.25, 0.5]


def test_a_fall_ends_the_look_and_is_worth_nothing():
    seen, factor = n_step_return(walk(4, falls=[1]), 3, 0.5)
    assert seen.reward.tolist() == [2, 2, 8, 8]
    assert factor.tolist() == [0, 0, 0.25, 0.5]
    assert seen.terminated.tolist() == [True, True, False, False]


def test_the_end_of_time_ends_the_look_and_bootstraps():
    seen, factor = n_step_return(walk(4, stops=[1]), 3, 0.5)
    assert seen.reward.tolist() == [2, 2, 8, 8]
    assert seen.next_observation[:2, 0].tolist() == [2, 2]
    assert factor.tolist() == [0.25, 0.5, 0.25, 0.5]


def test_where_another_world_begins_the_look_ends():
    seen, factor = n_step_return(walk(4, jumps=[1]), 3, 0.5)
    assert seen.reward.tolist() == [2, 2, 8, 8]
    assert factor.tolist() == [0.25, 0.5, 0.25, 0.5]


@pytest.mark.parametrize("n", [7, 20])
def test_at_full_length_it_is_the_monte_carlo_return(n):
    batch = replace(walk(7, falls=[6]), reward=np.random.default_rng(0).normal(size=7).astype(np.float32))
    seen, factor = n_step_return(batch, n, 0.9)
    expected = [sum(0.9 ** (j - i) * batch.reward[j] for j in range(i, 7)) for i in range(7)]
    assert seen.reward == pytest.approx(expected, rel=1e-5)
    assert not factor.any()
