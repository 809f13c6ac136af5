"""What a learner remembers as flat named arrays, as `Learner.state` gives it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

OF_PARTS = "part."
"""What the names of arrays begin with that are of what takes part in learning, such as predictors"""


def named_leaves(tree: Any) -> dict[str, Any]:
    """The arrays of a tree by the path that leads to each."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {jax.tree_util.keystr(path, simple=True, separator="."): leaf for path, leaf in leaves}


def with_leaves(tree: Any, named: Mapping[str, NDArray]) -> Any:
    """The same tree with other arrays, given by the names of `named_leaves`."""
    leaves = [jnp.array(named[name]) for name in named_leaves(tree)]
    return jax.tree.unflatten(jax.tree.structure(tree), leaves)


def to_numpy(tree: Any) -> Any:
    """A copy of a tree of arrays that no update changes."""
    return jax.tree.map(np.array, tree)


def prefixed(prefix: str, arrays: Mapping[str, Any]) -> dict[str, NDArray]:
    """Arrays, copied, under longer names."""
    return {prefix + name: np.array(array) for name, array in arrays.items()}


def part_of(state: Mapping[str, NDArray], prefix: str) -> dict[str, NDArray]:
    """The arrays whose names begin so, under what follows."""
    return {name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)}


def check_shapes(state: Mapping[str, NDArray], expected: Mapping[str, tuple[int, ...] | None]) -> None:
    """Refuse the state of another configuration, naming the first array that does not fit; None is any shape."""
    for name in sorted(expected.keys() | state.keys()):
        given = state[name].shape if name in state else "nothing"
        needed = expected.get(name, "nothing")
        if given != needed and not (needed is None and name in state):
            wanted = "any" if needed is None else needed
            raise ValueError(
                f"{name} has shape {given}, this learner needs {wanted}: load into the configuration that saved it"
            )


def to_bytes(value: Any) -> NDArray[np.uint8]:
    """What JSON can hold, as an array."""
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def from_bytes(array: NDArray[np.uint8]) -> Any:
    """What `to_bytes` was given."""
    return json.loads(array.tobytes())
