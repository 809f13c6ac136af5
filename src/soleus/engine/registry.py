"""The only list of engines: name -> the dataclass of its settings, which builds it. Listing imports no simulator."""

from __future__ import annotations

from dataclasses import dataclass

from soleus.engine.base import Engine
from soleus.engine.reference import ReferenceConfig
from soleus.model.spec import Model

EngineConfig = ReferenceConfig


@dataclass(frozen=True)
class Entry:
    """An engine as a user meets it."""

    config: type[EngineConfig]
    summary: str


ENGINES = {
    "opensim": Entry(ReferenceConfig, "OpenSim 4.6 itself: the judge; one world in each process"),
}


def find_engine(name: str) -> Entry:
    """The entry of an engine; ValueError with the known names for an unknown one."""
    if name not in ENGINES:
        raise ValueError(f"unknown engine {name!r}; known engines are {', '.join(sorted(ENGINES))}")
    return ENGINES[name]


def make_engine(config: EngineConfig, model: Model, n_world: int = 1) -> Engine:
    """The engine of a config, for worlds of a model."""
    return config.build(model, n_world)
