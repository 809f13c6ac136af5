"""What tracing leaves of the equations: folded, shared and in order."""

import math
from itertools import product

import numpy as np
import pytest

from fast_kernel import evaluate
from soleus.engine.fast.graph import Graph, Node
from soleus.engine.fast.operations import NumpyOperations
from soleus.engine.fast.program import trace_rates
from soleus.engine.fast.target import Target
from soleus.model import learning_to_run


@pytest.fixture
def graph():
    return Graph()


@pytest.fixture
def x(graph):
    return graph.input("state", 0)


@pytest.fixture
def y(graph):
    return graph.input("state", 1)


def name(node):
    return node.graph.nodes[node.index][0]


def same(a, b):
    return isinstance(a, Node) and isinstance(b, Node) and a.index == b.index


# ------------------------------------------------------------------------------------------------------------- folding


def test_zero_and_one_disappear(x):
    for kept in (x + 0.0, 0.0 + x, x - 0.0, x * 1.0, 1.0 * x, x / 1.0):
        assert same(kept, x)
    for gone in (x * 0.0, 0.0 * x, x - x, 0.0 / x):
        assert gone == 0.0
        assert not isinstance(gone, Node)


def test_signs_are_moved_outwards_and_into_sums(graph, x, y):
    minus = 0.0 - x
    assert name(minus) == "negate"
    assert same(-1.0 * x, minus)
    assert same(0.0 - minus, x)
    assert same(graph.negate(minus), x)
    assert same(y + minus, y - x)
    assert same(minus + y, y - x)
    assert same(y - minus, x + y)
    assert same(minus * y, graph.negate(x * y))


def test_constants_are_computed_at_once(graph):
    assert graph.add(2.0, 3.0) == 5.0
    assert graph.maximum(2.0, 3.0) == 3.0
    assert graph.floor(-2.5) == -3.0
    assert graph.sqrt(2.0) == math.sqrt(2.0)
    assert graph.reciprocal_sqrt(4.0) == 0.5
    assert graph.exp(1000.0) == math.exp(700.0)
    assert graph.sin(0.5) == math.sin(0.5)
    assert graph.compare("less", 1.0, 2.0) is True


def test_equal_operations_are_one(graph, x, y):
    assert same(x * y, y * x)
    assert same(x + y, y + x)
    assert same(graph.maximum(x, y), graph.maximum(y, x))
    assert same(graph.exp(x * y), graph.exp(y * x))
    assert not same(x - y, y - x)
    assert not same(x < y, y < x)
    n = len(graph.nodes)
    _ = (x * y + 1.0) * (x * y)
    assert len(graph.nodes) == n + 3, "1.0, the sum and the product of the two"


def test_quotients_share_a_reciprocal(graph, x, y):
    first, second = x / y, 2.0 / y
    assert graph.count([first, second])["reciprocal"] == 1
    assert graph.count([x / 4.0])["reciprocal"] == 0


def test_choices_that_are_known_are_taken(graph, x, y):
    less = x < y
    assert same(graph.where(True, x, y), x)
    assert same(graph.where(False, x, y), y)
    assert same(graph.where(less, x, x), x)
    assert graph.where(less, 2.0, 2.0) == 2.0
    assert same(graph.where(graph.logical_not(less), x, y), graph.where(less, y, x))
    assert graph.logical_and(less, False) is False
    assert same(graph.logical_and(True, less), less)
    assert graph.logical_or(True, less) is True
    assert same(graph.logical_or(less, False), less)
    assert same(graph.logical_not(graph.logical_not(less)), less)


def test_a_table_of_one_value_is_that_value(graph, x):
    piece = graph.piece((0.0, 1.0), x)
    assert graph.lookup((3.0, 3.0, 3.0), piece) == 3.0
    assert isinstance(graph.lookup((3.0, 4.0, 3.0), piece), Node)
    assert graph.piece((0.0, 1.0), 1.0) == 2
    assert graph.piece((), x) == 0


def test_a_sum_of_a_product_is_one_operation(graph, x, y):
    assert graph.count([x * y + 1.0])["multiply"] == 0
    assert graph.count([1.0 - x * y])["multiply"] == 0
    assert name(x + y) == "add"


def test_a_condition_has_no_truth_value(x, y):
    with pytest.raises(TypeError, match="where"):
        bool(x < y)


# ------------------------------------------------------------------------------------------------------------ schedule


def test_a_schedule_holds_what_is_needed_once_and_in_order(graph, x, y):
    unused = graph.exp(x)
    shared = x * y
    outputs = [shared + 1.0, shared - x, 2.0]
    order = graph.schedule(outputs)
    assert len(order) == len(set(order))
    assert unused.index not in order
    for place, index in enumerate(order):
        assert all(argument in order[:place] for argument in graph.arguments(index))
    assert {output.index for output in outputs[:2]} <= set(order)


def test_a_schedule_does_not_recurse(graph, x):
    for _ in range(20_000):
        x = x * x + 1.0
    assert len(graph.schedule([x])) > 20_000


def test_what_is_known_need_not_be_computed_again(graph, x, y):
    shared = graph.exp(x) * y
    rest = graph.schedule([shared * 3.0, graph.sin(y)], {shared.index})
    assert shared.index in rest
    assert "exp" not in {graph.nodes[index][0] for index in rest}


@pytest.mark.parametrize("loops", [False, True])
def test_a_function_of_many_items_is_traced_once_and_written_out_or_not(loops):
    graph = Graph(loops)
    x, y = graph.inputs("state", 2)
    calls = []

    def function(ops, a, b, c):
        calls.append(1)
        return [a * b + c, ops.exp(a)]

    found = graph.for_each(function, [(x, 1.5, 7.0), (y, 2.5, 7.0)])
    assert [len(item) for item in found] == [2, 2]
    assert len(calls) == 1
    assert len(graph.loops) == (1 if loops else 0)
    if loops:
        (loop,) = graph.loops
        assert loop.table == [[1.5, 2.5]], "what differs between items alone is a table, what does not a constant"
        assert [same(a, b) for a, b in zip(loop.given[0], (x, y), strict=True)] == [True, True]


def test_constant_items_are_no_loop():
    graph = Graph(loops=True)
    assert graph.for_each(lambda ops, a: [a + 1.0], [(1.0,), (2.0,)]) == [[2.0], [3.0]]
    assert graph.loops == []


def test_a_planar_model_becomes_a_planar_program():
    """No operation is left of the third dimension: the rotations about x and y are gone."""
    graph, outputs = trace_rates(learning_to_run())
    count = graph.count(outputs)
    assert count["sin"] == count["cos"] == 7, "pelvis, hips, knees, ankles: one angle each"
    assert sum(count.values()) < 8000


# --------------------------------------------------------------------------------------------------------- as in NumPy


def test_machine_code_computes_what_numpy_computes():
    """Every operation, on numbers of both signs, ties and zeros."""
    values = np.array([-3.0, -1.0, -0.5, -0.0, 0.0, 0.25, 1.0, 2.0, 7.0])
    x, y = (np.array(side) for side in zip(*product(values, values), strict=True))

    def everything(ops, x, y):
        less, less_equal = x < y, x <= y
        size = ops.maximum(x, 0.0 - x) + 0.125
        return [
            x + y,
            x - y,
            x * y,
            x / size,
            0.0 - x,
            ops.minimum(x, y),
            ops.maximum(x, y),
            ops.floor(2.5 * x),
            ops.sqrt(size),
            ops.reciprocal_sqrt(size),
            ops.exp(x),
            ops.sin(x * 3.0),
            ops.cos(y * 3.0),
            ops.where(less, x, y),
            ops.where(ops.logical_not(less_equal), 1.0, 2.0 + x),
            ops.where(ops.logical_and(less, y > 0.5), x, 5.0),
            ops.where(ops.logical_or(x >= y, y <= -0.5), x, 5.0),
            ops.lookup((1.0, -2.0, 3.0, 4.5), ops.piece((-1.0, 0.25, 2.0), x)),
            x * y + 3.0 * x - y * y,
        ]

    expected = everything(NumpyOperations(), x, y)
    for width in (1, 2, 4, 8):
        answers = evaluate(everything, Target(width=width), x, y)
        for index, (found, value) in enumerate(zip(answers, expected, strict=True)):
            np.testing.assert_allclose(found, value, rtol=4e-16, atol=4e-16, err_msg=f"{width} lanes, output {index}")
