"""How JAX is set up for learning: one thread, and compiled code kept between runs."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jax

OPTIONS = {
    "xla_cpu_experimental_ynn_fusion_type": "",
    "xla_cpu_scheduler_type": "CPU_SCHEDULER_TYPE_MEMORY_OPTIMIZED",
}
"""What XLA is asked for when it compiles updates: products of matrices by Eigen instead of YNNPACK, which takes an
eighth longer for them; and work in the order that needs least memory, so that more of it is found in the cache"""


def prepare_jax(n_thread: int = 1) -> None:
    """Set JAX up, before anything is computed with it; what the user's environment says wins, and then the first call.

    XLA sizes its thread pool at the first computation. One thread leaves the other cores to worlds that are simulated
    at the same time: threads that share cores with simulators cost more than they give. `PJRT_NPROC=2` in the
    environment asks for two.
    """
    os.environ.setdefault("PJRT_NPROC", str(n_thread))
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        jax.config.update("jax_compilation_cache_dir", str(_cache_folder()))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`jax.jit` of a function, with those of OPTIONS that this version of XLA knows."""
    return jax.jit(function, compiler_options=_known_options())


@cache
def _known_options() -> dict[str, str]:
    return {name: value for name, value in OPTIONS.items() if _is_known(name, value)}


def _is_known(name: str, value: str) -> bool:
    try:
        jax.jit(lambda x: x, compiler_options={name: value}).lower(0.0).compile()
    except jax.errors.JaxRuntimeError:
        return False
    return True


def _cache_folder() -> Path:
    """Apart for each host: homes are shared between machines, compiled code is for one kind of processor."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "soleus" / "jax" / platform.node()
