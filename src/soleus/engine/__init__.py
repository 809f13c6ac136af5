"""State + excitation -> next state. Tasks meet an engine through `Engine`; the registry knows which there are."""

from soleus.engine.base import (
    Dynamics,
    Engine,
    EngineError,
    Measurement,
    Parameters,
    Rates,
    State,
    Status,
    default_state,
)
from soleus.engine.registry import ENGINES, EngineConfig, find_engine, make_engine

__all__ = [
    "ENGINES",
    "Dynamics",
    "Engine",
    "EngineConfig",
    "EngineError",
    "Measurement",
    "Parameters",
    "Rates",
    "State",
    "Status",
    "default_state",
    "find_engine",
    "make_engine",
]
