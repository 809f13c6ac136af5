"""The only list of tasks: name -> the dataclass of its rules, which builds it."""

from __future__ import annotations

from dataclasses import dataclass

from soleus.task.arm import ArmConfig
from soleus.task.foreign import GymnasiumConfig, check_known
from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.run2017 import Run2017Config
from soleus.task.walk2019 import Walk2019Config

MuscleConfig = Run2017Config | Prosthetics2018Config | Walk2019Config | ArmConfig
"""Rules of a task of ours: a body that an engine simulates and muscles move."""
TaskConfig = MuscleConfig | GymnasiumConfig
"""Whatever can be learnt: a task of ours, or one of Gymnasium's, which brings its own simulator."""
GYMNASIUM = "gymnasium"
"""In a file, the name of all tasks of Gymnasium; their ids are among their rules."""


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
        "NeurIPS 2018 AI for Prosthetics: walk at a changing velocity, with a prosthesis",
    ),
    "walk2019": Entry(
        Walk2019Config, "soleus/Walk2019-v0", "NeurIPS 2019 Learn to Move: follow a field of velocities to its sinks"
    ),
    "arm": Entry(ArmConfig, "soleus/Arm-v0", "osim-rl's Arm2DEnv: reach a point with six muscles", engine="opensim"),
}


def task_name(config: TaskConfig) -> str:
    """What a user calls the task of a config: its name here, or its id in Gymnasium."""
    return config.id if isinstance(config, GymnasiumConfig) else _registered_name(config)


def find_task(name: str) -> Entry:
    """The entry of a task; ValueError with the known names for an unknown one."""
    if name not in TASKS:
        raise ValueError(f"unknown task {name!r}; known tasks are {', '.join(sorted(TASKS))} (see `soleus tasks`)")
    return TASKS[name]


def default_rules(name: str) -> TaskConfig:
    """The rules of a task of ours or of Gymnasium's as it is judged; ValueError with near names for an unknown one."""
    if name in TASKS:
        return TASKS[name].config()
    check_known(name, {entry.gymnasium_id: ours for ours, entry in TASKS.items()})
    return GymnasiumConfig(name)


def usual_engine(config: TaskConfig) -> str | None:
    """What simulates a task unless the user says otherwise; None for one of Gymnasium, which simulates itself."""
    return None if isinstance(config, GymnasiumConfig) else TASKS[_registered_name(config)].engine


def kind_of(name: str) -> type[TaskConfig]:
    """The dataclass of the rules that a file holds under a name."""
    return GymnasiumConfig if name == GYMNASIUM else find_task(name).config


def kind_name(config: TaskConfig) -> str:
    """The name for a file that `kind_of` knows."""
    return GYMNASIUM if isinstance(config, GymnasiumConfig) else _registered_name(config)


def _registered_name(config: MuscleConfig) -> str:
    return next(name for name, entry in TASKS.items() if isinstance(config, entry.config))
