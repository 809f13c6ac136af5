"""Which member acts in a world, and for how long."""

import numpy as np

from soleus.nets.members import Turns


def test_a_member_stays_for_an_episode_and_another_is_drawn_when_one_begins():
    turns, generator = Turns(1000), np.random.default_rng(0)
    first = turns.draw(4, generator)
    assert len(set(first)) == 4
    for _ in range(50):
        np.testing.assert_array_equal(turns.draw(4, generator), first)
    turns.begin(np.array([1, 3]))
    second = turns.draw(4, generator)
    np.testing.assert_array_equal(second[[0, 2]], first[[0, 2]])
    assert (second[[1, 3]] != first[[1, 3]]).all()


def test_all_members_are_drawn_alike():
    drawn = Turns(4).draw(40_000, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(drawn) / 40_000, 0.25, atol=0.01)


def test_a_member_stays_for_as_many_decisions_as_were_drawn():
    turns, generator = Turns(10**6, (2, 4)), np.random.default_rng(0)
    drawn = np.array([turns.draw(300, generator) for _ in range(100)])
    lengths = []
    for world in drawn.T:
        changes = np.flatnonzero(np.diff(world)) + 1
        lengths += np.diff([0, *changes]).tolist()
    shares = np.bincount(lengths)[2:] / len(lengths)
    np.testing.assert_allclose(shares, 1 / 3, atol=0.02)
    assert set(lengths) == {2, 3, 4}


def test_the_next_policy_goes_on_with_the_same_members():
    generator = np.random.default_rng(0)
    before = Turns(1000, (3, 3))
    drawn = before.draw(5, generator)
    after = Turns(1000, (3, 3))
    after.follow(before)
    for _ in range(2):
        np.testing.assert_array_equal(after.draw(5, generator), drawn)
    assert (after.draw(5, generator) != drawn).all()


def test_who_follows_another_number_of_members_draws_anew():
    before, after = Turns(1000), Turns(2)
    before.draw(5, np.random.default_rng(0))
    after.follow(before)
    assert after.draw(5, np.random.default_rng(0)).max() < 2
