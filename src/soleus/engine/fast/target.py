"""What code is made for: a number's precision, and how many of them a vector holds."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

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
