"""Fibre lengths that balance the tendons of many worlds: Thelen2003Muscle::computeInitialFiberEquilibrium.

The search itself is in `fiber_search.py`. Its lanes do not see each other, so a muscle's answer is the same to the bit
in any company and on vectors of any width.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.engine.fast.compile import Library, compile_object, widest
from soleus.engine.fast.emit import Rows, emit_function
from soleus.engine.fast.fiber_search import N_GIVEN, NEGLIGIBLE, Equilibrium, Lane, Search, advance_search
from soleus.engine.fast.graph import Graph
from soleus.engine.fast.instruction import declarations
from soleus.engine.fast.kernel import FunctionWriter
from soleus.engine.fast.layout import Layout
from soleus.engine.fast.muscle import MuscleConstants, least_fiber_length, muscle_constants
from soleus.engine.fast.operations import NumpyOperations, Scalar
from soleus.engine.fast.target import Target
from soleus.model.spec import Thelen2003Muscle

START_STRETCH = 1.01
"""Tendon length that a search begins with, over its slack length."""
N_SEARCH = len(Search._fields)
OUTCOME = Search._fields.index("outcome")


def find_equilibrium(
    muscles: Sequence[Thelen2003Muscle], activation: Array, length: Array, lengthening_speed: Array, strength: Array
) -> tuple[Array, NDArray[np.integer]]:
    """The fibre lengths that OpenSim would begin with.

    Args:
        muscles: n_muscle of them.
        activation: as in the state, which keeps it, shape (n_world, n_muscle) [1]; clamped here.
        length: of muscle and tendon, shape (n_world, n_muscle) [m].
        lengthening_speed: d length / dt, shape (n_world, n_muscle) [m/s].
        strength: factor on each maximum isometric force, shape (n_world, n_muscle) [1]. It changes the answer of a
            moving muscle a little, because OpenSim's tolerance for a velocity grows with the force.

    Returns:
        The fibre length [m], NaN where there is none, and an Equilibrium, both of shape (n_world, n_muscle). OpenSim's
        Model::equilibrateMuscles throws for a world in which any muscle has NOT_FOUND.
    """
    shape = np.shape(length)
    if not muscles:
        return np.empty(shape), np.empty(shape, dtype=np.int64)
    lanes, searches = prepare(tuple(muscles), activation, length, lengthening_speed, strength)
    _compiled_search()(lanes, searches)
    fiber_length, outcome = read(searches)
    return fiber_length.reshape(shape), outcome.reshape(shape)


def prepare(
    muscles: tuple[Thelen2003Muscle, ...], activation: Array, length: Array, lengthening_speed: Array, strength: Array
) -> tuple[Array, Array]:
    """What a search works on; arguments as for `find_equilibrium`.

    Returns:
        The rows of Lane and the fields of Search, shapes (n_lane, N_GIVEN) and (n_lane, N_SEARCH).
    """
    muscle = _constants(muscles)
    a = np.clip(activation, muscle.minimum_activation, 1.0)
    force = muscle.isometric_force * strength
    tolerance = np.maximum(1e-8 * force, 10.0 * NEGLIGIBLE)
    pace = 0.25 + 0.75 * a
    lane = Lane(
        activation=a,
        length=length,
        lengthening_speed=lengthening_speed,
        tolerance=tolerance / force,
        velocity_tolerance=tolerance / pace,
        least_stiffness=NEGLIGIBLE / force,
        seconds_per_metre=1.0 / (muscle.greatest_speed * pace),
        inverse_slope=1.0 / (1.0 + muscle.inverse_af),
        muscle=muscle,
    )
    search = Search.from_start(_first_length(muscle, length))
    return _lane_rows((*lane[:-1], *muscle), np.shape(length)), _lane_rows(search, np.shape(length))


def _first_length(muscle: MuscleConstants, length: Array) -> Array:
    """MuscleFixedWidthPennationModel::calcFiberLength for a tendon that is stretched a little [m]."""
    along_tendon = length - START_STRETCH / muscle.inverse_slack_length
    least_along_tendon = np.sqrt(np.maximum(muscle.least_length**2 - muscle.width**2, 0.0))
    pennated = np.sqrt(muscle.width**2 + along_tendon * along_tendon)
    return np.where(along_tendon >= least_along_tendon, pennated, muscle.least_length)


def read(searches: Array) -> tuple[Array, NDArray[np.integer]]:
    """Fibre length [m] and Equilibrium of searches that have ended, shape (n_lane,)."""
    search = Search(*searches.T)
    fiber_length = np.where(search.outcome == Equilibrium.NOT_FOUND, np.nan, search.fiber_length)
    return fiber_length, search.outcome.astype(np.int64)


def search_with_numpy(lanes: Array, searches: Array) -> None:
    """Search on NumPy arrays: the readable oracle, hundreds of times slower than a CompiledSearch.

    Args:
        lanes: from `prepare`.
        searches: from `prepare`; replaced by where the searches ended.
    """
    ops = NumpyOperations()
    searching = np.arange(len(lanes))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        while searching.size:
            search = advance_search(ops, Lane.from_rows(list(lanes[searching].T)), Search(*searches[searching].T))
            searches[searching] = _lane_rows(search, searching.shape)
            searching = searching[search.outcome == Equilibrium.SEARCHING]


class CompiledSearch:
    """The same in machine code, the same for all models; compiled in 0.1 s."""

    def __init__(self, target: Target) -> None:
        self._library = Library(compile_object(write_search(target)))
        self._search = self._library.function("search")

    def __call__(self, lanes: Array, searches: Array) -> None:
        """Search; arguments as for `search_with_numpy`."""
        job = np.array([len(lanes), lanes.ctypes.data, searches.ctypes.data], dtype=np.int64)
        self._search(job.ctypes.data)


@cache
def _compiled_search() -> CompiledSearch:
    return CompiledSearch(widest("float64"))


@lru_cache(maxsize=16)
def _constants(muscles: tuple[Thelen2003Muscle, ...]) -> MuscleConstants:
    """The numbers of all muscles, each of shape (n_muscle,)."""
    constants = MuscleConstants(*np.array([muscle_constants(muscle) for muscle in muscles]).T)
    # OpenSim's own, zero without pennation: a search that gets there stays, since no Newton step is defined at zero.
    return constants._replace(least_length=np.array([least_fiber_length(muscle) for muscle in muscles]))


def _lane_rows(fields: tuple[Scalar, ...], shape: tuple[int, ...]) -> Array:
    """A row for each lane, so that its numbers lie side by side."""
    rows = np.empty((*shape, len(fields)))
    for column, field in enumerate(fields):
        rows[..., column] = field
    return rows.reshape(-1, len(fields))


def write_search(target: Target) -> str:
    """LLVM IR of `search`, whose one argument points to the number of lanes and the addresses of lanes and searches."""
    graph = Graph()
    lane, search = Lane.from_rows(graph.inputs("lane", N_GIVEN)), Search(*graph.inputs("search", N_SEARCH))
    step = advance_search(graph, lane, search)
    return "\n".join(
        [
            *declarations(target),
            emit_function("try_length", graph, step, {"lane": Rows("%lane"), "search": Rows("%search")}, target),
            _search_function(target),
            "attributes #0 = { nounwind noinline }",
        ]
    )


def _search_function(target: Target) -> str:
    """Lanes take muscles, try lengths until the outcome is known, and take the next muscles."""
    w = FunctionWriter(target, Layout(0, 0, 0, 0))
    given, search, tried = w.rows(N_GIVEN), w.rows(N_SEARCH), w.rows(N_SEARCH)
    muscle = w.memory(f"[{target.width} x i64]")
    taken, n_working = w.memory("i64"), w.memory("i64")
    w.do(f"store i64 0, ptr {taken}")
    for rows, count in ((given, N_GIVEN), (search, N_SEARCH)):
        with w.loop(count) as row:
            w.store(w.number(0.0), rows, row)
    with w.loop(target.width) as lane:
        w.do(f"store i64 -1, ptr {w.item(muscle, 'i64', lane)}")
    top, on, done = w.label("top"), w.label("on"), w.label("done")
    w.place(top)
    w.do(f"store i64 0, ptr {n_working}")
    with w.loop(target.width) as lane:
        outcome = w.get(search, OUTCOME, lane)
        with w.when(w.put(f"fcmp one double {outcome}, {target.literal(float(Equilibrium.SEARCHING))}")):
            _exchange(w, given, search, muscle, taken, lane)
        one = w.put(f"zext i1 {_holds_one(w, muscle, lane)} to i64")
        w.do(f"store i64 {w.put(f'add i64 {_load(w, n_working)}, {one}')}, ptr {n_working}")
    w.do(f"br i1 {w.put(f'icmp eq i64 {_load(w, n_working)}, 0')}, label %{done}, label %{on}")
    w.begin(on)
    w.do(f"call void @try_length(ptr {given}, ptr {search}, ptr {tried})")
    with w.loop(N_SEARCH) as row:
        w.store(w.load(tried, row), search, row)
    w.do(f"br label %{top}")
    w.begin(done)
    w.do("ret void")
    return w.function("define void @search(ptr noalias %job)")


def _exchange(w: FunctionWriter, given: str, search: str, muscle: str, taken: str, lane: str) -> None:
    """Give back the muscle of a lane, if it holds one, and take the next, if there is one."""
    count = w.put("load i64, ptr %job")
    lanes, searches = (w.put(f"load ptr, ptr {w.item('%job', 'ptr', str(place))}") for place in (1, 2))
    place = w.item(muscle, "i64", lane)

    def of(array: str, index: str, size: int) -> str:
        return w.item(array, "double", w.put(f"mul i64 {index}, {size}"))

    with w.when(_holds_one(w, muscle, lane)):
        w.copy_out(search, 0, lane, of(searches, _load(w, place), N_SEARCH), N_SEARCH)
    w.do(f"store i64 -1, ptr {place}")
    following = _load(w, taken)
    with w.when(w.put(f"icmp slt i64 {following}, {count}")):
        w.do(f"store i64 {following}, ptr {place}")
        w.do(f"store i64 {w.put(f'add i64 {following}, 1')}, ptr {taken}")
        w.copy_in(of(lanes, following, N_GIVEN), N_GIVEN, given, 0, lane)
        w.copy_in(of(searches, following, N_SEARCH), N_SEARCH, search, 0, lane)


def _holds_one(w: FunctionWriter, muscle: str, lane: str) -> str:
    """An i1: whether a lane holds a muscle."""
    return w.put(f"icmp sge i64 {_load(w, w.item(muscle, 'i64', lane))}, 0")


def _load(w: FunctionWriter, address: str) -> str:
    return w.put(f"load i64, ptr {address}")
