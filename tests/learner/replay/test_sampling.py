"""How rows are drawn: chances against the formula, weights by hand, and what a bias costs."""

import numpy as np
import pytest

from soleus.learner.replay.sampling import LEAST_ERROR, MemberSampling, PrioritisedSampling, UniformSampling
from soleus.learner.replay.storage import Replay

N = 8
ERRORS = np.array([0.0, 0.1, 0.5, 1.0, 2.0, 2.0, 5.0, 30.0])
HIGHLY_UNLIKELY = 24.3
"""A chi-square of 7 degrees of freedom is larger once in a thousand times."""


def prioritised(exponent=0.6, correction=0.4, updates=100, capacity=N):
    sampling = PrioritisedSampling(capacity, exponent, correction, updates)
    sampling.receive(np.arange(capacity))
    sampling.learn(np.arange(capacity), ERRORS[:capacity])
    return sampling


def chances(exponent, errors=ERRORS):
    priority = (errors + LEAST_ERROR) ** exponent
    return priority / priority.sum()


@pytest.mark.parametrize("exponent", [0.0, 0.6, 1.0])
def test_rows_are_drawn_as_often_as_the_formula_says(exponent):
    place, _ = prioritised(exponent).draw(np.random.default_rng(0), N, (100, 200), 0)
    expected = place.size * chances(exponent)
    often = expected > 5
    counts = np.bincount(place.ravel(), minlength=N)
    assert ((counts - expected)[often] ** 2 / expected[often]).sum() < HIGHLY_UNLIKELY
    assert (counts[~often] < 10).all()


def test_uniform_draws_are_even_and_all_count():
    place, weight = UniformSampling().draw(np.random.default_rng(0), N, (100, 200), 0)
    counts = np.bincount(place.ravel(), minlength=N)
    assert ((counts - 2500) ** 2 / 2500).sum() < HIGHLY_UNLIKELY
    assert (weight == 1).all()
    assert (place.shape, weight.shape, weight.dtype) == ((100, 200), (100, 200), np.float32)


def test_draws_are_independent_of_their_order():
    """Parts change the first half of a batch, which has to be a random half."""
    place, _ = prioritised(0.0).draw(np.random.default_rng(0), N, (500, 8), 0)
    assert place[:, :4].mean() == pytest.approx(3.5, abs=0.2)


@pytest.mark.parametrize(("n_update", "beta"), [(0, 0.5), (50, 0.75), (100, 1.0), (1000, 1.0)])
def test_weights_by_hand(n_update, beta):
    """Priorities 1, 4 and 16 of 21 give (N P)^-beta = (3/21)^-beta ...: a ratio of 4^-beta from one to the next."""
    sampling = PrioritisedSampling(3, 1.0, 0.5, 100)
    sampling.receive(np.arange(3))
    sampling.learn(np.arange(3), np.array([1.0, 4.0, 16.0]))
    place, weight = sampling.draw(np.random.default_rng(1), 3, (4, 30), n_update)
    rarest = place.min(axis=1, keepdims=True)
    np.testing.assert_allclose(weight, 4.0 ** (-beta * (place - rarest)), rtol=1e-5)
    assert (weight.max(axis=1) == 1).all()


def test_what_is_new_comes_in_with_the_highest_priority():
    sampling = PrioritisedSampling(4, 0.5, 1.0, 1)
    sampling.receive(np.array([0]))
    assert sampling.state(1)["priority"].tolist() == [1]
    sampling.learn(np.array([0]), np.array([9.0]))
    sampling.receive(np.array([1, 2]))
    sampling.learn(np.array([0, 1]), np.array([4.0, 0.25]))
    sampling.receive(np.array([3]))
    assert sampling.state(4)["priority"] == pytest.approx([2, 0.5, 3, 3], rel=1e-5)


def test_what_is_overwritten_loses_its_priority():
    replay = Replay(3, 1, PrioritisedSampling(3, 1.0, 1.0, 1))
    replay.receive(np.zeros((3, 1), np.float32))
    replay.learn(np.arange(3), np.array([0.001, 500.0, 0.001]))
    replay.receive(np.array([[1.0], [2.0]], np.float32))  # in place of the first two
    replay.learn(np.array([0]), np.array([1.0]))
    (rows, _), place = replay.sample(np.random.default_rng(0), (1, 1000), 0)
    np.testing.assert_array_equal(rows[..., 0], np.array([1.0, 2.0, 0.0])[place])
    share = np.bincount(place[0], minlength=3) / 1000
    assert share == pytest.approx([1 / 501, 500 / 501, 0], abs=0.01)


def test_a_full_correction_takes_the_bias_away():
    """The weighted mean of what is drawn is then the mean of all in expectation; without one, that of the chances."""
    gradient = np.random.default_rng(5).normal(size=(N, 3))
    weighed = {}
    for beta in (0.0, 1.0):
        sampling = prioritised(correction=beta)
        sampling.learn(np.array([0]), np.array([0.05]))  # without any error, a row would be drawn too seldom to tell
        place, weight = sampling.draw(np.random.default_rng(0), N, (1, 400_000), 0)
        weighed[beta] = (weight[0, :, None] * gradient[place[0]]).sum(axis=0) / weight.sum()
    np.testing.assert_allclose(weighed[1.0], gradient.mean(axis=0), atol=0.01)
    np.testing.assert_allclose(weighed[0.0], chances(0.6, np.maximum(ERRORS, 0.05)) @ gradient, atol=0.01)
    assert np.abs(weighed[0.0] - gradient.mean(axis=0)).max() > 0.2


def test_a_draw_never_falls_behind_the_last_row():
    """Also not in a ring that is nearly empty, with numbers whose sums are rounded."""
    sampling = PrioritisedSampling(1000, 1.0, 0.4, 100)
    random = np.random.default_rng(0)
    sampling.receive(np.arange(5))
    for _ in range(100):
        sampling.learn(np.arange(5), 10.0 ** random.uniform(-12, 12, 5))
        assert sampling.draw(random, 5, (20, 20), 0).place.max() < 5

    class Last:
        @staticmethod
        def random(shape):
            return np.full(shape, np.nextafter(1.0, 0.0))

    assert (sampling.draw(Last, 5, (2, 2), 0).place < 5).all()


@pytest.mark.parametrize("n_before", [3, 5, 7])
def test_load_goes_on_like_the_original(n_before):
    random = np.random.default_rng(0)
    replays = [Replay(5, 1, PrioritisedSampling(5, 0.6, 0.4, 100)) for _ in range(2)]
    replays[0].receive(random.normal(size=(n_before, 1)).astype(np.float32))
    _, place = replays[0].sample(random, (2, 4), 0)
    replays[0].learn(place, random.random((2, 4)).astype(np.float32))
    state = replays[0].state()
    replays[1].load(state)
    for replay in replays:
        replay.receive(np.full((2, 1), 50, np.float32))
    samples = [replay.sample(np.random.default_rng(1), (3, 50), 60) for replay in replays]
    for one, other in zip(*[(*sample, place) for sample, place in samples], strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(state["priority"]) == min(n_before, 5)  # what was saved has not changed with the ring


def test_load_refuses_priorities_of_another_number_and_changes_nothing():
    replay = Replay(5, 1, PrioritisedSampling(5, 0.6, 0.4, 100))
    replay.receive(np.ones((4, 1), np.float32))
    state = replay.state()
    with pytest.raises(ValueError, match=r"priorities have shape \(3,\) for 4 rows"):
        Replay.load(other := Replay(5, 1, PrioritisedSampling(5, 0.6, 0.4, 100)), state | {"priority": np.ones(3)})
    assert len(other) == 0


def _of_members(sampling, shared=False, share=1.0, n_row=1000, shape=(50, 40)):
    draw = MemberSampling(sampling, 3, shared, share).draw(np.random.default_rng(0), n_row, shape, 0)
    assert draw.place.shape == draw.weight.shape == (shape[0], 3 * shape[1])
    assert draw.weight.dtype == np.float32
    return draw, [(draw.place[:, number::3], draw.weight[:, number::3]) for number in range(3)]


def test_members_draw_rows_of_their_own_or_share_them():
    _, own = _of_members(UniformSampling())
    assert all((own[0][0] != other).mean() > 0.9 for other, _ in own[1:])
    _, shared = _of_members(UniformSampling(), shared=True)
    for place, _ in shared:
        np.testing.assert_array_equal(place, shared[0][0])


def test_a_member_learns_from_its_share_of_rows_and_always_from_the_same():
    draw, each = _of_members(UniformSampling(), shared=True, share=0.3, n_row=4000, shape=(400, 100))
    again, _ = _of_members(UniformSampling(), shared=True, share=0.3, n_row=4000, shape=(400, 100))
    np.testing.assert_array_equal(draw.weight, again.weight)
    belongs = []
    for place, weight in each:
        counted = np.zeros(4000), np.zeros(4000)
        for count, values in zip(counted, (place, place[weight > 0]), strict=True):
            np.add.at(count, values.ravel(), 1)
        seen = counted[0] > 0
        assert set((counted[1] / np.maximum(counted[0], 1))[seen]) == {0.0, 1.0}
        belongs.append(counted[1] > 0)
        assert belongs[-1][seen].mean() == pytest.approx(0.3, abs=0.03)
    both = (belongs[0] & belongs[1])[seen].mean()
    assert both == pytest.approx(0.09, abs=0.03)  # who owns what is independent


def test_members_keep_the_weights_of_priorities():
    _, each = _of_members(prioritised(), share=0.5, n_row=N)
    weights = np.concatenate([weight.ravel() for _, weight in each])
    assert {0.0} < {float(weight) for weight in weights}
    assert weights.max() == 1


def test_members_pass_on_what_is_learnt_and_remembered():
    one, sampling = prioritised(), PrioritisedSampling(N, 0.6, 0.4, 100)
    members = MemberSampling(sampling, 2, shared=False, share=1.0)
    members.receive(np.arange(N))
    members.learn(np.arange(N)[None], ERRORS[None])
    for name, array in one.state(N).items():
        np.testing.assert_array_equal(array, members.state(N)[name])
    other = MemberSampling(PrioritisedSampling(N, 0.6, 0.4, 100), 2, shared=False, share=1.0)
    other.load(members.state(N), N)
    np.testing.assert_array_equal(other.state(N)["priority"], members.state(N)["priority"])


@pytest.mark.parametrize("shared", [True, False])
def test_a_row_is_as_far_off_as_those_say_who_learn_from_it(shared):
    """An error of one that does not learn from a row would stay, and the row would be drawn again and again."""
    n_row, n_member = 400, 4
    sampling = PrioritisedSampling(n_row, 1.0, 0.4, 100)
    members = MemberSampling(sampling, n_member, shared, 0.5)
    members.receive(np.arange(n_row))
    place = np.repeat(np.arange(n_row), n_member)[None]
    owns = members._owns(place, np.arange(place.shape[1]) % n_member)
    members.learn(place, np.where(owns, 0.25, 100.0))
    priority = sampling.state(n_row)["priority"]
    owned = owns.reshape(n_row, n_member).any(axis=1)
    assert 0.85 < owned.mean() < 0.99
    np.testing.assert_allclose(priority[owned], 0.25 + LEAST_ERROR, rtol=1e-6)
    np.testing.assert_allclose(priority[~owned], LEAST_ERROR, rtol=1e-6)


def test_a_row_that_only_others_learn_from_keeps_its_priority():
    n_row = 400
    sampling = PrioritisedSampling(n_row, 1.0, 0.4, 100)
    members = MemberSampling(sampling, 2, shared=False, share=0.5)
    members.receive(np.arange(n_row))
    place = np.arange(n_row)[None]
    asked, other = members._owns(place, np.arange(n_row) % 2), members._owns(place, (np.arange(n_row) + 1) % 2)
    members.learn(place, np.full(place.shape, 0.25))
    priority = sampling.state(n_row)["priority"]
    np.testing.assert_allclose(priority[(~asked & other)[0]], 1.0)
