"""Division, roots, exp, sin and cos in elementary operations.

So a lane's bits do not depend on the width of vectors; and it is several times faster than the processor's division
unit, which would otherwise bound the whole engine: 16 cycles for 8 quotients, against 9 operations of half a cycle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from soleus.engine.fast.instruction import InstructionWriter


class Writer(InstructionWriter):
    """Writes instructions and elementary functions on vectors."""

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
