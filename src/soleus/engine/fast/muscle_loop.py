"""One piece of code for all muscles, run in a loop.

Written out for each muscle, the equations would fill the processor's instruction cache twice over, and fetching them
would take longer than computing. With many worlds a lane is a world, and the loop takes muscle after muscle; with one
world a lane is a muscle, so that vectors are of use there too. The loop runs twice, once for the forces and once for
the rates: a part is short enough for the processor to look ahead into the next muscles while it waits for this one.
"""

from __future__ import annotations

from soleus.engine.fast.emit import Rows, Target, emit_function
from soleus.engine.fast.graph import Graph, Node
from soleus.engine.fast.kernel import FunctionWriter
from soleus.engine.fast.layout import Layout
from soleus.engine.fast.muscle import MuscleConstants, MuscleRates, muscle_constants, muscle_rates
from soleus.model.spec import Model

GIVEN = ("length", "activation", "fiber_length", "excitation", "strength")
"""Arguments of `muscle_rates`, in its order."""
COPIES = 6
"""Vectors of muscles that are computed together."""


class MuscleLoop:
    """The functions of a program that compute its muscles.

    Their results are columns of rows: a column for each field of MuscleRates, and for each number that the first part
    keeps for the second.
    """

    def __init__(self, model: Model, target: Target, muscle_target: Target) -> None:
        """Args:
        model: whose muscles.
        target: lanes are worlds.
        muscle_target: the same; or, if there is only one world, one whose lanes are muscles.
        """
        self.target = target
        self.layout = Layout.of(model)
        self._muscle_target = muscle_target
        self._lanes = 1 if target.width > 1 else muscle_target.width
        self._height = -(-self.layout.n_muscle // self._lanes) * self._lanes
        self._copies = min(COPIES, self._height // self._lanes)
        self._constants = [muscle_constants(muscle) for muscle in model.muscles]
        self._graph = Graph()
        given = [self._graph.input(name, 0) for name in GIVEN]
        constants = MuscleConstants(*self._graph.inputs("constants", len(MuscleConstants._fields)))
        self._found = muscle_rates(self._graph, constants, *given)
        forces = [self._found.tendon_force, self._found.fiber_force]
        self._kept = self._graph.handed_over(forces, [self._found.activation, self._found.fiber_length])

    def inputs(self, graph: Graph) -> list[MuscleRates]:
        """The results as inputs, of the group "muscle", of what is computed from them."""
        fields = range(len(MuscleRates._fields))
        return [
            MuscleRates(*(graph.input("muscle", self._row(field, muscle)) for field in fields))
            for muscle in range(self.layout.n_muscle)
        ]

    def write_traced(self) -> str:
        """The equations of one muscle, or of some side by side, and the constants of all."""
        stride = self._height // self._lanes
        one_world = self._lanes > 1
        rows = {name: Rows(f"%{name}", aligned=not one_world) for name in GIVEN}
        n_constant = len(MuscleConstants._fields)
        rows["constants"] = Rows(
            "%constants", stride if one_world else 1, one_world, not one_world, 1 if one_world else n_constant
        )
        later_rows = rows | {"handed_over": Rows("%kept", stride=stride)}
        forces = self._found._replace(activation=None, fiber_length=None)
        first = [*forces, *(Node(self._graph, index) for index in self._kept)]
        then = [self._found.activation, self._found.fiber_length]
        target = self._muscle_target
        return "\n".join(
            [
                self._table(),
                emit_function("muscle_force", self._graph, first, rows, target, out_stride=stride, copies=self._copies),
                emit_function("muscle_rate", self._graph, then, later_rows, target, self._kept, stride, self._copies),
            ]
        )

    def around(self, name: str, n_handed_over: int, keeps_rates: bool) -> str:
        """The function that computes path lengths, runs the muscles, and goes on with what they do.

        Args:
            name: of the function; its parts are called name_before and name_after.
            n_handed_over: rows that the first part leaves for the second, behind the lengths.
            keeps_rates: whether the rates of activation and fibre length go to where a derivative has them.
        """
        w, layout = FunctionWriter(self.target, self.layout), self.layout
        before = w.rows(layout.n_muscle + n_handed_over)
        results = w.rows((len(MuscleRates._fields) + len(self._kept)) * self._height)
        w.do(f"call void @{name}_before(ptr %state, ptr %parameter, ptr {before})")
        w.do(f"call void @muscles(ptr %state, ptr %parameter, ptr {before}, ptr {results})")
        handed_over = w.row(before, layout.n_muscle)
        w.do(f"call void @{name}_after(ptr %state, ptr %parameter, ptr {handed_over}, ptr {results}, ptr %out)")
        if keeps_rates:
            for field, goal in (("activation", layout.activation), ("fiber_length", layout.fiber_length)):
                self._copy(w, results, self._row(MuscleRates._fields.index(field), 0), goal)
        w.do("ret void")
        return w.function(f"define internal void @{name}(ptr noalias %state, ptr noalias %parameter, ptr noalias %out)")

    @property
    def _n_number(self) -> int:
        """In the table of constants."""
        return self._height * len(MuscleConstants._fields)

    def _row(self, column: int, muscle: int) -> int:
        return column * self._height + muscle

    def _copy(self, w: FunctionWriter, results: str, first: int, goal: int) -> None:
        with w.loop(self.layout.n_muscle) as muscle:
            value = w.load(results, w.put(f"add i64 {muscle}, {first}"))
            w.store(value, "%out", w.put(f"add i64 {muscle}, {goal}"))

    def _first_muscle(self, w: FunctionWriter, turn: str, n_block: int) -> str:
        """Where a turn of the loop begins; the last one goes back so far that it can compute all its copies."""
        wanted, latest = w.put(f"mul i64 {turn}, {self._copies}"), n_block - self._copies
        within = w.put(f"icmp slt i64 {wanted}, {latest}")
        return w.put(f"mul i64 {w.put(f'select i1 {within}, i64 {wanted}, i64 {latest}')}, {self._lanes}")

    def _table(self) -> str:
        """The constants of all muscles: muscle by muscle, or constant by constant if a lane is a muscle."""
        if self._lanes > 1:
            filled = [*self._constants, *[self._constants[0]] * (self._height - len(self._constants))]
            numbers = [number for row in zip(*filled, strict=True) for number in row]
        else:
            numbers = [number for row in self._constants for number in row]
        target = self._muscle_target
        listed = ", ".join(f"{target.scalar} {target.literal(number)}" for number in numbers)
        return f"@muscle_constants = constant [{self._n_number} x {target.scalar}] [{listed}], align 64"

    def write_loops(self) -> str:
        """The function `muscles` of state, parameters, path lengths and results."""
        w, layout = FunctionWriter(self.target, self.layout), self.layout
        starts = {
            "length": ("%length", 0),
            "activation": ("%state", layout.activation),
            "fiber_length": ("%state", layout.fiber_length),
            "excitation": ("%parameter", 0),
            "strength": ("%parameter", layout.strength),
        }
        kept_column = self._row(len(MuscleRates._fields), 0)
        for function, n_kept in (("muscle_force", 0), ("muscle_rate", 1)):
            n_block = self._height // self._lanes
            with w.loop(-(-n_block // self._copies)) as turn:
                muscle = self._first_muscle(w, turn, n_block)
                given = [w.row(rows, w.put(f"add i64 {muscle}, {first}")) for rows, first in starts.values()]
                constant = muscle if self._lanes > 1 else w.put(f"mul i64 {muscle}, {len(MuscleConstants._fields)}")
                given.append(w.item("@muscle_constants", self.target.scalar, constant))
                kept = [w.row("%results", w.put(f"add i64 {muscle}, {kept_column}"))] * n_kept
                places = ", ".join(f"ptr {address}" for address in (*given, *kept, w.row("%results", muscle)))
                w.do(f"call void @{function}({places})")
        w.do("ret void")
        arguments = ", ".join(f"ptr noalias %{name}" for name in ("state", "parameter", "length", "results"))
        declared = f"@muscle_constants = external constant [{self._n_number} x {self._muscle_target.scalar}]\n"
        return declared + w.function(f"define internal void @muscles({arguments})")
