"""Renews the tables of the pages that come from code: `python docs/tables.py`. A test holds the pages to it.

A line `<!-- fields: TASK -->` is followed by the fields of the task under its graded rules, up to the line
`<!-- end of fields -->`, and a line `<!-- rewards -->` by the reward terms, up to `<!-- end of rewards -->`.
"""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from soleus.command.tasks import layout_tables
from soleus.task.base import Task
from soleus.task.bonus import RewardConfig, bonus_summary, build_bonus
from soleus.task.registry import TASKS, find_task

REWARDS = re.compile(r"<!-- rewards -->\n(?:.*?<!-- end of rewards -->\n)?", re.DOTALL)
BLOCK = re.compile(r"<!-- fields: (\w+) -->\n(?:.*?<!-- end of fields -->\n)?", re.DOTALL)


def renewed(page: str) -> str:
    """The text of a page with its tables as the code has them now."""
    return REWARDS.sub(lambda block: _rewards(), BLOCK.sub(lambda block: _fields(block[1]), page))


def _fields(task: str) -> str:
    parts = [
        f"### The {table.title}\n\n{table.markdown()}\n" for table in layout_tables(find_task(task).config().build())
    ]
    tables = "\n".join(parts)
    return f"<!-- fields: {task} -->\n\n{tables}\n<!-- end of fields -->\n"


def _rewards() -> str:
    """Every term: what it pays at weight 1, and on which tasks as they are graded."""
    tasks = [entry.config().build() for entry in TASKS.values()]
    rows = ["| term | at weight 1 | tasks |", "| --- | --- | --- |"]
    for name in (item.name for item in fields(RewardConfig)):
        found = [task.name for task in tasks if _pays(name, task)]
        where = "all" if len(found) == len(tasks) else ", ".join(found)
        summary = bonus_summary(name).replace("|", "\\|")
        rows.append(f"| `{name}` | {summary} | {where} |")
    return "<!-- rewards -->\n\n" + "\n".join(rows) + "\n\n<!-- end of rewards -->\n"


def _pays(name: str, task: Task) -> bool:
    try:
        build_bonus(name, task, 0.0)
    except ValueError:
        return False
    return True


def main() -> None:
    """Renew all pages beside this file."""
    for file in sorted(Path(__file__).parent.glob("*.md")):
        file.write_text(renewed(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
