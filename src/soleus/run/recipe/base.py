"""A recipe: a named set-up of a run, its variants, and the defects of the code that it was published with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import final

from soleus.run.config import RunConfig
from soleus.run.error import RunError
from soleus.task.near import meant

Change = Callable[[RunConfig], RunConfig]
"""One set-up -> another one"""


@final
@dataclass(frozen=True)
class Variant:
    """What else was tried with a recipe."""

    change: Change
    summary: str


@final
@dataclass(frozen=True)
class Recipe:
    """A named set-up of a run."""

    build: Callable[[str, str | None], RunConfig]
    """Task name, engine name (None for the task's usual one) -> config; RunError for a task that it does not fit"""
    summary: str
    task: str = "run2017"
    """The task that it is for, if none is named"""
    variants: Mapping[str, Variant] = field(default_factory=dict)
    """By name"""
    publish: Change | None = None
    """Brings back the defects of the author's code; None where nothing was corrected"""

    def config(
        self, task: str | None = None, engine: str | None = None, variant: str | None = None, as_published: bool = False
    ) -> RunConfig:
        """The set-up.

        Args:
            task: name of a task; None for the recipe's own.
            engine: name of an engine; None for the task's usual one.
            variant: name of a variant; None for the recipe itself.
            as_published: whether to bring back what was wrong in the author's code, to compare with.

        Raises:
            RunError: for a task, a variant or a switch that the recipe has not, with those that it has.
        """
        config = self.build(task or self.task, engine)
        if variant is not None:
            config = self._variant(variant).change(config)
        if not as_published:
            return config
        published = config if self.publish is None else self.publish(config)
        if published == config:
            what = "recipe" if variant is None else f"variant {variant!r}"
            raise RunError(f"this {what} corrects no defect of published code; leave out --as-published")
        return published

    def _variant(self, name: str) -> Variant:
        if name not in self.variants:
            known = f"its variants are {', '.join(self.variants)}" if self.variants else "this recipe has none"
            raise RunError(f"unknown variant {name!r}{meant(name, self.variants)}; {known}")
        return self.variants[name]
