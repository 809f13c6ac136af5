"""What a run is: nested frozen dataclasses, written to its folder as JSON and read back strictly."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import cattrs

from soleus.engine.registry import EngineConfig
from soleus.learner.registry import LearnerConfig
from soleus.run.error import RunError
from soleus.task.registry import TaskConfig


@dataclass(frozen=True)
class ControlConfig:
    """How a policy sees and moves the body, whatever the task."""

    hold: int = 4
    """Control steps of 10 ms for which an action is held. More makes a horizon shorter and learning faster, fewer
    allow a finer gait."""
    centre_pelvis: bool = True
    """Observe forward positions relative to the pelvis."""
    tell_action: bool = True
    """Observe the last action too, a stand-in for the muscles' activations."""


@dataclass(frozen=True)
class TrainingConfig:
    """What makes a task easier to learn. Policies are judged without any of it."""

    stride_starts: float = 0.0
    """Share of the episodes that start in the middle of a stride instead of the judged start."""
    alive: float = 0.0
    """Reward for each second on its feet, in the task's unit. Too little, and it learns to fall forward; too much, and
    it learns to stand."""
    foot_swing: float = 0.0
    """Reward for each metre that the faster foot goes forward, in the task's unit: pays a first step before it is a
    stride."""
    reward_scale: float = 1.0
    """Factor on all rewards that the learner sees."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.stride_starts <= 1.0:
            raise ValueError(f"stride_starts is {self.stride_starts}; it is a share, from 0 to 1")
        if self.reward_scale <= 0.0:
            raise ValueError(f"reward_scale is {self.reward_scale}; it must be positive")


@dataclass(frozen=True)
class SamplerConfig:
    """How worlds are run."""

    kind: Literal["process", "serial"] = "process"
    """"process" simulates in processes of their own while learning goes on; "serial" takes turns in one process, so
    that the same seed gives the same run to the bit."""
    workers: int = 0
    """Processes that simulate; 0 takes one for each core."""
    chunk: int = 16
    """Actions in a request: fewer send a fresher policy, more cost less overhead."""
    step_timeout_s: float = 60.0
    """A worker that takes longer for one action is replaced [s]."""


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides what a training run does."""

    task: TaskConfig
    """The rules of the task."""
    engine: EngineConfig
    """The engine that simulates it."""
    learner: LearnerConfig
    """The learner and its settings."""
    control: ControlConfig = field(default_factory=ControlConfig)
    """How the policy sees and moves the body."""
    training: TrainingConfig = field(default_factory=TrainingConfig)
    """What makes the task easier to learn; policies are judged without it."""
    mirror: bool = True
    """Learn from every transition in the mirror too, left and right exchanged: twice the data for a symmetric body."""
    sampler: SamplerConfig = field(default_factory=SamplerConfig)
    """How worlds are run."""
    steps: int = 1_000_000
    """Control steps of the simulator to train for."""
    minutes: float | None = None
    """Stop after so many minutes of training, if that comes before the steps."""
    seed: int = 0
    """Seed of everything random in the run."""
    checkpoint_s: float = 60.0
    """Time between checkpoints [s]: what a crash can lose at most."""
    evaluate_s: float = 120.0
    """Time between evaluations of the policy without noise [s]; the best policy is kept. 0 never evaluates."""
    evaluate_episodes: int = 2
    """Episodes in such an evaluation; their seeds are never those of `soleus evaluate`."""

    def __post_init__(self) -> None:
        for name, least in (
            ("steps", 1),
            ("seed", 0),
            ("checkpoint_s", 1.0),
            ("evaluate_s", 0.0),
            ("evaluate_episodes", 1),
        ):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        if self.minutes is not None and self.minutes <= 0:
            raise ValueError(f"minutes is {self.minutes}; it must be positive")


_CONVERTER = cattrs.Converter(forbid_extra_keys=True)


def to_json(config: RunConfig) -> str:
    """The config as readable JSON."""
    return json.dumps(asdict(config), indent=2) + "\n"


def from_json(text: str, path: Path) -> RunConfig:
    """The config in a run folder's file; RunError with every field that does not fit."""
    try:
        data: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError as error:
        raise RunError(
            f"{path} is not complete JSON ({error}); the run's config is lost, so start a new run"
        ) from error
    try:
        return _CONVERTER.structure(data, RunConfig)
    except (cattrs.BaseValidationError, ValueError, KeyError, TypeError) as error:
        faults = "; ".join(cattrs.transform_error(error))
        raise RunError(f"{path} does not fit this version of Soleus: {faults}") from error
