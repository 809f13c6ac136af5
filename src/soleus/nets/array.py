"""The one type of everything that acts in NumPy and learns in JAX with the same code."""

from __future__ import annotations

from typing import Any

Array = Any
"""An array of NumPy or of JAX; `x.__array_namespace__()` gives the functions of its own kind"""
