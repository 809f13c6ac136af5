"""Bliznashki's five numbers, against ones worked by hand."""

import numpy as np
import pytest

from soleus.task.pooled_target import (
    LEFT,
    RIGHT,
    STRAIGHT,
    pool,
    pooled_target,
    turn_as_published,
    turn_if_behind,
)

PLACE = np.arange(-5.0, 6.0)


def sink(forward, leftward):
    """A field of unit velocities to a sink, at most, and slower near it."""
    ahead, left = np.meshgrid(forward - PLACE, leftward - PLACE, indexing="ij")
    distance = np.maximum(np.hypot(ahead, left), 1.0)
    return np.stack([ahead, left])[None] / distance


def test_only_every_other_place_counts():
    field = np.zeros((1, 2, 11, 11))
    field[:, :, 1::2], field[:, :, :, 1::2] = 7.0, 7.0
    assert not pool(field).forward.any()
    assert not pool(field).sideways.any()


def test_pooling_by_hand():
    """Places count from back to front and from right to left: 0, 2 | 4, 6 | 8, 10."""
    field = np.zeros((1, 2, 11, 11))
    field[0, 0, 10, 4] = 12.0  # ahead: one of its twelve
    field[0, 0, 4, 0] = -6.0  # around
    field[0, 1, 0, 8] = -3.0  # on the left
    field[0, 1, 6, 10] = 9.0  # on the left too
    field[0, 1, 2, 2] = -24.0  # on the right
    pooled = pool(field)
    assert pooled.forward[0].tolist() == pytest.approx([0.0, -0.5, 1.0])
    assert pooled.sideways[0].tolist() == pytest.approx([0.5, 0.0, 2.0])
    assert pooled.distance[0] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("forward", "leftward", "ours", "published"),
    [
        (6.0, 0.0, STRAIGHT, None),
        (-6.0, 0.0, None, None),
        (0.0, 6.0, LEFT, LEFT),
        (0.0, -6.0, RIGHT, RIGHT),
    ],
    ids=["ahead", "behind", "left", "right"],
)
def test_which_way_to_turn(forward, leftward, ours, published):
    """None: to either side. Published, it is never straight on."""
    pooled = pool(sink(forward, leftward))
    for turn, expected in ((turn_if_behind, ours), (turn_as_published, published)):
        (way,) = turn(pooled)
        assert way == expected if expected is not None else way in (LEFT, RIGHT)


def test_the_five_numbers_of_who_has_far_to_go_and_of_who_is_there():
    far, near = pooled_target(np.concatenate([sink(0.0, 6.0), sink(0.0, 0.0)]))
    assert far[:4].tolist() == [1.0, 1.0, 0.0, 0.0]
    assert far[4] == pytest.approx(pool(sink(0.0, 6.0)).distance[0])
    assert near[0] == 0.0
    assert near[4] == pytest.approx(0.0, abs=1e-12)


def test_a_field_without_sides_means_straight_on():
    field = np.zeros((1, 2, 11, 11))
    field[0, 0], field[0, 1] = 1.4, -0.2
    assert turn_if_behind(pool(field)).tolist() == [STRAIGHT]


def test_in_the_mirror_left_is_right():
    field = sink(2.0, 3.5)
    mirrored = field[:, :, :, ::-1] * np.array([1.0, -1.0])[:, None, None]
    there, here = pooled_target(mirrored)[0], pooled_target(field)[0]
    np.testing.assert_allclose(there[[0, 3, 2, 1, 4]], here, atol=1e-12)


def test_means_of_means_are_one_product():
    """Every other place, 2 x 2 of them in a mean, and means along either axis, as Bliznashki's code went about it."""
    field = np.random.default_rng(0).normal(size=(3, 2, 11, 11))
    means = field[:, :, ::2, ::2].reshape(3, 2, 3, 2, 3, 2).mean(axis=(3, 5))
    pooled = pool(field)
    np.testing.assert_allclose(pooled.forward, means[:, 0].mean(axis=2))
    np.testing.assert_allclose(pooled.sideways, np.abs(means[:, 1, :, ::-1].mean(axis=1)))
