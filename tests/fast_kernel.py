"""Small traced functions in machine code, for tests of the graph, the emitter and the steppers."""

import ctypes

import numpy as np

from soleus.engine.fast.compile import Library, compile_object
from soleus.engine.fast.emit import Rows, emit_function
from soleus.engine.fast.graph import Graph
from soleus.engine.fast.instruction import declarations

CALL = """
define void @run(ptr %job) {
%second = getelementptr ptr, ptr %job, i64 1
%input = load ptr, ptr %job
%out = load ptr, ptr %second
call void @traced(ptr %input, ptr %out)
ret void
}
attributes #0 = { nounwind noinline }
"""


def evaluate(function, target, *inputs):
    """What `function(graph, *nodes)` gives for arrays of inputs, all of one shape, in machine code.

    Returns:
        An array, or a list of arrays if the function gives a list.
    """
    graph = Graph()
    found = function(graph, *graph.inputs("input", len(inputs)))
    outputs = found if isinstance(found, list) else [found]
    body = emit_function("traced", graph, outputs, {"input": Rows("%input")}, target)
    library = Library(compile_object("\n".join([*declarations(target), body, CALL])))
    dtype = np.float64 if target.wide else np.float32
    flat = np.stack([np.asarray(values, dtype=dtype).ravel() for values in inputs])
    answers = np.empty((len(outputs), flat.shape[1]), dtype=dtype)
    given, said = aligned((len(inputs), target.width), dtype), aligned((len(outputs), target.width), dtype)
    job = (ctypes.c_void_p * 2)(given.ctypes.data, said.ctypes.data)
    for first in range(0, flat.shape[1], target.width):
        part = flat[:, first : first + target.width]
        given[:] = 1.0
        given[:, : part.shape[1]] = part
        library.function("run")(ctypes.addressof(job))
        answers[:, first : first + target.width] = said[:, : part.shape[1]]
    answers = [row.reshape(np.shape(inputs[0])) for row in answers]
    return answers if isinstance(found, list) else answers[0]


def aligned(shape, dtype):
    """Memory that begins where vectors may."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.zeros(size + 64, dtype=np.uint8)
    first = -memory.ctypes.data % 64
    return memory[first : first + size].view(dtype).reshape(shape)
