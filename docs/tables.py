"""Renews the tables of the pages that come from code: `python docs/tables.py`. A test holds the pages to it.

A line `<!-- fields: TASK -->` is followed by the fields of the task under its graded rules, up to the line
`<!-- end of fields -->`.
"""

from __future__ import annotations

import re
from pathlib import Path

from soleus.command.tasks import layout_tables
from soleus.task.registry import find_task

BLOCK = re.compile(r"<!-- fields: (\w+) -->\n(?:.*?<!-- end of fields -->\n)?", re.DOTALL)


def renewed(page: str) -> str:
    """The text of a page with its tables as the code has them now."""
    return BLOCK.sub(lambda block: _fields(block[1]), page)


def _fields(task: str) -> str:
    parts = [
        f"### The {table.title}\n\n{table.markdown()}\n" for table in layout_tables(find_task(task).config().build())
    ]
    tables = "\n".join(parts)
    return f"<!-- fields: {task} -->\n\n{tables}\n<!-- end of fields -->\n"


def main() -> None:
    """Renew all pages beside this file."""
    for file in sorted(Path(__file__).parent.glob("*.md")):
        file.write_text(renewed(file.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
