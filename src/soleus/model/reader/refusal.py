"""What a file holds and no engine of ours can simulate: collected, and then refused all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from soleus.model.spec import ModelError


@dataclass(frozen=True)
class Unsupported:
    """An element of an .osim file that no engine of ours can simulate."""

    element: str
    """Its name in the file, behind that of its owner if it has one."""
    kind: str
    """Its OpenSim class."""
    reason: str
    advice: str
    """What to do about it."""

    def __str__(self) -> str:
        return f"{self.element} ({self.kind}): {self.reason}; {self.advice}"


class UnsupportedModelError(ModelError):
    """A model holds elements that no engine of ours can simulate; `elements` are all of them."""

    def __init__(self, file: Path, elements: Iterable[Unsupported]) -> None:
        self.elements = tuple(elements)
        lines = "".join(f"\n  {element}" for element in self.elements)
        super().__init__(f"{file} holds what Soleus cannot simulate:{lines}")


class Refusals:
    """Collects what is unsupported while a file is read on."""

    def __init__(self) -> None:
        self.elements: list[Unsupported] = []

    def add(self, element: Element, reason: str, advice: str, *, owner: str = "") -> None:
        name = element.get("name") or element.tag
        self.elements.append(Unsupported(f"{owner}/{name}" if owner else name, element.tag, reason, advice))

    def add_class(self, element: Element, supported: Iterable[str]) -> None:
        """An element of a class that is not among those that are supported in its place."""
        if element.tag.endswith("Muscle"):
            advice = "make it a Thelen2003Muscle"
        elif element.tag.endswith("Joint"):
            advice = "make it a CustomJoint"
        elif element.tag.endswith("Actuator"):
            advice = "remove it, for muscles alone move these bodies"
        else:
            advice = f"remove it, or use one of {', '.join(supported)}"
        self.add(element, f"there is no {element.tag} in Soleus", advice)

    def check(self, file: Path) -> None:
        """Raise UnsupportedModelError if anything was refused."""
        if self.elements:
            raise UnsupportedModelError(file, self.elements)
