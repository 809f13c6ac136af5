"""From a graph to functions: straight pieces of code, and between them loops in which a lane is an item.

With many worlds a lane is a world, the graph has no loops, and one piece is all there is. With one world the lanes of a
vector take muscles instead, or bodies, or contacts: whatever the equations do `for_each` of. The code is then as short
as it is fast: written out for every item it would not fit into the processor's instruction cache.

What a piece computes for a loop, or for a later piece, goes through a working memory of rows: for each loop the columns
of its arguments and those of its results, and then what is kept for later pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soleus.engine.fast.emit import Columns, Rows, Store, emit_stores
from soleus.engine.fast.graph import Graph, Loop, Node
from soleus.engine.fast.kernel import FunctionWriter
from soleus.engine.fast.layout import Layout
from soleus.engine.fast.operations import Scalar
from soleus.engine.fast.target import Target

COPIES = 6
"""Vectors that a loop works on side by side at most, so that the processor need not wait for one."""
WORK = "%work"
POINTERS = ("%state", "%parameter", WORK, "%table")
"""Arguments of a loop's function, from its first item on; a straight piece has %out in place of the last."""


@dataclass(frozen=True)
class Targets:
    """What the straight pieces and the loops are made for."""

    world: Target
    """Lanes are worlds"""
    item: Target
    """Lanes are items, if there is one world"""

    @property
    def lanes(self) -> int:
        """Items in a vector."""
        return self.item.width if self.world.width == 1 else 1

    def height(self, n_item: int) -> int:
        """Rows of a column of items: filled up to whole vectors."""
        return -(-n_item // self.lanes) * self.lanes


@dataclass(frozen=True)
class _Plan:
    """A loop with its places in memory: a pointer and a first row for each column."""

    name: str
    loop: Loop
    given: list[tuple[str, int]]
    stores: list[Store]
    """What the piece before it has to write"""
    results: dict[int, int]
    """Column of results that somebody uses -> its first row in the working memory"""


class Assembly:
    """The functions that compute some outputs of a graph."""

    def __init__(
        self,
        name: str,
        graph: Graph,
        outputs: Sequence[Scalar],
        targets: Targets,
        layout: Layout,
        second: str = "parameter",
    ) -> None:
        """Args:
        name: of the function of state, parameters (or other inputs) and rows of outputs.
        graph: traced from inputs of the groups "state" and `second`.
        outputs: what goes to row 0, 1, ...
        targets: what the code is made for.
        layout: of the model.
        second: group of the other inputs.
        """
        self.name = name
        self._inputs = {"state": Rows("%state"), second: Rows("%parameter")}
        self._graph = graph
        self._targets = targets
        self._layout = layout
        self._n_row = 0
        self._columns: dict[tuple, tuple[str, int]] = {}
        self._results: dict[str, Columns] = {}
        self._plans = self._plan_loops(outputs)
        self._pieces = [*(plan.stores for plan in self._plans), self._outputs(outputs)]
        self._kept, self._computed_in = self._plan_kept()

    def write_traced(self) -> str:
        """The pieces, and the functions of the loops."""
        loops = (self._write_item(plan) for plan in self._plans)
        return "\n".join([*(self._write_piece(index) for index in range(len(self._pieces))), *loops])

    def write_loops(self) -> str:
        """The function itself: piece, loop, piece, loop, ..., piece."""
        w = FunctionWriter(self._targets.world, self._layout)
        work = w.rows(self._n_row)
        for index in range(len(self._pieces)):
            w.do(f"call void @{self.name}_{index}(ptr %state, ptr %parameter, ptr {work}, ptr %out)")
            if index < len(self._plans):
                self._write_loop(w, self._plans[index], work)
        w.do("ret void")
        arguments = ", ".join(f"ptr noalias %{name}" for name in ("state", "parameter", "out"))
        head = f"define internal void @{self.name}({arguments})"
        declared = (
            f"@{plan.name}_table = external constant [{self._n_table(plan)} x {w.target.scalar}]"
            for plan in self._plans
        )
        return "\n".join([*declared, w.function(head)])

    # ------------------------------------------------------------------------------------------------------- planning

    def _plan_loops(self, outputs: Sequence[Scalar]) -> list[_Plan]:
        """The loops that the outputs need, in the order in which they were traced."""
        wanted = list(outputs)
        used: dict[int, set[int]] = {}
        for index in reversed(range(len(self._graph.loops))):
            used[index] = self._used_columns(f"loop{index}", wanted)
            if used[index]:
                wanted += [x for column in self._graph.loops[index].given for x in column]
        return [self._plan_loop(index, used[index]) for index in range(len(self._graph.loops)) if used[index]]

    def _used_columns(self, group: str, wanted: Sequence[Scalar]) -> set[int]:
        nodes = (self._graph.nodes[index] for index in self._graph.schedule(wanted))
        return {node[2][0] for node in nodes if node[0] == "input" and node[1] == group}

    def _plan_loop(self, index: int, used: set[int]) -> _Plan:
        loop = self._graph.loops[index]
        n_item = loop.n_item
        stores: list[Store] = []
        given = [self._place_column(column, stores) for column in loop.given]
        height = self._targets.height(n_item)
        first = self._reserve(len(used) * height)
        results = {column: first + rank * height for rank, column in enumerate(sorted(used))}
        for column, row in results.items():
            self._columns[tuple(self._graph.input(f"loop{index}", (column, i)).index for i in range(n_item))] = (
                WORK,
                row,
            )
        self._results[f"loop{index}"] = Columns({column: (WORK, row) for column, row in results.items()})
        return _Plan(f"{self.name}_loop{index}", loop, given, stores, results)

    def _place_column(self, column: Sequence[Scalar], stores: list[Store]) -> tuple[str, int]:
        """Where a column of arguments is: in the state or among results as it stands, or else where it will be put."""
        key = tuple(x.index if isinstance(x, Node) else x for x in column)
        if key not in self._columns:
            self._columns[key] = self._as_it_stands(column) or self._put(column, stores)
        return self._columns[key]

    def _as_it_stands(self, column: Sequence[Scalar]) -> tuple[str, int] | None:
        """The place of rows that follow each other in the state or the parameters."""
        if not all(isinstance(x, Node) for x in column):
            return None
        nodes = [self._graph.nodes[x.index] for x in column]
        group, row = nodes[0][1:] if nodes[0][0] == "input" else ("", 0)
        follows = (
            all(node == ("input", group, row + i) for i, node in enumerate(nodes)) if group in self._inputs else False
        )
        return (self._inputs[group].pointer, row) if follows else None

    def _put(self, column: Sequence[Scalar], stores: list[Store]) -> tuple[str, int]:
        height = self._targets.height(len(column))
        first = self._reserve(height)
        # Lanes without an item get the first one's numbers: whatever lies in memory could be slow to compute with.
        filled = [*column, *[column[0]] * (height - len(column))]
        stores.extend(Store(x, WORK, first + i) for i, x in enumerate(filled))
        return (WORK, first)

    def _reserve(self, n_row: int) -> int:
        """Rows of the working memory, from a multiple of the items in a vector on."""
        first = self._targets.height(self._n_row)
        self._n_row = first + n_row
        return first

    def _outputs(self, outputs: Sequence[Scalar]) -> list[Store]:
        return [Store(value, "%out", row) for row, value in enumerate(outputs)]

    def _plan_kept(self) -> tuple[dict[int, int], dict[int, int]]:
        """Nodes that one piece computes and a later one uses, with their rows; and the piece that computes a node."""
        computed_in: dict[int, int] = {}
        kept: dict[int, int] = {}
        for piece, stores in enumerate(self._pieces):
            for index in self._graph.schedule([store.value for store in stores], known=computed_in):
                if index in computed_in:
                    kept.setdefault(index, len(kept))
                elif self._graph.is_number(index):
                    computed_in[index] = piece
        first = self._reserve(len(kept))
        return {index: first + row for index, row in kept.items()}, computed_in

    # -------------------------------------------------------------------------------------------------------- writing

    def _write_piece(self, piece: int) -> str:
        known = {index: row for index, row in self._kept.items() if self._computed_in[index] < piece}
        own = [
            Store(Node(self._graph, index), WORK, row)
            for index, row in self._kept.items()
            if self._computed_in[index] == piece
        ]
        return emit_stores(
            f"{self.name}_{piece}",
            self._graph,
            [*self._pieces[piece], *own],
            self._inputs | {"kept": Rows(WORK)} | self._results,
            [*POINTERS[:-1], "%out"],
            self._targets.world,
            known=known,
        )

    def _write_item(self, plan: _Plan) -> str:
        """The function of some vectors of items, and the constants of all items, constant by constant."""
        targets, step = self._targets, self._targets.lanes
        unit = targets.world.vector
        height = targets.height(plan.loop.n_item)
        inputs = {
            "given": Columns(dict(enumerate(plan.given)), unit, step),
            "table": Rows("%table", height, unit, step),
        }
        stores = [Store(plan.loop.outputs[column], WORK, row, step) for column, row in plan.results.items()]
        function = emit_stores(
            plan.name,
            plan.loop.body,
            stores,
            inputs,
            POINTERS,
            targets.item,
            unit=unit,
            copies=self._copies(plan),
        )
        numbers = [x for column in plan.loop.table for x in (*column, *[column[0]] * (height - len(column)))] or [0.0]
        scalar = targets.item.scalar
        listed = ", ".join(f"{scalar} {targets.item.literal(number)}" for number in numbers)
        return f"@{plan.name}_table = constant [{len(numbers)} x {scalar}] [{listed}], align 64\n{function}"

    def _n_table(self, plan: _Plan) -> int:
        return max(len(plan.loop.table) * self._targets.height(plan.loop.n_item), 1)

    def _copies(self, plan: _Plan) -> int:
        return min(COPIES, self._targets.height(plan.loop.n_item) // self._targets.lanes)

    def _write_loop(self, w: FunctionWriter, plan: _Plan, work: str) -> None:
        """Turns of a loop; the last one goes back so far that it can compute all its copies."""
        lanes, copies = self._targets.lanes, self._copies(plan)
        n_vector = self._targets.height(plan.loop.n_item) // lanes
        with w.loop(-(-n_vector // copies)) as turn:
            wanted, latest = w.put(f"mul i64 {turn}, {copies}"), n_vector - copies
            within = w.put(f"icmp slt i64 {wanted}, {latest}")
            item = w.put(f"mul i64 {w.put(f'select i1 {within}, i64 {wanted}, i64 {latest}')}, {lanes}")
            rows = [w.row(memory, item) for memory in ("%state", "%parameter", work, f"@{plan.name}_table")]
            w.do(f"call void @{plan.name}({', '.join(f'ptr {row}' for row in rows)})")
