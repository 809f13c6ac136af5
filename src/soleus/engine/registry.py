"""The only list of engines: name -> the dataclass of its settings, which builds it. Listing imports no simulator."""

from __future__ import annotations

from dataclasses import dataclass

from soleus.engine.base import Engine
from soleus.engine.fast.config import FastConfig
from soleus.engine.reference import ReferenceConfig
from soleus.model.spec import Model

EngineConfig = FastConfig | ReferenceConfig


@dataclass(frozen=True)
class Entry:
    """An engine as a user meets it."""

    config: type[FastConfig] | type[ReferenceConfig]
    summary: str
    many_worlds: bool
    """Whether one engine holds many worlds, or one alone, so that many need a process each"""


ENGINES = {
    "fast": Entry(FastConfig, "OpenSim's equations compiled for many worlds at once: for training", many_worlds=True),
    "opensim": Entry(ReferenceConfig, "OpenSim 4.6 itself: the judge; one world in each process", many_worlds=False),
}


def find_engine(name: str) -> Entry:
    """The entry of an engine; ValueError with the known names for an unknown one."""
    if name not in ENGINES:
        raise ValueError(f"unknown engine {name!r}; known engines are {', '.join(sorted(ENGINES))}")
    return ENGINES[name]


def engine_name(config: EngineConfig) -> str:
    """The name under which the engine of a config is registered."""
    return next(name for name, entry in ENGINES.items() if isinstance(config, entry.config))


def make_engine(config: EngineConfig, model: Model, n_world: int = 1) -> Engine:
    """The engine of a config, for worlds of a model."""
    return config.build(model, n_world)
