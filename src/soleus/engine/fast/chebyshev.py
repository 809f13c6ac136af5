"""Runge-Kutta-Chebyshev of order 2 with three stages: Sommeijer, Shampine and Verwer (1998), J. Comput. Appl. Math. 88.

Stiff feet and ligaments limit explicit methods by stability, not by accuracy. Chebyshev polynomials stretch the stable
range along the negative real axis; the last stage's rates are the next step's first (first same as last).
"""

from __future__ import annotations

from soleus.engine.fast.stepper import Body, Method

N_STAGE = 3
DAMPING = 2 / 13
"""epsilon of the paper"""


class Chebyshev(Method):
    """The fast method: three evaluations a step."""

    n_evaluation = N_STAGE
    keeps_rate = True
    order = 3

    def __init__(self) -> None:
        self._a, self._b, self._w0, self._w1 = _coefficients()

    def prepare(self, body: Body) -> None:
        n = body.writer.layout.n_state
        self.first, self.last = body.writer.rows(n), body.writer.rows(n)
        self.stages = [body.lanes.state, *(body.writer.rows(n) for _ in range(N_STAGE))]

    @property
    def rate(self) -> str:
        return self.first

    def try_step(self, body: Body, size: str) -> None:
        w, n = body.writer, body.writer.layout.n_state
        a, b, w0, w1 = self._a, self._b, self._w0, self._w1
        first = w.multiply(size, w.number(b[1] * w1))
        with w.loop(n) as row:
            moved = w.multiply_add(first, w.load(self.first, row), w.load(body.lanes.state, row))
            w.store(moved, self.stages[1], row)
        for j in range(2, N_STAGE + 1):
            body.lanes.derivative(self.stages[j - 1], self.last)
            new = 2.0 * b[j] * w1 / b[j - 1]
            of_last, of_first = w.multiply(size, w.number(new)), w.multiply(size, w.number(-a[j - 1] * new))
            with w.loop(n) as row:
                # Differences from the state: sums of stages themselves would lose digits in float32.
                state = w.load(body.lanes.state, row)
                change = w.multiply(of_first, w.load(self.first, row))
                change = w.multiply_add(of_last, w.load(self.last, row), change)
                for stage, weight in ((j - 1, 2.0 * b[j] * w0 / b[j - 1]), (j - 2, -b[j] / b[j - 2])):
                    if stage > 0:
                        difference = w.subtract(w.load(self.stages[stage], row), state)
                        change = w.multiply_add(w.number(weight), difference, change)
                w.store(w.add(state, change), self.stages[j], row)
        body.lanes.derivative(self.stages[N_STAGE], self.last)
        self._size = size

    def result(self, body: Body, row: str) -> str:
        return body.writer.load(self.stages[N_STAGE], row)

    def error(self, body: Body, row: str) -> str:
        """0.8 (y_n - y_n+1) + 0.4 h (f_n + f_n+1), section 2.2 of the paper."""
        w = body.writer
        backward = w.subtract(w.load(body.lanes.state, row), self.result(body, row))
        rates = w.add(w.load(self.first, row), w.load(self.last, row))
        return w.multiply_add(w.multiply(self._size, w.number(0.4)), rates, w.multiply(backward, w.number(0.8)))

    def accept(self, body: Body, row: str, accepted: str) -> None:
        w = body.writer
        w.store(w.select(accepted, w.load(self.last, row), w.load(self.first, row)), self.first, row)


def _coefficients() -> tuple[list[float], list[float], float, float]:
    """a_j, b_j, w_0 and w_1 of the paper, from Chebyshev polynomials and their derivatives at w_0."""
    w0 = 1.0 + DAMPING / N_STAGE**2
    t, t1, t2 = [1.0, w0], [0.0, 1.0], [0.0, 0.0]
    for j in range(2, N_STAGE + 1):
        t.append(2.0 * w0 * t[-1] - t[-2])
        t1.append(2.0 * t[j - 1] + 2.0 * w0 * t1[-1] - t1[-2])
        t2.append(4.0 * t1[j - 1] + 2.0 * w0 * t2[-1] - t2[-2])
    w1 = t1[N_STAGE] / t2[N_STAGE]
    b = [t2[j] / t1[j] ** 2 if j > 1 else 0.0 for j in range(N_STAGE + 1)]
    b[0] = b[1] = b[2]
    return [1.0 - b[j] * t[j] for j in range(N_STAGE + 1)], b, w0, w1
