"""From a graph to LLVM IR: every number becomes a vector with one lane for each world.

The text is made so that a lane's bits do not depend on the width of the vectors, on its neighbours or on LLVM's mood:
multiply-adds are fused here and nowhere else, no fast-math flag is given, and division, roots, exp, sin and cos are
written out in elementary operations. That is also several times faster than the division unit, which would otherwise
bound the whole engine: 16 cycles for 8 quotients, against 9 operations of half a cycle.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from soleus.engine.fast.graph import Graph, Node
from soleus.engine.fast.operations import Scalar

Precision = Literal["float64", "float32"]


@dataclass(frozen=True)
class Target:
    """What code is made for."""

    precision: Precision = "float64"
    width: int = 1
    """Lanes of a vector"""
    fused: bool = True
    """Whether the processor multiplies and adds in one rounding; without it quotients and roots are the processor's"""

    @property
    def wide(self) -> bool:
        """Whether numbers are float64."""
        return self.precision == "float64"

    @property
    def scalar(self) -> str:
        return "double" if self.wide else "float"

    @property
    def integer(self) -> str:
        return "i64" if self.wide else "i32"

    @property
    def vector(self) -> str:
        """IR type of a number of each lane; with one lane no vector at all."""
        return self.of_lanes(self.scalar)

    @property
    def integers(self) -> str:
        return self.of_lanes(self.integer)

    @property
    def mask(self) -> str:
        return self.of_lanes("i1")

    @property
    def scalar_size(self) -> int:
        """Bytes of a number."""
        return 8 if self.wide else 4

    @property
    def size(self) -> int:
        """Bytes of a vector."""
        return self.width * self.scalar_size

    def of_lanes(self, scalar: str) -> str:
        return scalar if self.width == 1 else f"<{self.width} x {scalar}>"

    def splat(self, scalar: str, value: str) -> str:
        """The same value in all lanes."""
        return value if self.width == 1 else f"splat ({scalar} {value})"

    def literal(self, value: float) -> str:
        """A constant; IR writes a float as the double of equal value."""
        if not self.wide:
            value = struct.unpack("f", struct.pack("f", value))[0]
        return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"

    def number(self, value: float) -> str:
        """A constant in all lanes."""
        return self.splat(self.scalar, self.literal(value))

    def integer_number(self, value: int) -> str:
        return self.splat(self.integer, str(value))

    def intrinsic(self, name: str) -> str:
        """Name of an LLVM intrinsic on our vectors."""
        bits = 64 if self.wide else 32
        return f"@llvm.{name}.f{bits}" if self.width == 1 else f"@llvm.{name}.v{self.width}f{bits}"


class Writer:
    """Writes instructions on vectors; every method returns the name of its result."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.lines: list[str] = []
        self._n = 0

    def put(self, text: str) -> str:
        """Write an instruction that has a result."""
        self._n += 1
        name = f"%t{self._n}"
        self.lines.append(f"{name} = {text}")
        return name

    def do(self, text: str) -> None:
        """Write an instruction that has none."""
        self.lines.append(text)

    def number(self, value: float) -> str:
        return self.target.number(value)

    def load(self, pointer: str, row: int | str, unit: str = "") -> str:
        """A vector from a row; `unit` is the IR type of a row if it is not a vector."""
        align = self.target.scalar_size if unit else self.target.size
        return self.put(f"load {self.target.vector}, ptr {self.row(pointer, row, unit)}, align {align}")

    def all_lanes(self, scalar: str) -> str:
        """A scalar in every lane."""
        target = self.target
        if target.width == 1:
            return scalar
        first = self.put(f"insertelement {target.vector} poison, {target.scalar} {scalar}, i32 0")
        zeros = f"<{target.width} x i32> zeroinitializer"
        return self.put(f"shufflevector {target.vector} {first}, {target.vector} poison, {zeros}")

    def item(self, array: str, kind: str, index: int | str) -> str:
        """Address of an item of an array of scalars."""
        return self.put(f"getelementptr inbounds {kind}, ptr {array}, i64 {index}")

    def gather(self, table: str, index: str) -> str:
        """Each lane's number from a table."""
        target = self.target
        if target.width == 1:
            address = self.put(f"getelementptr inbounds {target.scalar}, ptr {table}, {target.integer} {index}")
            return self.put(f"load {target.scalar}, ptr {address}")
        pointers = f"<{target.width} x ptr>"
        address = self.put(f"getelementptr inbounds {target.scalar}, ptr {table}, {target.integers} {index}")
        mask = f"{target.mask} {target.splat('i1', 'true')}"
        return self.put(
            f"call {target.vector} {gather_intrinsic(target)}({pointers} {address}, i32 {target.scalar_size}, {mask}, "
            f"{target.vector} poison)"
        )

    def store(self, value: str, pointer: str, row: int | str, unit: str = "") -> None:
        align = self.target.scalar_size if unit else self.target.size
        self.do(f"store {self.target.vector} {value}, ptr {self.row(pointer, row, unit)}, align {align}")

    def row(self, pointer: str, row: int | str, unit: str = "") -> str:
        """Address of a row."""
        return self.put(f"getelementptr inbounds {unit or self.target.vector}, ptr {pointer}, i64 {row}")

    def add(self, a: str, b: str) -> str:
        return self.put(f"fadd {self.target.vector} {a}, {b}")

    def subtract(self, a: str, b: str) -> str:
        return self.put(f"fsub {self.target.vector} {a}, {b}")

    def multiply(self, a: str, b: str) -> str:
        return self.put(f"fmul {self.target.vector} {a}, {b}")

    def divide(self, a: str, b: str) -> str:
        return self.put(f"fdiv {self.target.vector} {a}, {b}")

    def negate(self, a: str) -> str:
        return self.put(f"fneg {self.target.vector} {a}")

    def multiply_add(self, a: str, b: str, c: str) -> str:
        """A b + c, in one rounding where the processor can."""
        if not self.target.fused:
            return self.add(self.multiply(a, b), c)
        v = self.target.vector
        return self.put(f"call {v} {self.target.intrinsic('fma')}({v} {a}, {v} {b}, {v} {c})")

    def square_root(self, x: str) -> str:
        v = self.target.vector
        return self.put(f"call {v} {self.target.intrinsic('sqrt')}({v} {x})")

    def compare(self, relation: str, a: str, b: str) -> str:
        """An fcmp of two vectors, such as "olt"."""
        return self.put(f"fcmp {relation} {self.target.vector} {a}, {b}")

    def select(self, mask: str, if_true: str, if_false: str) -> str:
        v = self.target.vector
        return self.put(f"select {self.target.mask} {mask}, {v} {if_true}, {v} {if_false}")

    def minimum(self, a: str, b: str) -> str:
        """The second where one is not a number, as x86 has it."""
        return self.select(self.compare("olt", a, b), a, b)

    def maximum(self, a: str, b: str) -> str:
        return self.select(self.compare("ogt", a, b), a, b)

    def masks(self, operation: str, a: str, b: str) -> str:
        """Operation "and", "or" or "xor" on masks."""
        return self.put(f"{operation} {self.target.mask} {a}, {b}")

    def opposite(self, mask: str) -> str:
        return self.masks("xor", mask, self.target.splat("i1", "true"))

    def absolute(self, x: str) -> str:
        v = self.target.vector
        return self.put(f"call {v} {self.target.intrinsic('fabs')}({v} {x})")

    def any_lane(self, mask: str) -> str:
        """One i1: whether the mask holds in any lane."""
        if self.target.width == 1:
            return mask
        bits = self.put(f"bitcast {self.target.mask} {mask} to i{self.target.width}")
        return self.put(f"icmp ne i{self.target.width} {bits}, 0")

    # ------------------------------------------------------------------------------------------- written-out functions

    def bits(self, x: str) -> str:
        return self.put(f"bitcast {self.target.vector} {x} to {self.target.integers}")

    def from_bits(self, x: str) -> str:
        return self.put(f"bitcast {self.target.integers} {x} to {self.target.vector}")

    def integers(self, operation: str, a: str, b: str) -> str:
        return self.put(f"{operation} {self.target.integers} {a}, {b}")

    def polynomial(self, coefficients: Sequence[float], x: str) -> str:
        """Coefficients from the highest power; even and odd powers apart, so that two chains of operations overlap."""
        if len(coefficients) < 5:
            return self._horner(coefficients, x)
        square = self.multiply(x, x)
        last, before_last = (
            self._horner(coefficients[-1::-2][::-1], square),
            self._horner(coefficients[-2::-2][::-1], square),
        )
        return self.multiply_add(before_last, x, last)

    def _horner(self, coefficients: Sequence[float], x: str) -> str:
        value = self.number(coefficients[0])
        for coefficient in coefficients[1:]:
            value = self.multiply_add(value, x, self.number(coefficient))
        return value

    def reciprocal(self, x: str) -> str:
        """1/x by a guess from the exponent and Newton's iteration; not a number at 0.

        With e = 1 - x y, 1/x = y (1 + e)(1 + e^2)(1 + e^4)...; the guess has |e| < 0.06.
        """
        if not self.target.fused:
            return self.divide(self.number(1.0), x)
        guess = 0x7FDE623822FC16E6 if self.target.wide else 0x7EF311C7
        y = self.from_bits(self.integers("sub", self.target.integer_number(guess), self.bits(x)))
        minus_x = self.negate(x)
        e = self.multiply_add(minus_x, y, self.number(1.0))
        y = self.multiply_add(y, e, y)
        for _ in range(2 if self.target.wide else 1):
            e = self.multiply(e, e)
            y = self.multiply_add(y, e, y)
        e = self.multiply_add(minus_x, y, self.number(1.0))
        return self.multiply_add(y, e, y)

    def reciprocal_root(self, x: str) -> str:
        """1/sqrt(x) for x >= 0, like `reciprocal`; at 0 some large number, so that sqrt(x) = x/sqrt(x) holds there too.

        With h = 1 - x y^2, 1/sqrt(x) = y (1 + h/2 + 3 h^2/8 + 5 h^3/16 + ...); the guess has |h| < 0.07.
        """
        if not self.target.fused:
            root = self.divide(self.number(1.0), self.square_root(x))
            return self.select(self.compare("oeq", x, self.number(0.0)), self.number(1e18), root)
        guess = 0x5FE6EB50C7B537A9 if self.target.wide else 0x5F375A86
        half = self.integers("lshr", self.bits(x), self.target.integer_number(1))
        y = self.from_bits(self.integers("sub", self.target.integer_number(guess), half))
        series = [5.0 / 16.0, 3.0 / 8.0, 0.5]
        for terms in (series, series) if self.target.wide else (series, [0.5]):
            h = self.multiply_add(self.negate(self.multiply(x, y)), y, self.number(1.0))
            y = self.multiply_add(self.multiply(y, h), self.polynomial(terms, h), y)
        return y

    def exponential(self, x: str) -> str:
        """2^n e^r with |r| <= ln(2)/2, of x cut to where that is a normal number."""
        wide = self.target.wide
        largest = 700.0 if wide else 80.0
        x = self.minimum(self.maximum(x, self.number(-largest)), self.number(largest))
        n, n_bits = self._nearest_integer(x, 1.4426950408889634)
        high, low = (6.93147180369123816490e-01, 1.90821492927058770002e-10) if wide else (0.693359375, -2.12194440e-4)
        r = self.multiply_add(n, self.number(-low), self.multiply_add(n, self.number(-high), x))
        degree = 12 if wide else 6
        power = self.polynomial([1.0 / math.factorial(k) for k in range(degree, -1, -1)], r)
        scaled = self.integers("shl", n_bits, self.target.integer_number(52 if wide else 23))
        return self.from_bits(self.integers("add", self.bits(power), scaled))

    def sine_and_cosine(self, x: str) -> tuple[str, str]:
        """Both, from the angle's quarter turn and the rest of it, |r| <= pi/4."""
        wide = self.target.wide
        n, n_bits = self._nearest_integer(x, 2.0 / math.pi)
        high, low = (math.pi / 2.0, 6.123233995736766e-17) if wide else (1.5703125, 4.838267948966e-4)
        r = self.multiply_add(n, self.number(-low), self.multiply_add(n, self.number(-high), x))
        square = self.multiply(r, r)
        n_term = 8 if wide else 5
        sine_series = [(-1.0) ** k / math.factorial(2 * k + 1) for k in range(n_term, 0, -1)]
        cosine_series = [(-1.0) ** k / math.factorial(2 * k) for k in range(n_term + 1, 1, -1)]
        sine = self.multiply_add(self.multiply(self.polynomial(sine_series, square), square), r, r)
        cosine = self.multiply(self.polynomial(cosine_series, square), self.multiply(square, square))
        cosine = self.add(self.multiply_add(square, self.number(-0.5), cosine), self.number(1.0))
        odd = self._bit(n_bits, 1)
        sine, cosine = self.select(odd, cosine, sine), self.select(odd, sine, cosine)
        next_bits = self.integers("add", n_bits, self.target.integer_number(1))
        return (
            self.select(self._bit(n_bits, 2), self.negate(sine), sine),
            self.select(self._bit(next_bits, 2), self.negate(cosine), cosine),
        )

    def _nearest_integer(self, x: str, factor: float) -> tuple[str, str]:
        """Factor x rounded to a whole number n, as a number and as bits whose low end is n."""
        # Added to this, a number has no room left for its fraction.
        shift = self.number(6755399441055744.0 if self.target.wide else 12582912.0)
        shifted = self.multiply_add(x, self.number(factor), shift)
        return self.subtract(shifted, shift), self.bits(shifted)

    def _bit(self, integers: str, bit: int) -> str:
        masked = self.integers("and", integers, self.target.integer_number(bit))
        return self.put(f"icmp ne {self.target.integers} {masked}, {self.target.integer_number(0)}")


def gather_intrinsic(target: Target) -> str:
    bits = 64 if target.wide else 32
    return f"@llvm.masked.gather.v{target.width}f{bits}.v{target.width}p0"


def declarations(target: Target) -> list[str]:
    """The intrinsics that a Writer may call."""
    v, pointers = target.vector, f"<{target.width} x ptr>"
    found = [
        f"declare {v} {target.intrinsic('fma')}({v}, {v}, {v})",
        f"declare {v} {target.intrinsic('sqrt')}({v})",
        f"declare {v} {target.intrinsic('fabs')}({v})",
    ]
    if target.width > 1:
        found.append(f"declare {v} {gather_intrinsic(target)}({pointers}, i32, {target.mask}, {v})")
    return found


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
    name: str, graph: Graph, outputs: Sequence[Scalar], inputs: Mapping[str, Rows | Columns], target: Target
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
            case "multiply_subtract":
                return w.multiply_add(values[0], values[1], w.negate(values[2]))
            case "subtract_product":
                return w.multiply_add(w.negate(values[1]), values[2], values[0])
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
