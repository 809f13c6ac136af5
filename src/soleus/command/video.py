"""`soleus video`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from tyro import MISSING
from tyro.conf import Positional, arg

from soleus.command.parse import judge_asked_for, parse, rules_asked_for
from soleus.engine.reference import ReferenceConfig
from soleus.engine.registry import EngineConfig, find_engine
from soleus.run.candidate import Candidate, find_candidate
from soleus.run.film import film, film_gymnasium
from soleus.task.env import N_SEED
from soleus.task.foreign import GymnasiumConfig
from soleus.task.registry import TaskConfig, task_name
from soleus.task.run2017 import Run2017Config
from soleus.view.video import write_video

FRAMES_PER_SECOND = 25
"""Of a task of ours, unless the user says otherwise."""


@dataclass(frozen=True)
class VideoOptions:
    policy: Positional[str]
    """A run folder, a name that `soleus policies` lists, an .onnx file, module:function, or "random" or "constant"."""
    seed: int = 0
    """Seed of the episode."""
    out: Path | None = None
    """The mp4 file; RUN/videos/seed-N.mp4 by default, NAME.mp4 for another policy."""
    frames_per_second: int | None = None
    """Pictures in a second, a divisor of 100; 25 by default. A task of Gymnasium has its own rate."""
    task: str = "run2017"
    """Task; by default the one that the policy was made for. Its rules are --task.*, by default as graded."""
    task_settings: Annotated[TaskConfig, arg(name="task")] = field(default_factory=Run2017Config)
    engine: str | None = "opensim"
    """What simulates it, "opensim" or "fast"; its settings are --engine.*"""
    engine_settings: Annotated[EngineConfig | None, arg(name="engine")] = field(default_factory=ReferenceConfig)

    def __post_init__(self) -> None:
        if not 0 <= self.seed < N_SEED:
            raise ValueError(f"--seed is {self.seed}; seeds lie from 0 to {N_SEED - 1}")


def video(arguments: Sequence[str], console: Console) -> None:
    """Play one episode and write it as an mp4; needs no display.

    soleus video runs/first

    soleus video controllers:Runner --task run2017 --engine fast

    soleus video runs/first --seed 4 --task.difficulty 0 --out first.mp4
    """
    rules = rules_asked_for(arguments)
    engine = judge_asked_for(arguments, rules)
    default = VideoOptions(
        policy=MISSING,
        task=task_name(rules),
        task_settings=rules,
        engine=engine,
        engine_settings=find_engine(engine).config() if engine else None,
    )
    options = parse(VideoOptions, "video", video.__doc__, arguments, default)
    console.print(f"wrote {make_video(options)}", highlight=False)


def make_video(options: VideoOptions) -> Path:
    """Play, draw and write the episode; returns the file."""
    candidate = find_candidate(options.policy, options.task_settings)
    file = options.out or Path(f"{Path(options.policy).name.removesuffix('.onnx').replace(':', '.')}.mp4")
    if options.out is None and candidate.folder:
        file = candidate.folder.videos / f"seed-{options.seed}.mp4"
    frames, rate = _footage(candidate, options)
    write_video(frames, file, rate)
    return file


def _footage(candidate: Candidate, options: VideoOptions) -> tuple[Iterator[NDArray[np.uint8]], float]:
    """The pictures of the episode, and how many make a second."""
    task, engine, rate = options.task_settings, options.engine_settings, options.frames_per_second
    if not isinstance(task, GymnasiumConfig):
        assert engine is not None
        rate = FRAMES_PER_SECOND if rate is None else rate
        return film(candidate, task, engine, options.seed, rate), rate
    if rate is not None:
        raise ValueError(f"{task.id} is filmed at its own rate; leave --frames-per-second out")
    return film_gymnasium(candidate, task, options.seed)
