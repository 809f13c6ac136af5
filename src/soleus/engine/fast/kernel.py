"""The functions around the traced ones: lanes that take worlds, work on them and give them back.

A lane holds one world at a time. When it has finished its control step it stores the world and takes the next one that
is waiting, so a slow world holds up nobody but itself; several threads draw from the same queue. What a lane computes
depends on its world alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from soleus.engine.fast.elementary import Writer
from soleus.engine.fast.layout import BALL_ROWS, JOB_FIELDS, Layout
from soleus.engine.fast.target import Target

LARGEST_VALUE = 1e4
"""No coordinate, speed, activation or fibre length of a body gets here [SI]: the integrator has lost the solution."""
SLACK = 16
"""Numbers that a vector of muscles may reach beyond the last muscle."""


class Outcome(IntEnum):
    """What became of a world in a control step."""

    RUNNING = 0
    DONE = 1
    STUCK = 2
    """The rates are not numbers, even after the shortest step"""
    TOO_MANY_EVALUATIONS = 3
    RAN_AWAY = 4
    """A variable passed LARGEST_VALUE"""


class LoopWriter(Writer):
    """Writes a function with loops and branches."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self._n_label = 0
        self._here = "entry"
        self._memory: list[str] = []

    def label(self, name: str) -> str:
        """A new name for a place to jump to."""
        self._n_label += 1
        return f"{name}{self._n_label}"

    def begin(self, label: str) -> None:
        """Go on at a label that is jumped to from elsewhere."""
        self.lines.append(f"{label}:")
        self._here = label

    def place(self, label: str) -> None:
        """Jump to a label, and go on there."""
        self.do(f"br label %{label}")
        self.begin(label)

    def memory(self, kind: str, align: int = 8) -> str:
        """Memory of the function's own, whose address it returns; taken once, wherever this is written."""
        name = f"%memory{len(self._memory)}"
        self._memory.append(f"{name} = alloca {kind}, align {align}")
        return name

    def rows(self, count: int) -> str:
        """Memory for rows of vectors, and some more where vectors of muscles are read from rows of numbers."""
        count += SLACK if self.target.width == 1 else 0
        return self.memory(f"[{max(count, 1)} x {self.target.vector}]", 64)

    @contextmanager
    def loop(self, count: int | str) -> Iterator[str]:
        """Repeat what is written inside, with an index from 0 to count - 1."""
        top, body, end = self.label("loop"), self.label("body"), self.label("end")
        before, head = self._here, len(self.lines) + 2
        self.place(top)
        i = self.put("phi i64")  # completed below, when the end of the body is known
        more = self.put(f"icmp slt i64 {i}, {count}")
        self.do(f"br i1 {more}, label %{body}, label %{end}")
        self.begin(body)
        yield i
        following = self.put(f"add i64 {i}, 1")
        self.lines[head] += f" [0, %{before}], [{following}, %{self._here}]"
        self.do(f"br label %{top}")
        self.begin(end)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """Do what is written inside only if an i1 holds."""
        then, end = self.label("then"), self.label("end")
        self.do(f"br i1 {condition}, label %{then}, label %{end}")
        self.begin(then)
        yield
        self.place(end)

    def function(self, head: str) -> str:
        """The whole function."""
        body = "\n".join([*self._memory, *self.lines])
        return f"{head} #0 {{\nentry:\n{body}\n}}\n"


class FunctionWriter(LoopWriter):
    """Writes a function of a Job."""

    def __init__(self, target: Target, layout: Layout) -> None:
        super().__init__(target)
        self.layout = layout

    def field(self, name: str, kind: str = "ptr") -> str:
        """A field of the job."""
        address = self.put(f"getelementptr inbounds %job, ptr %job, i32 0, i32 {JOB_FIELDS[name]}")
        return self.put(f"load {kind}, ptr {address}")

    def setting(self, name: str) -> str:
        """A field that holds a number, in all lanes."""
        return self.all_lanes(self.narrow(self.field(name, "double")))

    def narrow(self, x: str) -> str:
        """A double as a number of the lanes."""
        return x if self.target.wide else self.put(f"fptrunc double {x} to float")

    def widen(self, x: str) -> str:
        return x if self.target.wide else self.put(f"fpext float {x} to double")

    def element(self, rows: str, row: str | int, lane: str) -> str:
        """Address of one lane's number in a row."""
        start = self.put(f"mul i64 {row}, {self.target.width}")
        offset = self.put(f"add i64 {start}, {lane}")
        return self.put(f"getelementptr inbounds {self.target.scalar}, ptr {rows}, i64 {offset}")

    def get(self, rows: str, row: str | int, lane: str) -> str:
        return self.put(f"load {self.target.scalar}, ptr {self.element(rows, row, lane)}")

    def set(self, value: str, rows: str, row: str | int, lane: str) -> None:
        self.do(f"store {self.target.scalar} {value}, ptr {self.element(rows, row, lane)}")

    def of_world(self, name: str, world: str, count: int) -> str:
        """Address of a world's numbers in an array of the job."""
        start = self.put(f"mul i64 {world}, {count}")
        return self.item(self.field(name), "double", start)

    def copy_in(self, source: str, count: int, rows: str, first: int, lane: str) -> None:
        """A world's numbers into a lane's rows."""
        with self.loop(count) as i:
            value = self.put(f"load double, ptr {self.item(source, 'double', i)}")
            self.set(self.narrow(value), rows, self.put(f"add i64 {i}, {first}"), lane)

    def copy_out(self, rows: str, first: int, lane: str, target: str, count: int) -> None:
        """A lane's rows into a world's numbers."""
        with self.loop(count) as i:
            value = self.widen(self.get(rows, self.put(f"add i64 {i}, {first}"), lane))
            self.do(f"store double {value}, ptr {self.item(target, 'double', i)}")


class Lanes:
    """The memory of one thread's lanes, and the queue that fills them."""

    def __init__(self, writer: FunctionWriter) -> None:
        layout = writer.layout
        self.writer = writer
        self.state = writer.rows(layout.n_state)
        self.parameter = writer.rows(layout.n_parameter)
        self.ball = writer.rows(layout.n_ball * BALL_ROWS)
        self.world = writer.memory(f"[{writer.target.width} x i64]")
        self.own_balls = writer.memory(f"[{writer.target.width} x i64]")
        self.most_balls = writer.memory("i64")
        with writer.loop(writer.target.width) as lane:
            writer.do(f"store i64 -1, ptr {writer.item(self.world, 'i64', lane)}")
            writer.do(f"store i64 0, ptr {writer.item(self.own_balls, 'i64', lane)}")
        writer.do(f"store i64 0, ptr {self.most_balls}")
        for rows, count in ((self.state, layout.n_state), (self.parameter, layout.n_parameter)):
            with writer.loop(count) as row:
                writer.store(writer.number(0.0), rows, row)

    def world_of(self, lane: str) -> str:
        """The world in a lane; negative if it is idle."""
        return self.writer.put(f"load i64, ptr {self.writer.item(self.world, 'i64', lane)}")

    def take_next(self, lane: str) -> tuple[str, str]:
        """Take a world from the queue: its index, and an i1 that is false when none is left."""
        w = self.writer
        place = w.put(f"atomicrmw add ptr {w.field('counter')}, i64 1 monotonic")
        some = w.put(f"icmp slt i64 {place}, {w.field('count', 'i64')}")
        safe = w.put(f"select i1 {some}, i64 {place}, i64 0")
        waiting = w.put(f"load i64, ptr {w.item(w.field('order'), 'i64', safe)}")
        world = w.put(f"select i1 {some}, i64 {waiting}, i64 -1")
        w.do(f"store i64 {world}, ptr {w.item(self.world, 'i64', lane)}")
        return world, some

    def load(self, world: str, lane: str) -> None:
        """Put a world's state and parameters into a lane."""
        w, layout = self.writer, self.writer.layout
        w.copy_in(w.of_world("state", world, layout.n_state), layout.n_state, self.state, 0, lane)
        w.copy_in(w.of_world("excitation", world, layout.n_muscle), layout.n_muscle, self.parameter, 0, lane)
        strength = w.of_world("strength", world, layout.n_muscle)
        w.copy_in(strength, layout.n_muscle, self.parameter, layout.strength, lane)
        if layout.n_ball:
            self._load_balls(world, lane)

    def _load_balls(self, world: str, lane: str) -> None:
        w, layout = self.writer, self.writer.layout
        count = w.put(f"load i64, ptr {w.item(w.field('n_ball'), 'i64', world)}")
        w.do(f"store i64 {count}, ptr {w.item(self.own_balls, 'i64', lane)}")
        source = w.of_world("ball", world, layout.n_ball * BALL_ROWS)
        w.copy_in(source, layout.n_ball * BALL_ROWS, self.ball, 0, lane)

    def count_balls(self) -> None:
        """Find the largest number of balls within reach of any lane; to the others these balls do nothing."""
        w = self.writer
        w.do(f"store i64 0, ptr {self.most_balls}")
        with w.loop(w.target.width) as lane:
            own = w.put(f"load i64, ptr {w.item(self.own_balls, 'i64', lane)}")
            most = w.put(f"load i64, ptr {self.most_balls}")
            more = w.put(f"icmp sgt i64 {own}, {most}")
            w.do(f"store i64 {w.put(f'select i1 {more}, i64 {own}, i64 {most}')}, ptr {self.most_balls}")

    def idle(self, lane: str) -> None:
        """Leave a lane without a world; it goes on computing on what it has, unheard."""
        w = self.writer
        w.do(f"store i64 0, ptr {w.item(self.own_balls, 'i64', lane)}")

    def derivative(self, state: str, out: str) -> None:
        """Evaluate the rates of a state into rows."""
        w = self.writer
        balls = w.put(f"load i64, ptr {self.most_balls}")
        w.do(f"call void @derivative(ptr {state}, ptr {self.parameter}, ptr {self.ball}, i64 {balls}, ptr {out})")


def derivative_function(target: Target, layout: Layout) -> str:
    """Rates with the balls within reach: their forces go to the parameters as forces from outside."""
    w = FunctionWriter(target, layout)
    if layout.n_ball:
        total = w.row("%parameter", layout.applied_force)
        force = w.rows(layout.n_q)
        with w.loop(layout.n_q) as row:
            w.store(w.number(0.0), total, row)
        with w.loop("%n_ball") as ball:
            rows = w.row("%ball", w.put(f"mul i64 {ball}, {BALL_ROWS}"))
            w.do(f"call void @obstacle(ptr %state, ptr {rows}, ptr {force})")
            with w.loop(layout.n_q) as row:
                w.store(w.add(w.load(total, row), w.load(force, row)), total, row)
    w.do("call void @rates(ptr %state, ptr %parameter, ptr %out)")
    w.do("ret void")
    return w.function(
        "define internal void @derivative(ptr noalias %state, ptr noalias %parameter, ptr noalias %ball, i64 %n_ball, "
        "ptr noalias %out)"
    )


def batch_function(target: Target, layout: Layout, name: str, field: str, n_out: int, call: str) -> str:
    """A function that evaluates something once for each world of a job.

    Args:
        target: lanes are worlds.
        layout: of the model.
        name: of the function.
        field: of the job, where the answers go.
        n_out: numbers a world.
        call: "derivative"; or the traced function of state and parameters; or "dynamics", of state and derivative.
    """
    w = FunctionWriter(target, layout)
    lanes = Lanes(w)
    out = w.rows(n_out)
    top, done = w.label("top"), w.label("done")
    w.place(top)
    with w.loop(target.width) as lane:
        world, some = lanes.take_next(lane)
        with w.when(some):
            lanes.load(world, lane)
    lanes.count_balls()
    first = lanes.world_of("0")
    working, stop = w.label("working"), w.put(f"icmp slt i64 {first}, 0")
    w.do(f"br i1 {stop}, label %{done}, label %{working}")
    w.begin(working)
    if call == "derivative":
        lanes.derivative(lanes.state, out)
    elif call == "dynamics":
        rate = w.rows(layout.n_state)
        lanes.derivative(lanes.state, rate)
        w.do(f"call void @dynamics(ptr {lanes.state}, ptr {rate}, ptr {out})")
    else:
        w.do(f"call void @{call}(ptr {lanes.state}, ptr {lanes.parameter}, ptr {out})")
    with w.loop(target.width) as lane:
        world = lanes.world_of(lane)
        with w.when(w.put(f"icmp sge i64 {world}, 0")):
            w.copy_out(out, 0, lane, w.of_world(field, world, n_out), n_out)
    w.do(f"br label %{top}")
    w.begin(done)
    w.do("ret void")
    return w.function(f"define void @{name}(ptr noalias %job)")
