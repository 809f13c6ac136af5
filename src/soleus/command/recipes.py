"""`soleus recipes`"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from tyro.conf import Positional

from soleus.command.parse import parse
from soleus.learner.registry import learner_name
from soleus.run.config import RunConfig, to_json
from soleus.run.recipe import RECIPES, Recipe, find_recipe, plain, with_learner
from soleus.task.registry import task_name


@dataclass(frozen=True)
class RecipesOptions:
    name: Positional[str | None] = None
    """A recipe, to see its variants and all that it sets."""
    variant: str | None = None
    """One of its variants, to see what that sets."""
    as_published: bool = False
    """With the defects of the author's code, to see what those set."""


def recipes(arguments: Sequence[str], console: Console) -> None:
    """List the recipes, or the variants of one and its settings where they are not the defaults.

    soleus recipes

    soleus recipes demo
    """
    options = parse(RecipesOptions, "recipes", recipes.__doc__, arguments)
    if options.name is not None:
        _show(options, find_recipe(options.name), console)
        return
    if options.variant is not None:
        raise ValueError(
            f"--variant {options.variant} is of a recipe; name it first: soleus recipes NAME --variant ..."
        )
    table = Table("recipe", "task", "variants", "what")
    for name, recipe in RECIPES.items():
        table.add_row(name, recipe.task, str(len(recipe.variants) or ""), recipe.summary)
    console.print(table)
    console.print("train one: soleus train --recipe NAME; see one: soleus recipes NAME", highlight=False)


def _show(options: RecipesOptions, recipe: Recipe, console: Console) -> None:
    variant = options.variant
    config = recipe.config(variant=variant, as_published=options.as_published)
    console.print(f"{options.name}: {recipe.summary}", highlight=False, markup=False)
    command = f"soleus train {recipe.task} --recipe {options.name}" + (f" --variant {variant}" if variant else "")
    command += " --as-published" * options.as_published
    console.print(f"{command}\n", highlight=False, markup=False, soft_wrap=True)
    if recipe.variants and variant is None:
        table = Table("variant", "what")
        for known, entry in recipe.variants.items():
            table.add_row(known, entry.summary)
        console.print(table)
    if recipe.publish is not None and not options.as_published and recipe.publish(config) != config:
        console.print("--as-published brings back the defects of the author's code", highlight=False)
    usual = with_learner(plain(task_name(config.task)), learner_name(config.learner))
    table = Table(Column("setting", no_wrap=True), *(Column(head, overflow="fold") for head in ("here", "default")))
    for setting, value, default in differences(config, usual):
        table.add_row(f"--{setting}", value, default)
    console.print(table)


def differences(config: RunConfig, usual: RunConfig) -> list[tuple[str, str, str]]:
    """Settings by their flags, with the values of both, where those differ."""
    ours, theirs = (dict(_settings(json.loads(to_json(each)))) for each in (config, usual))
    names = [name for name in ours | theirs if ours.get(name) != theirs.get(name)]
    return [(name, ours.get(name, ""), theirs.get(name, "")) for name in names]


def _settings(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every setting by its flag, nested ones with dots between."""
    for name, value in data.items():
        flag = prefix + name.replace("_", "-")
        if isinstance(value, dict):
            yield from _settings(value, f"{flag}.")
        else:
            yield flag, json.dumps(value)
