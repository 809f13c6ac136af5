"""The replay ring and its packed rows."""

import numpy as np
import pytest

from soleus.learner.replay.sampling import UniformSampling
from soleus.learner.replay.storage import Replay, RowLayout, Sample
from soleus.sampler.batch import Batch


def _ring(capacity, width=1):
    return Replay(capacity, width, UniformSampling())


def _drawn(replay, seed, n):
    (rows, _), _ = replay.sample(np.random.default_rng(seed), (1, n), 0)
    return rows[0]


def _rows(first, n):
    return np.arange(first, first + n, dtype=np.float32)[:, None]


def test_pack_and_unpack_are_inverse():
    random = np.random.default_rng(0)
    batch = Batch(
        observation=random.standard_normal((3, 4), dtype=np.float32),
        action=random.standard_normal((3, 2), dtype=np.float32),
        reward=np.array([1, 2, 3], np.float32),
        next_observation=random.standard_normal((3, 4), dtype=np.float32),
        terminated=np.array([False, True, False]),
        truncated=np.array([False, False, True]),
        world=np.zeros(3, dtype=np.int64),
    )
    layout = RowLayout(4, 2)
    rows = layout.pack(batch, np.array([0.75, 0, 0.75], np.float32))
    assert rows.shape == (3, layout.width)
    assert rows.dtype == np.float32
    transitions = layout.unpack(Sample(rows, np.array([1, 0.5, 1], np.float32)))
    for name in ("observation", "next_observation", "action", "reward"):
        np.testing.assert_array_equal(getattr(transitions, name), getattr(batch, name))
    np.testing.assert_array_equal(transitions.bootstrap, [0.75, 0, 0.75])
    np.testing.assert_array_equal(transitions.weight, [1, 0.5, 1])


@pytest.mark.parametrize("pieces", [[3], [5], [4, 4], [2, 13], [1] * 12, [23, 2]])
def test_ring_keeps_the_newest(pieces):
    replay = _ring(5)
    first = 0
    for n in pieces:
        replay.receive(_rows(first, n))
        first += n
    assert replay.n_received == first
    assert len(replay) == min(first, 5)
    kept = set(_drawn(replay, 0, 300)[:, 0])
    assert kept == set(range(max(first - 5, 0), first))


@pytest.mark.parametrize("n_before", [3, 5, 7])
def test_load_goes_on_like_the_original(n_before):
    original, loaded = _ring(5), _ring(5)
    original.receive(_rows(0, n_before))
    state = original.state()
    assert len(state["rows"]) == min(n_before, 5)
    original.receive(_rows(50, 2))  # what was saved must not change with the ring
    loaded.load(state)
    loaded.receive(_rows(50, 2))
    samples = [_drawn(replay, 1, 50) for replay in (original, loaded)]
    np.testing.assert_array_equal(*samples)


def test_load_refuses_another_capacity():
    original = _ring(5, 2)
    original.receive(np.zeros((9, 2), np.float32))
    with pytest.raises(ValueError, match=r"shape \(5, 2\), this learner's replay needs \(4, 2\)"):
        _ring(4, 2).load(original.state())
