"""How many updates are due, and what a learner makes of what others with other settings remembered."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import SacConfig

SMALL = SacConfig((4,), (4,), batch_size=4, random_transitions=20, n_scan=2, updates_per_transition=0.5)


def test_updates_follow_what_comes_after_the_random_transitions(draw_batch):
    learner = replace(SMALL, updates_per_transition=0.3).build(5, 2, seed=0)
    done = []
    for seed in range(6):
        learner.receive(draw_batch(seed, 10))
        learner.update()
        done.append(learner.n_updates)
    assert done == [0, 0, 2, 6, 8, 12], "pairs of what 0, 0, 3, 6, 9 and 12 allow"


def test_another_ratio_counts_from_then_on(draw_batch):
    """Of what a stage or another run has left, nothing is to be caught up with or to be waited for."""
    before = SMALL.build(5, 2, seed=0)
    for seed in range(12):
        before.receive(draw_batch(seed, 10))
        before.update()
    assert before.n_updates == 50
    for ratio, n_more in ((2.0, 20), (0.2, 2)):
        after = replace(SMALL, updates_per_transition=ratio).build(5, 2, seed=0)
        after.load(before.state())
        after.receive(draw_batch(50, 10))
        after.update()
        assert after.n_updates == 50 + n_more


def test_a_fraction_that_is_due_is_kept(draw_batch):
    learner, resumed = (SMALL.build(5, 2, seed=0) for _ in range(2))
    learner.receive(draw_batch(0, 23))
    learner.update()
    resumed.load(learner.state())
    for each in (learner, resumed):
        each.receive(draw_batch(1, 1))
        each.update()
        assert each.n_updates == 2


@pytest.mark.parametrize("n_step", [1, 3])
def test_another_discount_holds_for_what_is_remembered_too(draw_batch, n_step):
    before, after, same = (
        replace(SMALL, n_step=n_step, discount=discount).build(5, 2, seed=0) for discount in (0.9, 0.99, 0.9)
    )
    before.receive(draw_batch(0, 200))
    state = before.state()
    after.load(state)
    same.load(state)
    old, new = (each.state()["replay.rows"] for each in (before, after))
    np.testing.assert_array_equal(same.state()["replay.rows"], old)
    np.testing.assert_array_equal(new[:, :-1], old[:, :-1])
    n_ahead = np.rint(np.log(old[old[:, -1] > 0, -1]) / np.log(0.9))
    assert set(n_ahead) <= {*range(1, n_step + 1)}
    np.testing.assert_allclose(new[old[:, -1] > 0, -1], 0.99**n_ahead, rtol=1e-6)
    assert (old[:, -1] == 0).any()
    assert not new[old[:, -1] == 0, -1].any()
