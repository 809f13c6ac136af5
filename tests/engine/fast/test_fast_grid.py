"""Compiled functions of many worlds and many points, beside the same function on NumPy arrays."""

import numpy as np
import pytest

from soleus.engine.fast.grid import Grid
from soleus.engine.fast.operations import NumpyOperations

POINTS = np.array([[0.0, 1.0], [2.0, -3.0], [0.5, 0.25], [-4.0, 2.0], [7.0, 7.0]])


def formula(ops, world, point):
    a, b, c = world
    x, y = point
    return [a * x + ops.sin(b * y), ops.where(c < x, a, ops.floor(b) * y), ops.sqrt(x * x + c * c)]


@pytest.mark.parametrize("n_world", [1, 3, 8, 21])
def test_a_grid_is_the_function_at_each_point_of_each_world(n_world):
    numbers = np.random.default_rng(n_world).normal(size=(n_world, 3))
    found = np.empty((n_world, 3 * len(POINTS)))
    Grid(formula, 3, POINTS)(numbers, found)
    found = found.reshape(n_world, 3, len(POINTS))
    for index, point in enumerate(POINTS):
        expected = np.stack(formula(NumpyOperations(), list(numbers.T), point), axis=1)
        np.testing.assert_allclose(found[:, :, index], expected, rtol=2e-6, atol=2e-6)


def test_a_world_s_bits_do_not_depend_on_its_neighbours():
    numbers = np.random.default_rng(0).normal(size=(19, 3))
    grid = Grid(formula, 3, POINTS)
    together, alone = np.empty((2, 19, 3 * len(POINTS)))
    grid(numbers, together)
    for world in range(19):
        grid(numbers[world : world + 1], alone[world : world + 1])
    assert np.array_equal(alone, together)
