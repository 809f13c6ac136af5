"""`soleus policies`"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from tyro.conf import Positional

from soleus.command.parse import parse
from soleus.run.shipped import Card, read_card, shipped_names


@dataclass(frozen=True)
class PoliciesOptions:
    name: Positional[str | None] = None
    """A policy, to see its card."""


def policies(arguments: Sequence[str], console: Console) -> None:
    """List the trained policies that come with Soleus, or show the card of one. Their names can be
    evaluated, filmed and exported like runs.

    soleus policies

    soleus policies sprinter

    soleus evaluate sprinter --engine fast
    """
    options = parse(PoliciesOptions, "policies", policies.__doc__, arguments)
    if options.name is not None:
        _show(options.name, read_card(options.name), console)
        return
    table = Table("policy", "distance [m]", "falls", "what")
    for name in shipped_names():
        card = read_card(name)
        best = card.judged[0]
        table.add_row(name, f"{best.mean:.1f}", f"{best.falls} of {best.episodes}", card.summary)
    console.print(table)
    console.print("play one: soleus evaluate NAME, soleus video NAME; its card: soleus policies NAME", highlight=False)


def _show(name: str, card: Card, console: Console) -> None:
    console.print(f"{name}: {card.summary}", highlight=False, markup=False)
    console.print(
        f"trained by: {card.command}\n{1e-6 * card.env_steps:.1f} million control steps, "
        f"{card.core_minutes:.0f} minutes of one core, Soleus at {card.commit}\n",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    table = Table("judged by", "episodes", "distance [m]", "sd", "falls", "given up", "score")
    for each in card.judged:
        numbers = f"{each.mean:.2f}", f"{each.deviation:.2f}", str(each.falls), str(each.failures)
        table.add_row(each.command, str(each.episodes), *numbers, "" if each.score is None else f"{each.score:.2f}")
    console.print(table)
