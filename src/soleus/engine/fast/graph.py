"""Tracing: the equations run once on nodes and leave a graph of elementary operations without loops or branches.

Equal operations become one node, what is constant is computed at once, and what is zero by the model's structure
disappears: a planar model traced from the equations of space is a planar program.
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from soleus.engine.fast.operations import LARGEST_EXPONENT, Condition, Scalar

COMMUTATIVE = frozenset({"add", "multiply", "minimum", "maximum", "and", "or"})
NOT_A_NUMBER = frozenset({"less", "less_equal", "and", "or", "not", "piece", "constant", "input"})
"""Nodes that are not kept in memory between parts of a program: they are computed, or read, again."""
FOLD: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "minimum": min,
    "maximum": max,
    "less": operator.lt,
    "less_equal": operator.le,
}
"""What a constant operation gives."""


class Node:
    """A number, or a truth value, that a graph computes; as immutable as a float."""

    __slots__ = ("graph", "index")
    __array_priority__ = 1000.0

    def __init__(self, graph: Graph, index: int) -> None:
        self.graph = graph
        self.index = index

    def __add__(self, other: Scalar) -> Scalar:
        return self.graph.add(self, other)

    def __radd__(self, other: Scalar) -> Scalar:
        return self.graph.add(other, self)

    def __sub__(self, other: Scalar) -> Scalar:
        return self.graph.subtract(self, other)

    def __rsub__(self, other: Scalar) -> Scalar:
        return self.graph.subtract(other, self)

    def __mul__(self, other: Scalar) -> Scalar:
        return self.graph.multiply(self, other)

    def __rmul__(self, other: Scalar) -> Scalar:
        return self.graph.multiply(other, self)

    def __truediv__(self, other: Scalar) -> Scalar:
        return self.graph.divide(self, other)

    def __rtruediv__(self, other: Scalar) -> Scalar:
        return self.graph.divide(other, self)

    def __lt__(self, other: Scalar) -> Condition:
        return self.graph.compare("less", self, other)

    def __le__(self, other: Scalar) -> Condition:
        return self.graph.compare("less_equal", self, other)

    def __gt__(self, other: Scalar) -> Condition:
        return self.graph.compare("less", other, self)

    def __ge__(self, other: Scalar) -> Condition:
        return self.graph.compare("less_equal", other, self)

    def __bool__(self) -> bool:
        raise TypeError("a traced condition has no truth value: use where, logical_and, logical_or, logical_not")


@dataclass(frozen=True)
class Loop:
    """One function of many items, traced once; see `Graph.for_each`."""

    body: Graph
    """With inputs of the groups "given" and "table"""
    outputs: list[Scalar]
    """Of the body, for each column of results"""
    given: list[list[Scalar]]
    """Columns of arguments that differ between worlds, a number for each item"""
    table: list[list[float]]
    """Columns of arguments that differ between items only"""
    n_item: int


class Graph:
    """Operations on nodes (see operations.Operations); grows as equations run.

    A node is a name and its arguments: the indices of nodes made before it, or the value of a "constant", or the group
    and row of an "input"; the table of a "piece" or "lookup" comes after the index.
    """

    def __init__(self, loops: bool = False) -> None:
        """Args:
        loops: whether what `for_each` does stays a loop, or is written out for each item.
        """
        self._keeps_loops = loops
        self.nodes: list[tuple] = []
        self.loops: list[Loop] = []
        self._known: dict[tuple, int] = {}

    def input(self, group: str, row: int | tuple[int, int]) -> Node:
        """A number that comes from outside: its row, or its column and item."""
        return self._node("input", group, row)

    def inputs(self, group: str, count: int, first: int = 0) -> list[Node]:
        """Rows of a group."""
        return [self.input(group, first + row) for row in range(count)]

    def constant(self, value: float) -> Node:
        return self._node("constant", float(value))

    # ------------------------------------------------------------------------------------------------------ arithmetic
    # A product is added in one rounding wherever it is added, so that a sum's bits depend on nothing but its terms.

    def add(self, a: Scalar, b: Scalar) -> Scalar:
        if _is(a, 0.0):
            return b
        if _is(b, 0.0):
            return a
        if (inner := self._inside("negate", b)) is not None:
            return self.subtract(a, inner)
        if (inner := self._inside("negate", a)) is not None:
            return self.subtract(b, inner)
        for product, other in ((a, b), (b, a)):
            if (factors := self._factors(product)) is not None:
                return self._node("multiply_add", *map(self._index, (*factors, other)))
        return self._binary("add", a, b)

    def subtract(self, a: Scalar, b: Scalar) -> Scalar:
        if _is(b, 0.0):
            return a
        if _is(a, 0.0):
            return self.negate(b)
        if isinstance(a, Node) and isinstance(b, Node) and a.index == b.index:
            return 0.0
        if (inner := self._inside("negate", b)) is not None:
            return self.add(a, inner)
        if (factors := self._factors(a)) is not None:
            return self._node("multiply_add", *map(self._index, (*factors, self.negate(b))))
        if (factors := self._factors(b)) is not None:
            x, y = factors
            return self._node("multiply_add", *map(self._index, (self.negate(x), y, a)))
        return self._binary("subtract", a, b)

    def multiply(self, a: Scalar, b: Scalar) -> Scalar:
        for x, y in ((a, b), (b, a)):
            if _is(x, 0.0):
                return 0.0
            if _is(x, 1.0):
                return y
            if _is(x, -1.0):
                return self.negate(y)
            if (inner := self._inside("negate", x)) is not None:
                return self.negate(self.multiply(inner, y))
        return self._binary("multiply", a, b)

    def divide(self, a: Scalar, b: Scalar) -> Scalar:
        if isinstance(b, Node):
            return self.multiply(a, self._node("reciprocal", b.index))
        return self.multiply(a, 1.0 / b)

    def negate(self, a: Scalar) -> Scalar:
        if not isinstance(a, Node):
            return -a
        inner = self._inside("negate", a)
        return self._node("negate", a.index) if inner is None else inner

    def minimum(self, a: Scalar, b: Scalar) -> Scalar:
        return self._binary("minimum", a, b)

    def maximum(self, a: Scalar, b: Scalar) -> Scalar:
        return self._binary("maximum", a, b)

    def floor(self, x: Scalar) -> Scalar:
        return self._function("floor", lambda value: float(math.floor(value)), x)

    def sqrt(self, x: Scalar) -> Scalar:
        return self._function("sqrt", math.sqrt, x)

    def reciprocal_sqrt(self, x: Scalar) -> Scalar:
        return self._function("reciprocal_sqrt", lambda value: 1.0 / math.sqrt(value), x)

    def exp(self, x: Scalar) -> Scalar:
        return self._function("exp", lambda value: math.exp(min(max(value, -LARGEST_EXPONENT), LARGEST_EXPONENT)), x)

    def sin(self, x: Scalar) -> Scalar:
        return self._function("sin", math.sin, x)

    def cos(self, x: Scalar) -> Scalar:
        return self._function("cos", math.cos, x)

    def piece(self, edges: tuple[float, ...], x: Scalar) -> Scalar:
        if not edges:
            return 0
        return self._node("piece", x.index, edges) if isinstance(x, Node) else bisect_right(edges, x)

    def lookup(self, values: tuple[float, ...], index: Scalar) -> Scalar:
        if len(set(values)) == 1:
            return values[0]
        return self._node("lookup", index.index, values) if isinstance(index, Node) else values[index]

    def for_each(
        self, function: Callable[..., Sequence[Scalar]], items: Sequence[Sequence[Scalar]]
    ) -> list[list[Scalar]]:
        """See Operations; the results of a loop are inputs of the group "loop0", "loop1", ... by column and item.

        The function is traced once in any case, and written out from that trace: the bits are those of a loop.
        """
        body = Graph()
        arguments: list[Scalar] = []
        given: list[list[Scalar]] = []
        table: list[list[float]] = []
        for column in zip(*items, strict=True):
            if any(isinstance(x, Node) for x in column):
                arguments.append(body.input("given", len(given)))
                given.append(list(column))
            elif len(set(column)) == 1:
                arguments.append(column[0])
            else:
                arguments.append(body.input("table", len(table)))
                table.append(list(column))
        if not given:
            return [list(function(self, *item)) for item in items]
        loop = Loop(body, list(function(body, *arguments)), given, table, len(items))
        if not self._keeps_loops:
            return [self._write_out(loop, item) for item in range(len(items))]
        group = f"loop{len(self.loops)}"
        self.loops.append(loop)
        return [
            [self.input(group, (row, item)) if isinstance(x, Node) else x for row, x in enumerate(loop.outputs)]
            for item in range(len(items))
        ]

    def _write_out(self, loop: Loop, item: int) -> list[Scalar]:
        """The nodes of a loop's body again for one item, none of them simplified."""
        own: dict[int, int] = {}
        for index in loop.body.schedule(loop.outputs):
            name, *rest = loop.body.nodes[index]
            if name == "input":
                group, row = rest
                own[index] = self._index((loop.given if group == "given" else loop.table)[row][item])
                continue
            count = len(loop.body.arguments(index))
            own[index] = self._node(name, *(own[argument] for argument in rest[:count]), *rest[count:]).index
        # To what comes after, a result is a number like any other, whatever it was made by.
        return [self._node("result", own[x.index]) if isinstance(x, Node) else x for x in loop.outputs]

    # ------------------------------------------------------------------------------------------------------ conditions

    def compare(self, relation: str, a: Scalar, b: Scalar) -> Condition:
        """`relation` is "less" or "less_equal"; false where one side is not a number."""
        return self._binary(relation, a, b)

    def where(self, condition: Condition, if_true: Scalar, if_false: Scalar) -> Scalar:
        if not isinstance(condition, Node):
            return if_true if condition else if_false
        if (inner := self._inside("not", condition)) is not None:
            return self.where(inner, if_false, if_true)
        if _same(if_true, if_false):
            return if_true
        return self._node("select", condition.index, self._index(if_true), self._index(if_false))

    def logical_and(self, a: Condition, b: Condition) -> Condition:
        for x, y in ((a, b), (b, a)):
            if not isinstance(x, Node):
                return y if x else False
        return self._binary("and", a, b)

    def logical_or(self, a: Condition, b: Condition) -> Condition:
        for x, y in ((a, b), (b, a)):
            if not isinstance(x, Node):
                return True if x else y
        return self._binary("or", a, b)

    def logical_not(self, a: Condition) -> Condition:
        if not isinstance(a, Node):
            return not a
        inner = self._inside("not", a)
        return self._node("not", a.index) if inner is None else inner

    # --------------------------------------------------------------------------------------------------------- reading

    def schedule(self, outputs: Iterable[Scalar], known: Container[int] = ()) -> list[int]:
        """The nodes that outputs need, depth first: what is computed is used soon, so that few values live at a time.

        Args:
            outputs: what is wanted.
            known: nodes whose values are at hand, so that what they were computed from is not needed.
        """
        order: list[int] = []
        done: set[int] = set()
        for output in outputs:
            if isinstance(output, Node):
                self._visit(output.index, order, done, known)
        return order

    def is_number(self, index: int) -> bool:
        """Whether a node can be kept in memory: it is computed, and neither a truth value nor an index."""
        return self.nodes[index][0] not in NOT_A_NUMBER

    def count(self, outputs: Sequence[Scalar]) -> Counter[str]:
        """How many operations of each kind outputs need."""
        return Counter(self.nodes[index][0] for index in self.schedule(outputs))

    def arguments(self, index: int) -> tuple[int, ...]:
        """The nodes that a node is computed from."""
        name, *arguments = self.nodes[index]
        if name in ("input", "constant"):
            return ()
        return tuple(arguments[:1] if name in ("piece", "lookup") else arguments)

    def _visit(self, index: int, order: list[int], done: set[int], known: Container[int]) -> None:
        waiting = [index]
        while waiting:
            current = waiting[-1]
            if current in done:
                waiting.pop()
                continue
            needed = () if current in known else self.arguments(current)
            missing = [argument for argument in needed if argument not in done]
            if missing:
                waiting.extend(reversed(missing))
            else:
                done.add(current)
                order.append(current)
                waiting.pop()

    def _binary(self, name: str, a: Any, b: Any) -> Any:
        if not isinstance(a, Node) and not isinstance(b, Node):
            return FOLD[name](a, b)
        first, second = self._index(a), self._index(b)
        if name in COMMUTATIVE and first > second:
            first, second = second, first
        return self._node(name, first, second)

    def _function(self, name: str, fold: Callable[[float], float], x: Scalar) -> Scalar:
        return self._node(name, x.index) if isinstance(x, Node) else fold(x)

    def _index(self, x: Scalar) -> int:
        return x.index if isinstance(x, Node) else self.constant(x).index

    def _factors(self, x: Any) -> tuple[Node, Node] | None:
        """The factors of a product."""
        if not isinstance(x, Node) or self.nodes[x.index][0] != "multiply":
            return None
        _, first, second = self.nodes[x.index]
        return Node(self, first), Node(self, second)

    def _inside(self, name: str, x: Any) -> Node | None:
        """What a node of that name was made of."""
        if not isinstance(x, Node) or self.nodes[x.index][0] != name:
            return None
        return Node(self, self.nodes[x.index][1])

    def _node(self, *key: Any) -> Node:
        index = self._known.get(key)
        if index is None:
            index = self._known[key] = len(self.nodes)
            self.nodes.append(key)
        return Node(self, index)


def _is(x: Scalar, value: float) -> bool:
    return not isinstance(x, Node) and x == value


def _same(a: Scalar, b: Scalar) -> bool:
    if isinstance(a, Node) and isinstance(b, Node):
        return a.index == b.index
    return not isinstance(a, Node) and not isinstance(b, Node) and a == b
