"""Lets `from osim.env import ...` find the environments of this package."""

from __future__ import annotations

import pkgutil
import sys
from types import ModuleType
from typing import Any

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import ArrayLike

MARK = "__soleus__"
"""Attribute of our modules"""


def install() -> None:
    """Put modules called osim, osim.env, osim.env.osim, osim.env.run, osim.env.arm and a few more into this process.

    Other modules of osim-rl, such as osim.control, are still found where they lie.

    Raises:
        RuntimeError: osim-rl itself has been imported already.
    """
    present = sys.modules.get("osim")
    if present is not None and not hasattr(present, MARK):
        raise RuntimeError(
            f"osim-rl itself is imported already, from {getattr(present, '__file__', None)}; call install() before "
            "anything imports osim"
        )
    classes = _classes()
    osim = _module("osim", {})
    osim.__path__ = pkgutil.extend_path([], "osim")
    env = _module("osim.env", classes)
    env.__path__ = []
    osim.env = env  # pyright: ignore[reportAttributeAccessIssue] - a module takes any name
    for name in ("osim", "run", "arm"):
        setattr(env, name, _module(f"osim.env.{name}", classes))
    utils = _module("osim.env.utils", {})
    utils.__path__ = []
    _module("osim.env.utils.mygym", {"convert_to_gym": convert_to_gym})


def convert_to_gym(space: tuple[ArrayLike, ArrayLike]) -> Box:
    """The space between lows and highs."""
    low, high = (np.asarray(limits, dtype=np.float32) for limits in space)
    return Box(low, high)


def _module(name: str, contents: dict[str, Any]) -> ModuleType:
    module = ModuleType(name, "Environments of Soleus under osim-rl's names.")
    vars(module).update(contents, **{MARK: True})
    sys.modules[name] = module
    return module


def _classes() -> dict[str, Any]:
    from soleus.compat import osim_rl

    return {name: getattr(osim_rl, name) for name in osim_rl.__all__ if name != "install"}
