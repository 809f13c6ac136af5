"""`soleus tasks`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Annotated

from rich.console import Console
from rich.table import Table
from tyro.conf import Positional, arg

from soleus.command.parse import first_word, parse
from soleus.report.table import TextTable
from soleus.task.base import Task
from soleus.task.foreign import Bounds, GymnasiumConfig, GymnasiumTask
from soleus.task.layout import Field, Layout
from soleus.task.registry import TASKS, MuscleConfig, TaskConfig, default_rules, find_task
from soleus.task.run2017 import Run2017Config


@dataclass(frozen=True)
class TasksOptions:
    name: Positional[str | None] = None
    """A task, ours or an id of Gymnasium, to see its rules and what it observes and moves."""
    rules: Annotated[TaskConfig, arg(name="task")] = field(default_factory=Run2017Config)
    """Rules, which decide what is observed; by default those of the graded final."""
    markdown: bool = False
    """Print the observation and the action as tables for a page."""


def tasks(arguments: Sequence[str], console: Console) -> None:
    """List the tasks, or the rules of one, and every named quantity that it observes and moves.

    soleus tasks

    soleus tasks walk2019

    soleus tasks prosthetics2018 --task.no-prosthesis

    soleus tasks Pendulum-v1
    """
    name = first_word(arguments)
    if name is None and arguments and not {"-h", "--help"} & set(arguments):
        raise ValueError(f"{arguments[0]} is about one task; name it first: soleus tasks run2017 {arguments[0]} ...")
    default = TasksOptions(name, default_rules(name) if name else Run2017Config())
    options = parse(TasksOptions, "tasks", tasks.__doc__, arguments, default)
    if name is None:
        table = Table("task", "Gymnasium id", "engine", "what")
        for known, entry in TASKS.items():
            table.add_row(known, entry.gymnasium_id, entry.engine, entry.summary)
        console.print(table)
        console.print("and every task of Gymnasium with numbers to observe and to move, such as Pendulum-v1")
        return
    rules = options.rules
    words, tables = _foreign(rules) if isinstance(rules, GymnasiumConfig) else _ours(name, rules)
    if options.markdown:
        console.print("\n\n".join(table.markdown() for table in tables), markup=False, highlight=False, soft_wrap=True)
        return
    console.print(words, highlight=False, markup=False)
    hint = f"(`soleus train {name}` learns it, and with --help explains every rule)\n"
    console.print(hint, highlight=False, markup=False)
    console.print(*tables)


def layout_tables(task: Task) -> tuple[TextTable, TextTable]:
    """Every number that a task observes, and every one that it moves."""
    return (
        _layout_table(f"observation, {len(task.observation)} numbers", task.observation, task.mirror_fault is None),
        _layout_table(
            f"action, {len(task.excitation)} excitations in [0, 1]", task.excitation, task.mirror_fault is None
        ),
    )


def bounds_tables(task: GymnasiumTask) -> tuple[TextTable, TextTable]:
    """The same of a task of Gymnasium, which names none of them and tells where they end."""
    return (
        _bounds_table(f"observation, {_numbers(task.observation)}", task.observation, task.observation_bounds),
        _bounds_table(f"action, {_numbers(task.action)}, learnt in [-1, 1]", task.action, task.action_bounds),
    )


def _ours(name: str, rules: MuscleConfig) -> tuple[str, tuple[TextTable, TextTable]]:
    """What a task of ours is, and its fields."""
    entry, task = find_task(name), rules.build()
    mirror = "left and right can be exchanged" if task.mirror_fault is None else f"no mirror: {task.mirror_fault}"
    words = (
        entry.summary,
        f"{entry.gymnasium_id}, {task.time_limit} control steps of 10 ms at most, engine {entry.engine}",
        f"body {task.model.name}; {mirror}",
        _values(rules.resolved),
    )
    return "\n".join(words), layout_tables(task)


def _foreign(rules: GymnasiumConfig) -> tuple[str, tuple[TextTable, TextTable]]:
    """The same of a task of Gymnasium."""
    task = rules.build()
    words = (
        f"{task.name}, a task of Gymnasium, {task.time_limit} steps at most",
        f"no mirror: {task.mirror_fault}",
        _values(rules),
    )
    return "\n".join(words), bounds_tables(task)


def _values(rules: TaskConfig) -> str:
    return "rules: " + ", ".join(f"{item.name}={getattr(rules, item.name)!r}" for item in fields(rules))


def _layout_table(title: str, layout: Layout, mirrors: bool) -> TextTable:
    """The mirror column names the partner on the other side, with a minus where the number changes its sign."""
    header = ("index", "name", "unit", "mirror") if mirrors else ("index", "name", "unit")
    rows = tuple((str(index), item.name, item.unit, _mirror(item)) for index, item in enumerate(layout.fields))
    return TextTable(title, header, tuple(row[: len(header)] for row in rows), n_text=len(header))


def _bounds_table(title: str, layout: Layout, bounds: Bounds) -> TextTable:
    rows = tuple((str(i), item.name, *(f"{end:g}" for end in bounds[i])) for i, item in enumerate(layout.fields))
    return TextTable(title, ("index", "name", "lowest", "highest"), rows, n_text=2)


def _numbers(layout: Layout) -> str:
    return "1 number" if len(layout) == 1 else f"{len(layout)} numbers"


def _mirror(item: Field) -> str:
    return ("-" if item.mirror_sign < 0 else "") + (item.mirror or "")
