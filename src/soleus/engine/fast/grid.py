"""Functions of many worlds and many points, compiled: what a task sees around each body, for one.

A lane is a world; the points take turns. The function is written once over Operations, as the equations are. In
float32, as observations are.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array
from soleus.engine.fast.compile import Library, compile_object, widest
from soleus.engine.fast.emit import Rows, Store, emit_stores
from soleus.engine.fast.graph import Graph
from soleus.engine.fast.instruction import declarations
from soleus.engine.fast.kernel import LoopWriter
from soleus.engine.fast.operations import Operations, Scalar
from soleus.engine.fast.target import Target

PointFunction = Callable[[Operations, Sequence[Scalar], Sequence[Scalar]], Sequence[Scalar]]
"""Operations, the numbers of a world, the numbers of a point -> outputs."""
ALIGNMENT = 64
"""Of the longest vectors [bytes]."""


class Grid:
    """A function at each of some points, for many worlds."""

    def __init__(self, function: PointFunction, n_number: int, points: Array) -> None:
        """Args:
        function: to compile.
        n_number: numbers that it takes of each world.
        points: shape (n_point, n); the same in all worlds.
        """
        self._target = widest("float32")
        graph = Graph()
        world, point = graph.inputs("world", n_number), graph.inputs("point", points.shape[1])
        outputs = list(function(graph, world, point))
        self._n_number, self._n_point, self._n_output = n_number, len(points), len(outputs)
        code = _program(graph, outputs, self._target, n_number, points.shape)
        self._library = Library(compile_object(*code))
        self._points = _aligned((*points.shape, self._target.width))
        self._points[:] = points[:, :, None]

    def __call__(self, numbers: Array, out: Array) -> None:
        """Evaluate.

        Args:
            numbers: of each world, shape (n_world, n_number).
            out: where the outputs go, shape (n_world, n_output * n_point): all points of the first output come first.
        """
        n_world, width = len(numbers), self._target.width
        n_block = -(-n_world // width)
        given = _aligned((n_block, self._n_number, width))
        lanes = np.empty((n_block * width, self._n_number), dtype=np.float32)
        lanes[:n_world], lanes[n_world:] = numbers, numbers[-1]
        given[:] = lanes.reshape(n_block, width, self._n_number).swapaxes(1, 2)
        found = _aligned((n_block, self._n_output * self._n_point, width))
        addresses = given.ctypes.data, self._points.ctypes.data, found.ctypes.data, n_block
        job = (ctypes.c_int64 * len(addresses))(*addresses)
        self._library.function("grid")(ctypes.addressof(job))
        full, rest = divmod(n_world, width)
        by_world = found.swapaxes(1, 2)
        out[: full * width].reshape(full, width, out.shape[1])[:] = by_world[:full]
        out[full * width :] = by_world[full, :rest] if rest else 0.0


def _program(
    graph: Graph, outputs: Sequence[Scalar], target: Target, n_number: int, shape: tuple[int, ...]
) -> list[str]:
    """IR of the loops, and of the function that they call."""
    n_point, n_column = shape
    stores = [Store(value, "%out", row * n_point) for row, value in enumerate(outputs)]
    inputs = {"world": Rows("%world"), "point": Rows("%point")}
    traced = emit_stores("point", graph, stores, inputs, ["%world", "%point", "%out"], target)
    w = LoopWriter(target)
    world, points, out, n_block = (
        w.put(f"load {kind}, ptr {w.item('%job', 'i64', place)}")
        for place, kind in enumerate(("ptr", "ptr", "ptr", "i64"))
    )
    with w.loop(n_block) as block:
        own_world = w.row(world, w.put(f"mul i64 {block}, {n_number}"))
        own_out = w.row(out, w.put(f"mul i64 {block}, {len(outputs) * n_point}"))
        with w.loop(n_point) as place:
            point = w.row(points, w.put(f"mul i64 {place}, {n_column}"))
            w.do(f"call void @point(ptr {own_world}, ptr {point}, ptr {w.row(own_out, place)})")
    w.do("ret void")
    attributes = "attributes #0 = { nounwind noinline }"
    intrinsics = declarations(target)
    loops = [
        *intrinsics,
        "declare void @point(ptr, ptr, ptr)",
        w.function("define void @grid(ptr noalias %job)"),
        attributes,
    ]
    return ["\n".join(loops), "\n".join([*intrinsics, traced, attributes])]


def _aligned(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Memory that begins where vectors may; what was in it is still there."""
    n = int(np.prod(shape))
    memory = np.empty(n + ALIGNMENT // 4, dtype=np.float32)
    first = -memory.ctypes.data % ALIGNMENT // 4
    return memory[first : first + n].reshape(shape)
