"""Functions that bring numbers of any size near to 1."""

from __future__ import annotations

from soleus.engine.base import Array


def signed_root(x: Array) -> Array:
    """sign(x) sqrt(|x|): keeps a blow from drowning everything else, and makes what is small larger."""
    xp = x.__array_namespace__()
    return xp.sign(x) * xp.sqrt(xp.abs(x))


def tamed(x: Array) -> Array:
    """What is within [-1, 1] as it is, and the signed root of what is not."""
    xp = x.__array_namespace__()
    return xp.where(xp.abs(x) > 1.0, signed_root(x), x)


def softsign(x: Array) -> Array:
    """Brings x into [-1, 1], as x / (1 + |x|)."""
    return x / (1.0 + abs(x))
