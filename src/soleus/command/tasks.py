"""`soleus tasks`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from tyro.conf import Positional

from soleus.command.parse import parse
from soleus.task.layout import Layout
from soleus.task.registry import TASKS, Entry, find_task


@dataclass(frozen=True)
class TasksOptions:
    name: Positional[str | None] = None
    """A task, to see what it observes and moves."""


def tasks(arguments: Sequence[str], console: Console) -> None:
    """List the tasks, or every named quantity that one observes and moves.

    soleus tasks

    soleus tasks run2017
    """
    options = parse(TasksOptions, "tasks", tasks.__doc__, arguments)
    if options.name is None:
        table = Table("task", "Gymnasium id", "what")
        for name, entry in TASKS.items():
            table.add_row(name, entry.gymnasium_id, entry.summary)
        console.print(table)
    else:
        _describe(find_task(options.name), console)


def _describe(entry: Entry, console: Console) -> None:
    task = entry.config().build()
    console.print(f"{entry.summary}\n{entry.gymnasium_id}, {task.max_episode_steps} control steps of 10 ms at most")
    console.print(_layout_table("observation", task.observation))
    console.print(_layout_table("action, excitations in [0, 1]", task.excitation))


def _layout_table(title: str, layout: Layout) -> Table:
    table = Table("index", "name", "unit", "mirror", title=title)
    for i, field in enumerate(layout.fields):
        sign = "-" if field.mirror_sign < 0 else ""
        table.add_row(str(i), field.name, field.unit, sign + (field.mirror or ""))
    return table
