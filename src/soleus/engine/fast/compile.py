"""LLVM IR -> machine code of this processor, by llvmlite."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

from soleus.engine.fast.target import Precision, Target

LANES = (("avx512f", 64), ("avx2", 32), ("sse2", 16), ("neon", 16))
"""Processor feature -> bytes of its vectors, widest first."""


@cache
def _llvm() -> Any:
    """llvmlite, ready for this processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def processor() -> tuple[str, frozenset[str]]:
    """Name and features of this processor, as LLVM has them."""
    llvm = _llvm()
    return llvm.get_host_cpu_name(), frozenset(name for name, on in llvm.get_host_cpu_features().items() if on)


def widest(precision: Precision) -> Target:
    """The target that fills this processor's vectors."""
    _, features = processor()
    size = next((size for feature, size in LANES if feature in features), 16)
    return target_of(precision, size // (8 if precision == "float64" else 4))


def target_of(precision: Precision, width: int) -> Target:
    """A target of some width on this processor."""
    _, features = processor()
    return Target(precision, width, fused=bool(features & {"fma", "neon"}))


def compile_object(kernel: str, traced: str = "") -> bytes:
    """Machine code for IR, as the bytes of an object file.

    Args:
        kernel: module of loops and branches, which LLVM's passes improve.
        traced: module of long functions without any, which they would only take long over.
    """
    llvm = _llvm()
    machine = _machine()
    module = llvm.parse_assembly(kernel)
    module.verify()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    builder.getModulePassManager().run(module, builder)
    if traced:
        equations = llvm.parse_assembly(traced)
        equations.verify()
        module.link_in(equations)
    return machine.emit_object(module)


class Library:
    """Machine code in memory; its functions live as long as it does."""

    def __init__(self, code: bytes) -> None:
        llvm = _llvm()
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self._functions: dict[str, Any] = {}

    def function(self, name: str) -> Any:
        """A function of one pointer; calling it releases the GIL."""
        if name not in self._functions:
            address = self._engine.get_function_address(name)
            self._functions[name] = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)
        return self._functions[name]


def _machine() -> Any:
    llvm = _llvm()
    name, features = processor()
    flags = ",".join([*(f"+{feature}" for feature in sorted(features)), "-prefer-256-bit"])
    # The small code model would abort the process whenever code and constants are put more than 2 GB apart.
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=name, features=flags, opt=2, reloc="pic", codemodel="large", jit=True
    )
