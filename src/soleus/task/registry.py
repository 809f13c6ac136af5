"""The only list of tasks: name -> the dataclass of its rules, which builds it."""

from __future__ import annotations

from dataclasses import dataclass

from soleus.task.arm import ArmConfig
from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.run2017 import Run2017Config
from soleus.task.walk2019 import Walk2019Config

TaskConfig = Run2017Config | Prosthetics2018Config | Walk2019Config | ArmConfig


@dataclass(frozen=True)
class Entry:
    """A task as a user meets it."""

    config: type[Run2017Config] | type[Prosthetics2018Config] | type[Walk2019Config] | type[ArmConfig]
    gymnasium_id: str
    summary: str
    engine: str = "fast"
    """What simulates it unless the user says otherwise"""


TASKS = {
    "run2017": Entry(Run2017Config, "soleus/Run2017-v0", "NIPS 2017 Learning to Run: as far as you can in 10 s"),
    "prosthetics2018": Entry(
        Prosthetics2018Config,
        "soleus/Prosthetics2018-v0",
        "NeurIPS 2018 AI for Prosthetics: walk at a changing velocity on one leg and a half",
    ),
    "walk2019": Entry(
        Walk2019Config, "soleus/Walk2019-v0", "NeurIPS 2019 Learn to Move: follow a field of velocities to its sinks"
    ),
    "arm": Entry(ArmConfig, "soleus/Arm-v0", "osim-rl's Arm2DEnv: reach a point with six muscles", engine="opensim"),
}


def task_name(config: TaskConfig) -> str:
    """The name under which the task of a config is registered."""
    return next(name for name, entry in TASKS.items() if isinstance(config, entry.config))


def find_task(name: str) -> Entry:
    """The entry of a task; ValueError with the known names for an unknown one."""
    if name not in TASKS:
        raise ValueError(f"unknown task {name!r}; known tasks are {', '.join(sorted(TASKS))} (see `soleus tasks`)")
    return TASKS[name]
