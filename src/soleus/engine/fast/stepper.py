"""Adaptive integration of a control step: what both methods share. Each lane has a step size and a time of its own.

A method says how to try a step and how its error grows; here the error is measured, the step accepted or shortened, and
a lane that has come to the end of its control step, or cannot go on, takes the next world.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from soleus.engine.fast.kernel import LARGEST_VALUE, FunctionWriter, Lanes, Outcome
from soleus.engine.fast.layout import Layout
from soleus.engine.fast.target import Target

SAFETY = 0.9
"""A step aims at an error this much below what is allowed."""
SHRINK_MOST, GROW_MOST = 0.1, 5.0
"""Bounds of the factor from one step size to the next."""
SHRINK_LEAST, GROW_LEAST = 0.9, 1.2
"""A step that failed shrinks at least so much; one that did not keeps its size unless it would grow by this."""
CUT, STRETCH = 0.95, 1.001
"""A control step may end a little before or after an internal step would; beyond these factors that step is cut short,
or another one follows."""
LONGEST_STEP = 0.01
"""Also the first of an episode [s]: a tenth of Simbody's default time scale."""
BEARABLE_ERROR = 1e6
"""Squared error over the tolerance up to which a step of the minimum size is kept, if that of the muscles is within it.
A foot that chatters on the ground shows in the speeds, and nothing is gained by following it; fibres far from
equilibrium show in the muscles, and are lost if they are not followed. OpenSim keeps any step of the minimum size."""
BEARABLE_MUSCLE_ERROR = 1.0
LEAST_STEP = 1e-9
"""Where an error is worse, steps shrink down to this; then any is kept, as at a force's jump, if it is a number."""
LARGEST_ERROR = 1e30
"""A larger error, or one that is not a number, says nothing about the step size that would do."""


@dataclass(frozen=True)
class Body:
    """What a method sees of the function being written."""

    writer: FunctionWriter
    lanes: Lanes


class Method(ABC):
    """A Runge-Kutta method with an estimate of its error."""

    n_evaluation: int
    """Evaluations of the rates in a step"""
    keeps_rate: bool
    """Whether a step ends with the rates of the state it reached, which the world keeps for its next control step"""
    order: int
    """The error of a step grows with this power of its size: 3 or 4"""

    @abstractmethod
    def prepare(self, body: Body) -> None:
        """Take memory."""

    @abstractmethod
    def try_step(self, body: Body, size: str) -> None:
        """Compute the state after a step, and its error, from `lanes.state`; `size` [s] is 0 in lanes at rest."""

    @abstractmethod
    def result(self, body: Body, row: str) -> str:
        """A row of the state after the step."""

    @abstractmethod
    def error(self, body: Body, row: str) -> str:
        """A row of the error estimate, in the unit of the state, of either sign."""

    @property
    @abstractmethod
    def rate(self) -> str:
        """Rows of the rates at `lanes.state`; filled before the first step if `keeps_rate`."""

    @abstractmethod
    def accept(self, body: Body, row: str, accepted: str) -> None:
        """Move what the method keeps of a row where a step was accepted; the state has been moved."""


def advance_function(target: Target, layout: Layout, method: Method) -> str:
    """The function that advances the worlds of a job by its duration."""
    w = FunctionWriter(target, layout)
    lanes = Lanes(w)
    body = Body(w, lanes)
    time, step, outcome, count = (w.rows(1) for _ in range(4))
    method.prepare(body)
    done = float(Outcome.DONE)
    for rows, value in ((time, 0.0), (step, 1e-4), (outcome, done), (count, 0.0)):
        w.store(w.number(value), rows, 0)
    duration, minimum, maximum = (w.setting(name) for name in ("duration", "minimum_step", "max_evaluation"))
    tolerance = w.setting("tolerance")
    top, finished = w.label("step"), w.label("finished")
    w.place(top)
    stopped = w.compare("ogt", w.load(outcome, 0), w.number(float(Outcome.RUNNING)))
    with w.when(w.any_lane(stopped)):
        _exchange(w, lanes, method, (time, step, outcome, count), finished)
    running = w.compare("oeq", w.load(outcome, 0), w.number(float(Outcome.RUNNING)))
    left = w.subtract(duration, w.load(time, 0))
    wanted = w.load(step, 0)
    reaches = w.compare("ole", left, w.multiply(wanted, w.number(STRETCH)))
    size = w.select(running, w.select(reaches, left, wanted), w.number(0.0))
    method.try_step(body, size)
    errors = _squared_errors(body, method, w.divide(w.number(1.0), tolerance))
    error, muscle_error = _largest(w, errors), errors[-1]
    good = w.compare("ole", error, w.number(1.0))
    shortest = w.compare("ole", wanted, minimum)
    bearable = w.masks(
        "and",
        w.compare("ole", error, w.number(BEARABLE_ERROR)),
        w.compare("ole", muscle_error, w.number(BEARABLE_MUSCLE_ERROR)),
    )
    is_number = w.compare("ole", error, w.number(LARGEST_ERROR))
    least = w.compare("ole", wanted, w.number(1.01 * LEAST_STEP))
    kept = w.masks("or", w.masks("and", shortest, bearable), w.masks("and", least, is_number))
    accepted = w.masks("and", running, w.masks("or", good, kept))
    for_rows = layout.n_state
    with w.loop(for_rows) as row:
        moved = w.select(accepted, method.result(body, row), w.load(lanes.state, row))
        w.store(moved, lanes.state, row)
        method.accept(body, row, accepted)
    elapsed = w.select(accepted, w.add(w.load(time, 0), size), w.load(time, 0))
    w.store(elapsed, time, 0)
    cut = w.compare("olt", left, w.multiply(wanted, w.number(CUT)))
    following = _next_size(w, method, error, wanted, cut)
    bound = w.select(bearable, minimum, w.number(LEAST_STEP))
    following = w.minimum(w.maximum(following, bound), w.number(LONGEST_STEP))
    w.store(w.select(running, following, wanted), step, 0)
    evaluated = w.add(w.load(count, 0), w.number(float(method.n_evaluation)))
    w.store(evaluated, count, 0)
    # A last piece too short to tell from rounding is no step.
    arrived = w.compare("ole", w.subtract(duration, elapsed), w.number(1e-12 if target.wide else 1e-8))
    stuck = w.masks("and", least, w.opposite(is_number))
    tired = w.compare("ogt", evaluated, maximum)
    code = w.load(outcome, 0)
    for condition, value in (
        (tired, Outcome.TOO_MANY_EVALUATIONS),
        (stuck, Outcome.STUCK),
        (arrived, Outcome.DONE),
    ):
        code = w.select(w.masks("and", condition, running), w.number(float(value)), code)
    w.store(code, outcome, 0)
    w.do(f"br label %{top}")
    w.begin(finished)
    w.do("ret void")
    return w.function("define void @advance(ptr noalias %job)")


def _squared_errors(body: Body, method: Method, inverse_tolerance: str) -> list[str]:
    """Squares of the errors over the tolerance, of positions, speeds and muscle states, as Simbody measures them.

    IntegratorRep::calcErrorNorm: the root mean square of each; variables larger than 1 are taken relative to their size
    (calcRelativeScaling).
    """
    w, layout = body.writer, body.writer.layout
    groups = ((0, layout.n_q, False), (layout.n_q, layout.n_q, True), (layout.activation, 2 * layout.n_muscle, True))
    means = []
    for first, count, relative in groups:
        total = w.rows(1)
        w.store(w.number(0.0), total, 0)
        with w.loop(count) as index:
            row = w.put(f"add i64 {index}, {first}")
            error = w.multiply(method.error(body, row), inverse_tolerance)
            if relative:
                size = w.maximum(w.absolute(w.load(body.lanes.state, row)), w.number(1.0))
                error = w.multiply(error, w.reciprocal(size))
            w.store(w.multiply_add(error, error, w.load(total, 0)), total, 0)
        means.append(w.multiply(w.load(total, 0), w.number(1.0 / max(count, 1))))
    return means


def _largest(w: FunctionWriter, errors: list[str]) -> str:
    """The largest error; not a number if any is not."""
    largest = errors[0]
    for error in errors[1:]:
        worse = w.masks("or", w.compare("ogt", error, largest), w.compare("uno", error, error))
        largest = w.select(worse, error, largest)
    return largest


def _next_size(w: FunctionWriter, method: Method, error: str, wanted: str, cut: str) -> str:
    """The step size to go on with: AbstractIntegratorRep::adjustStepSize of Simbody.

    Args:
        w: writer.
        method: of integration.
        error: squared, over the tolerance.
        wanted: size that the step was to have; it may have been another because the control step ended.
        cut: mask, whether it was cut short: that it succeeded then says little about the size that it was to have.
    """
    root = _root(w, w.maximum(error, w.number(1e-8)), method.order)
    factor = w.divide(w.number(SAFETY), root)
    grown = w.select(w.compare("olt", factor, w.number(GROW_LEAST)), w.number(1.0), factor)
    grown = w.select(cut, w.number(1.0), w.minimum(grown, w.number(GROW_MOST)))
    shrunk = w.maximum(w.minimum(factor, w.number(SHRINK_LEAST)), w.number(SHRINK_MOST))
    shrunk = w.select(w.compare("ole", error, w.number(LARGEST_ERROR)), shrunk, w.number(SHRINK_MOST))
    return w.multiply(wanted, w.select(w.compare("ole", error, w.number(1.0)), grown, shrunk))


def _root(w: FunctionWriter, squared_error: str, order: int) -> str:
    """What an error grows to if the step grows by a factor, undone: its root of the order 4, or nearly 3."""
    fourth = w.square_root(w.square_root(w.square_root(squared_error)))
    if order == 4:
        return fourth
    return w.multiply(fourth, w.square_root(fourth))  # the power 3/8 of the error


def _exchange(
    w: FunctionWriter, lanes: Lanes, method: Method, variables: tuple[str, str, str, str], finished: str
) -> None:
    """Store the worlds of lanes that stopped, and give these lanes the next ones; leave when none works any more."""
    time, step, outcome, count = variables
    n_working = w.memory("i64")
    w.do(f"store i64 0, ptr {n_working}")
    with w.loop(w.target.width) as lane:
        code = w.get(outcome, 0, lane)
        stopped = w.put(f"fcmp ogt {w.target.scalar} {code}, {w.target.literal(float(Outcome.RUNNING))}")
        with w.when(stopped):
            world = lanes.world_of(lane)
            with w.when(w.put(f"icmp sge i64 {world}, 0")):
                _store(w, lanes, method, world, lane, code, (step, count))
            following, some = lanes.take_next(lane)
            with w.when(some):
                lanes.load(following, lane)
                w.set(w.target.literal(0.0), time, 0, lane)
                w.set(w.target.literal(0.0), count, 0, lane)
                w.set(w.target.literal(float(Outcome.RUNNING)), outcome, 0, lane)
                size = w.put(f"load double, ptr {w.item(w.field('step'), 'double', following)}")
                w.set(w.narrow(size), step, 0, lane)
                if method.keeps_rate:
                    n = w.layout.n_state
                    w.copy_in(w.of_world("rate", following, n), n, method.rate, 0, lane)
            with w.when(w.put(f"xor i1 {some}, true")):
                lanes.idle(lane)
        working = w.put(f"icmp sge i64 {lanes.world_of(lane)}, 0")
        one = w.put(f"zext i1 {working} to i64")
        so_far = w.put(f"load i64, ptr {n_working}")
        w.do(f"store i64 {w.put(f'add i64 {so_far}, {one}')}, ptr {n_working}")
    lanes.count_balls()
    on = w.label("on")
    nobody = w.put(f"icmp eq i64 {w.put(f'load i64, ptr {n_working}')}, 0")
    w.do(f"br i1 {nobody}, label %{finished}, label %{on}")
    w.begin(on)
    if method.keeps_rate:
        # The excitation is new, and only the activations feel it at once.
        w.do(f"call void @activation(ptr {lanes.state}, ptr {lanes.parameter}, ptr {method.rate})")


def _store(
    w: FunctionWriter,
    lanes: Lanes,
    method: Method,
    world: str,
    lane: str,
    code: str,
    variables: tuple[str, str],
) -> None:
    """Give a world back: its new state if it arrived within bounds, or else the one it started from."""
    step, count = variables
    n = w.layout.n_state
    good = w.memory("i1")
    arrived = w.put(f"fcmp oeq {w.target.scalar} {code}, {w.target.literal(float(Outcome.DONE))}")
    w.do(f"store i1 {arrived}, ptr {good}")
    with w.loop(n) as row:
        value = w.widen(w.get(lanes.state, row, lane))
        size = w.put(f"call double @llvm.fabs.f64(double {value})")
        within = w.put(f"fcmp olt double {size}, {LARGEST_VALUE!r}")
        so_far = w.put(f"load i1, ptr {good}")
        w.do(f"store i1 {w.put(f'and i1 {so_far}, {within}')}, ptr {good}")
    kept = w.put(f"load i1, ptr {good}")
    evaluations = w.put(f"fptosi {w.target.scalar} {w.get(count, 0, lane)} to i64")
    w.do(f"store i64 {evaluations}, ptr {w.item(w.field('n_evaluation'), 'i64', world)}")
    whole = w.put(f"fptosi {w.target.scalar} {code} to i64")
    lost = w.put(f"select i1 {arrived}, i64 {int(Outcome.RAN_AWAY)}, i64 {whole}")
    final = w.put(f"select i1 {kept}, i64 {int(Outcome.DONE)}, i64 {lost}")
    w.do(f"store i64 {final}, ptr {w.item(w.field('outcome'), 'i64', world)}")
    with w.when(kept):
        w.copy_out(lanes.state, 0, lane, w.of_world("result", world, n), n)
        size = w.widen(w.get(step, 0, lane))
        w.do(f"store double {size}, ptr {w.item(w.field('step'), 'double', world)}")
        if method.keeps_rate:
            w.copy_out(method.rate, 0, lane, w.of_world("rate", world, n), n)
    with w.when(w.put(f"xor i1 {kept}, true")):
        before, after = w.of_world("state", world, n), w.of_world("result", world, n)
        w.do(f"call void @llvm.memcpy.p0.p0.i64(ptr {after}, ptr {before}, i64 {8 * n}, i1 false)")
