"""How JAX is set up for learning: one thread, and compiled code kept between runs."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import jax


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


def _cache_folder() -> Path:
    """Apart for each host: homes are shared between machines, compiled code is for one kind of processor."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "soleus" / "jax" / platform.node()
