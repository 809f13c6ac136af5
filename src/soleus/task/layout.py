"""Named fields of an observation or action vector: what each number is, its unit, and its mirror partner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from soleus.model import partner_name


@dataclass(frozen=True)
class Field:
    """One number of a vector."""

    name: str
    unit: str
    mirror: str | None = None
    """Name of the field that holds this quantity of the other side; None for a field in the middle"""
    mirror_sign: float = 1.0
    """-1 for a quantity that changes sign in the mirror, as lateral ones do"""
    forward_position: bool = False
    """A forward position in ground, which grows as the runner runs"""


@dataclass(frozen=True)
class Layout:
    """The fields of a vector, in order."""

    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        twice = next((name for i, name in enumerate(self.names) if name in self.names[:i]), None)
        if twice is not None:
            raise ValueError(f"field names must differ, and {twice!r} is named twice among {len(self)}")

    def __len__(self) -> int:
        return len(self.fields)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def index(self, *names: str) -> NDArray[np.intp]:
        """Places of the named fields in the vector."""
        missing = [name for name in names if name not in self.names]
        if missing:
            near = get_close_matches(missing[0], self.names) or [*self.names[:3], "..."]
            raise ValueError(f"no field {', '.join(missing)}; there are {len(self)}, such as {', '.join(near)}")
        return np.array([self.names.index(name) for name in names], dtype=np.intp)

    @cached_property
    def mirror_fault(self) -> str | None:
        """Why the vector has no mirror image; None if it has one."""
        names = set(self.names)
        alone = (field for field in self.fields if field.mirror is not None and field.mirror not in names)
        return next((f"{field.name} has no partner {field.mirror}" for field in alone), None)

    @cached_property
    def mirror_index(self) -> NDArray[np.intp]:
        """Mirrored = vector[..., mirror_index] * mirror_sign; ValueError where there is no mirror image."""
        if self.mirror_fault is not None:
            raise ValueError(f"there is no mirror image: {self.mirror_fault}; use nothing that mirrors here")
        return self.index(*(field.mirror or field.name for field in self.fields))

    @cached_property
    def mirror_sign(self) -> NDArray[np.float32]:
        return np.array([field.mirror_sign for field in self.fields], dtype=np.float32)

    @cached_property
    def forward_positions(self) -> NDArray[np.intp]:
        """Places of the forward positions in ground."""
        return np.array([i for i, field in enumerate(self.fields) if field.forward_position], dtype=np.intp)


def mirror_name(name: str) -> str | None:
    """The name of the same quantity on the other leg; None for one in the middle."""
    words = " ".join(partner_name(word) for word in name.split(" "))
    return None if words == name else words


def fields(names: Sequence[str], unit: str, *, forward_position: bool = False) -> tuple[Field, ...]:
    """Fields of one unit, mirror partners by name."""
    return tuple(Field(name, unit, mirror_name(name), forward_position=forward_position) for name in names)


def renamed(originals: Iterable[Field], call: Callable[[str], str]) -> tuple[Field, ...]:
    """The same fields by other names, mirror partners too."""
    return tuple(
        replace(field, name=call(field.name), mirror=field.mirror and call(field.mirror)) for field in originals
    )
