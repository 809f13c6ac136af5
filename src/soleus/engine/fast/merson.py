"""Runge-Kutta-Merson, OpenSim's default integrator (SimTK::RungeKuttaMersonIntegrator): order 4, error of order 4."""

from __future__ import annotations

from soleus.engine.fast.stepper import Body, Method

STAGES = (
    ((0, 1 / 3),),
    ((0, 1 / 6), (1, 1 / 6)),
    ((0, 1 / 8), (2, 3 / 8)),
    ((0, 1 / 2), (2, -3 / 2), (3, 2.0)),
)
"""For each stage after the first, which rates it starts from, and their weights."""
WEIGHTS = ((0, 1 / 6), (3, 4 / 6), (4, 1 / 6))
"""The result; its error is a fifth of its distance from the last stage's state."""


class Merson(Method):
    """The reference method: the same as OpenSim's, five evaluations a step."""

    n_evaluation = 5
    keeps_rate = False
    order = 4

    def prepare(self, body: Body) -> None:
        n = body.writer.layout.n_state
        self.rates = [body.writer.rows(n) for _ in range(5)]
        self.stage, self.end = body.writer.rows(n), body.writer.rows(n)

    @property
    def rate(self) -> str:
        return self.rates[0]

    def try_step(self, body: Body, size: str) -> None:
        body.lanes.derivative(body.lanes.state, self.rates[0])
        for index, terms in enumerate(STAGES):
            self._combine(body, size, terms, self.stage)
            body.lanes.derivative(self.stage, self.rates[index + 1])
        self._combine(body, size, WEIGHTS, self.end)

    def result(self, body: Body, row: str) -> str:
        return body.writer.load(self.end, row)

    def error(self, body: Body, row: str) -> str:
        w = body.writer
        return w.multiply(w.subtract(w.load(self.stage, row), w.load(self.end, row)), w.number(0.2))

    def accept(self, body: Body, row: str, accepted: str) -> None:
        pass

    def _combine(self, body: Body, size: str, terms: tuple[tuple[int, float], ...], target: str) -> None:
        """State + size times a weighted sum of rates."""
        w = body.writer
        with w.loop(w.layout.n_state) as row:
            (first, weight), *others = terms
            change = w.multiply(w.number(weight), w.load(self.rates[first], row))
            for stage, weight in others:
                change = w.multiply_add(w.number(weight), w.load(self.rates[stage], row), change)
            w.store(w.multiply_add(size, change, w.load(body.lanes.state, row)), target, row)
