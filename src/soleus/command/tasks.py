"""`soleus tasks`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Annotated

from rich.console import Console
from rich.table import Table
from tyro.conf import Positional, arg

from soleus.command.parse import parse
from soleus.report.table import TextTable
from soleus.task.base import Task
from soleus.task.layout import Field, Layout
from soleus.task.registry import TASKS, Entry, MuscleConfig, find_task
from soleus.task.run2017 import Run2017Config


@dataclass(frozen=True)
class TasksOptions:
    name: Positional[str | None] = None
    """A task, to see its rules and what it observes and moves."""
    rules: Annotated[MuscleConfig, arg(name="task")] = field(default_factory=Run2017Config)
    """Rules, which decide what is observed; by default those of the graded final."""
    markdown: bool = False
    """Print the observation and the action as tables for a page."""


def tasks(arguments: Sequence[str], console: Console) -> None:
    """List the tasks, or the rules of one, and every named quantity that it observes and moves.

    soleus tasks

    soleus tasks walk2019

    soleus tasks prosthetics2018 --task.no-prosthesis
    """
    name = arguments[0] if arguments and not arguments[0].startswith("-") else None
    default = TasksOptions(name, find_task(name).config() if name else Run2017Config())
    options = parse(TasksOptions, "tasks", tasks.__doc__, arguments, default)
    if name is None:
        table = Table("task", "Gymnasium id", "engine", "what")
        for known, entry in TASKS.items():
            table.add_row(known, entry.gymnasium_id, entry.engine, entry.summary)
        console.print(table)
        return
    task = options.rules.build()
    tables = layout_tables(task)
    if options.markdown:
        console.print("\n\n".join(table.markdown() for table in tables), markup=False, highlight=False, soft_wrap=True)
        return
    _describe(find_task(name), task, options.rules, console)
    console.print(*tables)


def layout_tables(task: Task) -> tuple[TextTable, TextTable]:
    """Every number that a task observes, and every one that it moves."""
    return (
        _layout_table(f"observation, {len(task.observation)} numbers", task.observation, task.mirror_fault is None),
        _layout_table(
            f"action, {len(task.excitation)} excitations in [0, 1]", task.excitation, task.mirror_fault is None
        ),
    )


def _describe(entry: Entry, task: Task, rules: MuscleConfig, console: Console) -> None:
    """What a task is, before its fields."""
    time = f"{task.time_limit} control steps of 10 ms at most"
    console.print(f"{entry.summary}\n{entry.gymnasium_id}, {time}, engine {entry.engine}", highlight=False)
    mirror = "left and right can be exchanged" if task.mirror_fault is None else f"no mirror: {task.mirror_fault}"
    console.print(f"body {task.model.name}; {mirror}", highlight=False)
    values = ", ".join(f"{item.name}={getattr(rules.resolved, item.name)!r}" for item in fields(rules))
    console.print(f"rules: {values}", highlight=False)
    console.print(f"(`soleus evaluate --help --task {task.name}` explains each of them)\n", highlight=False)


def _layout_table(title: str, layout: Layout, mirrors: bool) -> TextTable:
    """The mirror column names the partner on the other side, with a minus where the number changes its sign."""
    header = ("index", "name", "unit", "mirror") if mirrors else ("index", "name", "unit")
    rows = tuple((str(index), item.name, item.unit, _mirror(item)) for index, item in enumerate(layout.fields))
    return TextTable(title, header, tuple(row[: len(header)] for row in rows), n_text=len(header))


def _mirror(item: Field) -> str:
    return ("-" if item.mirror_sign < 0 else "") + (item.mirror or "")
