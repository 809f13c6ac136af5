"""Settings of the fast engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from soleus.model.spec import Model

if TYPE_CHECKING:
    from soleus.engine.fast.engine import FastEngine


@dataclass(frozen=True)
class FastConfig:
    """How the fast engine integrates."""

    method: Literal["chebyshev", "merson"] = "chebyshev"
    """chebyshev (RKC2) needs the fewest evaluations and suits training; merson is OpenSim's own method, for tight
    tolerances and for comparisons with OpenSim."""
    accuracy: float = 1e-3
    """Error allowed in an internal step, measured as OpenSim measures it; see the reference engine's setting."""
    minimum_step: float = 1e-7
    """Shortest internal step [s]. Where speeds ask for shorter ones their accuracy is not kept, as in OpenSim, up to a
    thousand times the error; that of muscles is kept. 1e-5 saves time in training, where feet chatter on the ground."""
    max_evaluations: int = 1_000_000
    """Evaluations of the equations in one control step after which a world counts as failed, so that no step hangs. A
    foot that chatters on a ball was seen to need more than 200,000."""
    precision: Literal["float64", "float32"] = "float64"
    """float32 is twice as fast, and precise enough for training with chebyshev."""
    threads: int = 0
    """Threads that share the worlds; 0: one for each core that this process may use. Results do not depend on it."""
    control_step: float = 0.01
    """Time for which an excitation is held [s]; the challenges were graded at 10 ms."""
    dump_folder: str = ""
    """Folder for what worlds were doing when they failed, as .npz files that `load_dump` reads; empty: none is kept."""

    def __post_init__(self) -> None:
        for name, least, most in (
            ("accuracy", 1e-12, 1e-2),
            ("minimum_step", 1e-10, 1e-4),
            ("max_evaluations", 100, 100_000_000),
            ("threads", 0, 4096),
            ("control_step", 1e-3, 1.0),
        ):
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} of the fast engine is {getattr(self, name)}; it lies from {least} to {most}")
        for name, allowed in (("method", ("chebyshev", "merson")), ("precision", ("float64", "float32"))):
            if getattr(self, name) not in allowed:
                raise ValueError(
                    f"{name} of the fast engine is {getattr(self, name)!r}; it is one of {', '.join(allowed)}"
                )

    def build(self, model: Model, n_world: int = 1) -> FastEngine:
        """The engine for worlds of a model; EngineError if the model holds something that it cannot simulate."""
        from soleus.engine.fast.engine import FastEngine

        return FastEngine(model, self, n_world)
