"""Gymnasium ids of the tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium

from soleus.engine.registry import find_engine, make_engine
from soleus.task.env import Env
from soleus.task.registry import TASKS, find_task


def register() -> None:
    """Make every task known to `gymnasium.make`."""
    for name, entry in TASKS.items():
        if entry.gymnasium_id not in gymnasium.registry:
            gymnasium.register(
                entry.gymnasium_id,
                entry_point="soleus.task.registration:make_env",
                max_episode_steps=entry.config().max_episode_steps,
                kwargs={"name": name},
            )


def make_env(
    name: str,
    engine: str = "opensim",
    engine_settings: Mapping[str, Any] | None = None,
    render_mode: str | None = None,
    **rules: Any,
) -> Env:
    """One world of a task.

    Args:
        name: as in the task registry.
        engine: as in the engine registry.
        engine_settings: fields of the engine's config, such as `{"accuracy": 1e-5}`.
        render_mode: "rgb_array" or None.
        rules: fields of the task's config, such as `difficulty=0`.
    """
    task = find_task(name).config(**rules).build()
    return Env(task, make_engine(find_engine(engine).config(**(engine_settings or {})), task.model), render_mode)
