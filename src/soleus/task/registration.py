"""Gymnasium ids of the tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from numbers import Integral, Real
from typing import Any

import gymnasium
from gymnasium.vector import AutoresetMode

from soleus.engine.base import EngineError
from soleus.engine.registry import EngineConfig, find_engine, make_engine
from soleus.engine.registry import Entry as EngineEntry
from soleus.task.action_limit import ActionLimit
from soleus.task.autoreset import autoreset
from soleus.task.base import Task
from soleus.task.env import Env, VectorEnv
from soleus.task.registry import TASKS, Entry, find_task

KINDS = {float: Real, int: Integral, str: str}
"""What an engine's setting may be, by the type of its default; NumPy's numbers are numbers too"""


def register() -> None:
    """Make every task known to `gymnasium.make` and `gymnasium.make_vec`."""
    for name, entry in TASKS.items():
        if entry.gymnasium_id not in gymnasium.registry:
            gymnasium.register(
                entry.gymnasium_id,
                entry_point="soleus.task.registration:make_env",
                vector_entry_point="soleus.task.registration:make_vector_env",
                kwargs={"name": name},
            )


def make_env(
    name: str,
    engine: str | None = None,
    engine_settings: Mapping[str, Any] | None = None,
    render_mode: str | None = None,
    hold: int = 1,
    **rules: Any,
) -> Env:
    """One world of a task.

    Args:
        name: as in the task registry.
        engine: as in the engine registry; None takes the task's own.
        engine_settings: fields of the engine's config, such as `{"accuracy": 1e-5}`.
        render_mode: "rgb_array" or None.
        hold: control steps of 10 ms for which an action is held; rewards add up.
        rules: fields of the task's config, such as `difficulty=0`.
    """
    entry = find_task(name)
    task = _build_task(entry, rules)
    config = _engine_config(find_engine(engine or entry.engine), engine_settings)
    return Env(task, make_engine(config, task.model), render_mode, hold)


def make_vector_env(
    name: str,
    num_envs: int = 1,
    engine: str | None = None,
    engine_settings: Mapping[str, Any] | None = None,
    max_episode_steps: int | None = None,
    autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
    render_mode: str | None = None,
    hold: int = 1,
    **rules: Any,
) -> gymnasium.vector.VectorEnv:
    """Many worlds of a task, in one engine.

    Args:
        name: as in the task registry.
        num_envs: worlds.
        engine: as in the engine registry; None takes the task's own.
        engine_settings: fields of the engine's config, such as `{"precision": "float32"}`.
        max_episode_steps: actions after which an episode is truncated, which no rule and no reward knows of, as in
            `gymnasium.make`; None and -1 leave it to the rule `time_limit`.
        autoreset_mode: Gymnasium's name of who resets a world that has ended, and when.
        render_mode: "rgb_array" or None.
        hold: control steps of 10 ms for which an action is held; rewards add up.
        rules: fields of the task's config, such as `difficulty=0`.
    """
    entry = find_task(name)
    engine = engine or entry.engine
    simulator = find_engine(engine)
    if num_envs > 1 and not simulator.many_worlds:
        raise EngineError(
            f"the {engine} engine simulates one world in a process, not {num_envs}; ask for processes with "
            f'gymnasium.make_vec(..., vectorization_mode="async", engine="{engine}"), or take engine="fast"'
        )
    task = _build_task(entry, rules)
    made = make_engine(_engine_config(simulator, engine_settings), task.model, num_envs)
    env: gymnasium.vector.VectorEnv = VectorEnv(task, made, render_mode=render_mode, hold=hold)
    if max_episode_steps not in (None, -1):
        env = ActionLimit(env, max_episode_steps)
    return autoreset(env, autoreset_mode)


def _engine_config(simulator: EngineEntry, settings: Mapping[str, Any] | None) -> EngineConfig:
    """The config of an engine with some settings; ValueError for one that it has not, or of another kind."""
    given = {} if settings is None else settings
    if not isinstance(given, Mapping):
        raise ValueError(f"engine_settings is {given!r}; it is a dict of settings, such as {{'accuracy': 1e-5}}")
    known = {item.name: item.default for item in fields(simulator.config)}
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        raise ValueError(f"engine_settings has {', '.join(unknown)}; the settings are {', '.join(known)}")
    for name, value in given.items():
        if not isinstance(value, KINDS[type(known[name])]):
            raise ValueError(f"engine_settings has {name} {value!r}; it is of the kind of {known[name]!r}")
    return simulator.config(**given)


def _build_task(entry: Entry, rules: Mapping[str, Any]) -> Task:
    """The task of an entry under some rules; ValueError for a rule that it has not."""
    known = [item.name for item in fields(entry.config)]
    unknown = [name for name in rules if name not in known]
    if unknown:
        raise ValueError(
            f"{entry.gymnasium_id} has no rule {', '.join(unknown)}; its rules are {', '.join(known)} "
            "(and engine, engine_settings, render_mode, hold)"
        )
    return entry.config(**rules).build()
