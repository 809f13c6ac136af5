"""The least time that a control step can take: its arithmetic, at the rate at which this processor can do any."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from time import process_time

import numpy as np

from soleus.engine.benchmark import BATCH, N_BATCH, Case, measure_speeds
from soleus.engine.fast.compile import Library, compile_object, widest
from soleus.engine.fast.config import FastConfig
from soleus.engine.fast.emit import Rows, emit_function
from soleus.engine.fast.program import trace_rates
from soleus.engine.fast.target import Target
from soleus.model.spec import Model

SHORT = Case("short steps", FastConfig(threads=1, control_step=1e-3), N_BATCH)
"""Needs few evaluations in a step: what its steps cost beyond them is the price of any step."""
N_TRY = 15
N_CHAIN = 12
"""Independent results that a processor computes side by side: enough to hide how long one takes, few enough to stay in
its registers."""
N_TURN = 200_000
ARITHMETIC = re.compile(
    r"= (f(add|sub|mul|div|cmp)|call <?.*@llvm\.(fma|sqrt|fabs)|select|and|or|xor|add|sub|shl|lshr) "
)
"""Instructions of LLVM that compute: no loads and stores, nor the signs that a processor changes on the way."""


@dataclass(frozen=True)
class Floor:
    """Where the time of a control step goes: BATCH, per world."""

    n_operation: int
    """Vector operations in an evaluation of the equations"""
    width: int
    """Worlds in a vector"""
    operations_per_second: float
    """Vector operations that this processor can do, measured"""
    n_evaluation: float
    """Evaluations in a control step"""
    evaluation: float
    """Time of one more in a step, with what the integrator does to its result [s]"""
    step: float
    """[s]"""

    @property
    def arithmetic(self) -> float:
        """Of a step's evaluations, at the processor's best [s]"""
        return self.n_evaluation * self.n_operation / (self.width * self.operations_per_second)

    @property
    def evaluations(self) -> float:
        """All evaluations of a step [s]; the rest of it does not depend on how many there are."""
        return self.n_evaluation * self.evaluation


def measure_floor(model: Model, n_step: int, n_repeat: int) -> Floor:
    """The floor of BATCH, in float64; arguments as for `measure_speeds`."""
    speeds = measure_speeds(model, (BATCH, SHORT), n_step, n_repeat)
    batch, short = speeds[BATCH.name], speeds[SHORT.name]
    target = widest("float64")
    return Floor(
        n_operation=count_operations(model, target),
        width=target.width,
        operations_per_second=_operations_per_second(target),
        n_evaluation=batch.n_evaluation,
        evaluation=(batch.step - short.step) / (batch.n_evaluation - short.n_evaluation),
        step=batch.step,
    )


def count_operations(model: Model, target: Target) -> int:
    """Arithmetic instructions in the equations; a product and a sum are one, an exponential or a sine are many."""
    graph, outputs = trace_rates(model)
    rows = {"state": Rows("%state"), "parameter": Rows("%parameter")}
    text = emit_function("rates", graph, outputs, rows, target)
    return len(ARITHMETIC.findall(text))


def _operations_per_second(target: Target) -> float:
    """How many independent vector products and sums this processor does in a second of CPU time."""
    library = Library(compile_object(_chains(target)))
    factors = np.repeat([1.0, 0.0], target.width)
    spin, address = library.function("spin"), factors.ctypes.data_as(ctypes.c_void_p)
    times = []
    for _ in range(N_TRY):
        begin = process_time()
        spin(address)
        times.append(process_time() - begin)
    return N_CHAIN * N_TURN / min(times)


def _chains(target: Target) -> str:
    """A loop of products and sums by turns, each of the last result of its chain; factors come from memory."""
    v, chains = target.vector, range(N_CHAIN)
    lines = [f"%factor = load {v}, ptr %factors, align 8"]
    lines += [f"%second = getelementptr {v}, ptr %factors, i64 1", f"%term = load {v}, ptr %second, align 8"]
    lines += ["br label %turn", "turn:", "%i = phi i64 [ 0, %entry ], [ %next, %turn ]"]
    lines += [f"%x{k} = phi {v} [ %factor, %entry ], [ %y{k}, %turn ]" for k in chains]
    lines += [f"%y{k} = " + (f"fmul {v} %x{k}, %factor" if k % 2 else f"fadd {v} %x{k}, %term") for k in chains]
    lines += ["%next = add i64 %i, 1", f"%more = icmp slt i64 %next, {N_TURN}", "br i1 %more, label %turn, label %end"]
    lines += ["end:"] + [f"store volatile {v} %y{k}, ptr %factors, align 8" for k in chains] + ["ret void"]
    return "\n".join(["define void @spin(ptr %factors) {", "entry:", *lines, "}"])
