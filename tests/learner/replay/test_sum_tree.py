"""Sums against those that NumPy makes, and draws in proportion."""

import numpy as np
import pytest

from soleus.learner.replay.sum_tree import SumTree


@pytest.mark.parametrize("n", [1, 2, 5, 8, 13, 1000])
def test_find_is_a_search_in_the_running_sums(n):
    random = np.random.default_rng(n)
    numbers = random.integers(0, 9, n).astype(float)  # whole numbers: all sums are exact
    numbers[random.integers(n)] = 4
    tree = SumTree(n)
    tree[np.arange(n)] = numbers
    assert tree.total == numbers.sum()
    np.testing.assert_array_equal(tree[np.arange(n)], numbers)
    target = np.concatenate([np.arange(numbers.sum()), tree.total * random.random(50)])
    expected = np.searchsorted(np.cumsum(numbers), target, side="right")
    np.testing.assert_array_equal(tree.find(target.reshape(-1, 1))[:, 0], expected)


def test_worked_numbers():
    tree = SumTree(5)
    tree[np.arange(5)] = [1.0, 0.0, 2.5, 0.5, 4.0]
    assert tree.total == 8
    assert tree.find(np.array([0.0, 0.9, 1.0, 3.4, 3.5, 3.9, 4.0, 7.9])).tolist() == [0, 0, 2, 2, 3, 3, 4, 4]


def test_changes_reach_the_total_and_the_last_of_two_counts():
    tree = SumTree(6)
    tree[np.arange(6)] = 1.0
    tree[np.array([4, 1, 4])] = [7.0, 0.25, 3.0]
    assert tree[np.arange(6)].tolist() == [1, 0.25, 1, 1, 3, 1]
    assert tree.total == 7.25


def test_sums_do_not_drift_and_depend_on_nothing_but_the_numbers():
    random = np.random.default_rng(0)
    worn, fresh = SumTree(100), SumTree(100)
    for _ in range(300):
        worn[random.integers(100, size=20)] = 10.0 ** random.uniform(-9, 9, 20)
    fresh[np.arange(100)] = worn[np.arange(100)]
    assert worn.total == fresh.total
    assert worn.total == pytest.approx(worn[np.arange(100)].sum(), rel=1e-14)
