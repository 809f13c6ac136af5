"""From a graph to LLVM IR: every number becomes a vector with one lane for each world.

The text is made so that a lane's bits do not depend on the width of the vectors, on its neighbours or on LLVM's mood:
multiply-adds are fused in the graph and nowhere else, no fast-math flag is given, and functions are written out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from soleus.engine.fast.elementary import Writer
from soleus.engine.fast.graph import Graph, Node
from soleus.engine.fast.operations import Scalar
from soleus.engine.fast.target import Target


@dataclass(frozen=True)
class Rows:
    """Where a traced function finds a group of inputs that follow each other."""

    pointer: str
    """Name of the argument"""
    height: int = 1
    """Rows from one input to the next"""
    unit: str = ""
    """IR type of a row, if it is not a vector of the function's own"""
    copy_offset: int = 1
    """Rows from one copy of the inputs to the next"""

    def locate(self, row: int) -> tuple[str, int]:
        """Pointer and row of an input."""
        return self.pointer, row * self.height


@dataclass(frozen=True)
class Columns:
    """Where a traced function finds columns of inputs, each at a place of its own."""

    places: Mapping[int, tuple[str, int]]
    """Column -> pointer and first row"""
    unit: str = ""
    """IR type of a row, if it is not a vector of the function's own"""
    copy_offset: int = 1
    """Rows from one copy of the inputs to the next"""

    def locate(self, row: int | tuple[int, int]) -> tuple[str, int]:
        """Pointer and row of an input: of a column, or of an item in it."""
        column, item = row if isinstance(row, tuple) else (row, 0)
        pointer, first = self.places[column]
        return pointer, first + item


@dataclass(frozen=True)
class Store:
    """Where an output of a traced function goes."""

    value: Scalar
    pointer: str
    row: int
    copy_offset: int = 1
    """Rows from the output of one copy to that of the next"""


def emit_function(
    name: str, graph: Graph, outputs: Sequence[Scalar], inputs: Mapping[str, Rows], target: Target
) -> str:
    """A function that reads its inputs from rows of vectors, and writes its outputs to rows of vectors.

    Args:
        name: of the function.
        graph: that the outputs belong to.
        outputs: what goes to row 0, 1, ... of the last argument, %out; None leaves a row alone.
        inputs: where each group of inputs is; the function's arguments are their pointers, in this order, each once.
        target: what the code is made for.
    """
    stores = [Store(value, "%out", row) for row, value in enumerate(outputs) if value is not None]
    pointers = [*(rows.pointer for rows in inputs.values()), "%out"]
    return emit_stores(name, graph, stores, inputs, pointers, target)


def emit_stores(
    name: str,
    graph: Graph,
    stores: Sequence[Store],
    inputs: Mapping[str, Rows | Columns],
    pointers: Sequence[str],
    target: Target,
    *,
    known: Mapping[int, int] | None = None,
    unit: str = "",
    copies: int = 1,
) -> str:
    """A function that writes some outputs where they are wanted.

    Args:
        name: of the function.
        graph: that the outputs belong to.
        stores: what goes where.
        inputs: where each group of inputs is.
        pointers: the function's arguments.
        target: what the code is made for.
        known: nodes that an earlier function computed, and their rows in the group "kept".
        unit: IR type of a row of the outputs, if it is not a vector of the function's own.
        copies: how often the outputs are computed, from inputs that follow each other in memory. Copies take turns
            instruction by instruction, so that the processor has something to do while one of them waits for a result.
    """
    body = _Body(name, graph, stores, inputs, Writer(target), known or {}, unit, copies)
    body.write()
    written = {store.pointer for store in stores}
    arguments = ", ".join(
        f"ptr noalias {'' if pointer in written else 'readonly '}{pointer}" for pointer in dict.fromkeys(pointers)
    )
    lines = "\n".join(body.writer.lines)
    return "\n".join([*body.tables.values(), f"define void @{name}({arguments}) #0 {{\n{lines}\nret void\n}}\n"])


class _Body:
    """Writes the nodes of a graph in an order in which each can be computed."""

    def __init__(
        self,
        name: str,
        graph: Graph,
        stores: Sequence[Store],
        inputs: Mapping[str, Rows | Columns],
        writer: Writer,
        known: Mapping[int, int],
        unit: str,
        copies: int,
    ) -> None:
        self.name = name
        self.graph = graph
        self.inputs = inputs
        self.writer = writer
        self.known = known
        self.unit = unit
        outputs = [store.value for store in stores]
        self.order = graph.schedule(outputs, known)
        self.stores: dict[int | None, list[Store]] = {}
        for store in stores:
            self.stores.setdefault(store.value.index if isinstance(store.value, Node) else None, []).append(store)
        self.tables: dict[tuple[float, ...], str] = {}
        self.values: list[dict[int, str]] = [{} for _ in range(copies)]
        self.angles: list[dict[int, tuple[str, str]]] = [{} for _ in range(copies)]

    def write(self) -> None:
        for index in [*self.order, None]:
            for copy in range(len(self.values)):
                self.copy, self.value = copy, self.values[copy]
                if index is not None:
                    self._write_node(index)
                for store in self.stores.get(index, []):
                    self._write_store(store)

    def _write_node(self, index: int) -> None:
        if index in self.known:
            self.value[index] = self._read("kept", self.known[index])
        else:
            self.value[index] = self._instruction(index)

    def _write_store(self, store: Store) -> None:
        value = self.value[store.value.index] if isinstance(store.value, Node) else self.writer.number(store.value)
        self.writer.store(value, store.pointer, store.row + self.copy * store.copy_offset, self.unit)

    def _read(self, group: str, row: Any) -> str:
        """A row of a group of inputs."""
        w, rows = self.writer, self.inputs[group]
        pointer, place = rows.locate(row)
        place += self.copy * rows.copy_offset
        return w.load(pointer, place, rows.unit)

    def _piece(self, x: str, edges: tuple[float, ...]) -> str:
        """How many edges lie at or below x."""
        w, index = self.writer, self.writer.target.integer_number(0)
        for edge in edges:
            beyond = w.compare("oge", x, w.number(edge))
            one = w.put(f"zext {w.target.mask} {beyond} to {w.target.integers}")
            index = w.integers("add", index, one)
        return index

    def _lookup(self, index: str, values: tuple[float, ...]) -> str:
        scalar = self.writer.target.scalar
        if values not in self.tables:
            numbers = ", ".join(f"{scalar} {self.writer.target.literal(value)}" for value in values)
            table = f"@{self.name}_table{len(self.tables)}"
            self.tables[values] = f"{table} = internal constant [{len(values)} x {scalar}] [{numbers}], align 64"
        return self.writer.gather(self.tables[values].split(" ", 1)[0], index)

    def _instruction(self, index: int) -> str:
        w = self.writer
        name, *arguments = self.graph.nodes[index]
        match name:
            case "input":
                return self._read(*arguments)
            case "constant":
                return w.number(arguments[0])
            case "piece":
                return self._piece(self.value[arguments[0]], arguments[1])
            case "lookup":
                return self._lookup(self.value[arguments[0]], arguments[1])
            case "sin" | "cos":
                return self._angle(arguments[0])[name == "cos"]
        values = [self.value[argument] for argument in arguments]
        match name:
            case "result":
                return values[0]
            case "add":
                return w.add(*values)
            case "subtract":
                return w.subtract(*values)
            case "multiply":
                return w.multiply(*values)
            case "multiply_add":
                return w.multiply_add(*values)
            case "negate":
                return w.negate(*values)
            case "minimum":
                return w.minimum(*values)
            case "maximum":
                return w.maximum(*values)
            case "less":
                return w.compare("olt", *values)
            case "less_equal":
                return w.compare("ole", *values)
            case "and" | "or":
                return w.masks(name, *values)
            case "not":
                return w.opposite(*values)
            case "select":
                return w.select(*values)
            case "reciprocal":
                return w.reciprocal(*values)
            case "reciprocal_sqrt":
                return w.reciprocal_root(*values)
            case "floor":
                return w.floor(*values)
            case "sqrt":
                return w.multiply(values[0], w.reciprocal_root(values[0]))
            case "exp":
                return w.exponential(*values)
        raise AssertionError(f"no code for {name}")

    def _angle(self, argument: int) -> tuple[str, str]:
        angles = self.angles[self.copy]
        if argument not in angles:
            angles[argument] = self.writer.sine_and_cosine(self.value[argument])
        return angles[argument]
