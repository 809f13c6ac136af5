"""Instructions of LLVM IR on vectors, as text."""

from __future__ import annotations

from soleus.engine.fast.target import Target


class InstructionWriter:
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

    def floor(self, x: str) -> str:
        v = self.target.vector
        return self.put(f"call {v} {self.target.intrinsic('floor')}({v} {x})")

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
        f"declare {v} {target.intrinsic('floor')}({v})",
    ]
    if target.width > 1:
        found.append(f"declare {v} {gather_intrinsic(target)}({pointers}, i32, {target.mask}, {v})")
    return found
