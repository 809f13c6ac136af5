"""Settings as JSON has them, and those of older files by their present names."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import cattrs
from cattrs.gen import make_dict_structure_fn
from cattrs.strategies import configure_union_passthrough
from cattrs.v import format_exception

from soleus.engine.registry import EngineConfig, engine_name, find_engine
from soleus.learner.exploration import ExplorationConfig
from soleus.learner.part.registry import Symmetry
from soleus.learner.registry import LearnerConfig, find_learner
from soleus.run.control import by_present_names
from soleus.run.training import training_data
from soleus.task.registry import TaskConfig, kind_name, kind_of

CONVERTER = cattrs.Converter(forbid_extra_keys=True)
"""From such data to settings, strictly"""
configure_union_passthrough(bool | int | float | str, CONVERTER)


def task_to_data(task: TaskConfig) -> dict[str, Any]:
    """A task's name and rules, for JSON."""
    return {"name": kind_name(task), **asdict(task)}


_OLD_RULES = {"max_episode_steps": "time_limit"}
"""What rules were called in older files."""


def _task_from_data(data: dict[str, Any], kind: object) -> TaskConfig:
    """What `task_to_data` gave; files older than the second task name none, and mean run2017."""
    del kind
    rules = {_OLD_RULES.get(name, name): value for name, value in data.items()}
    return CONVERTER.structure(rules, kind_of(rules.pop("name", "run2017")))


def engine_to_data(engine: EngineConfig | None) -> dict[str, Any] | None:
    """An engine's name and settings, for JSON."""
    return None if engine is None else {"name": engine_name(engine), **asdict(engine)}


def _engine_from_data(data: dict[str, Any] | None, kind: object) -> EngineConfig | None:
    """What `engine_to_data` gave; files older than the fast engine name none, and mean OpenSim."""
    del kind
    if data is None:
        return None
    settings = dict(data)
    return CONVERTER.structure(settings, find_engine(settings.pop("name", "opensim")).config)


def _learner_from_data(data: dict[str, Any], kind: object) -> LearnerConfig:
    """What `to_json` wrote; files older than the second learner name none, and mean SAC. In older files one activation
    is that of all networks.
    """
    del kind
    settings = dict(data)
    learner = find_learner(settings.pop("name", "sac")).config
    if "activation" in settings.keys() - {item.name for item in fields(learner)}:
        settings["actor_activation"] = settings["critic_activation"] = settings.pop("activation")
    return CONVERTER.structure(settings, learner)


_exploration_from_list = make_dict_structure_fn(ExplorationConfig, CONVERTER, _cattrs_forbid_extra_keys=True)


def _exploration_from_data(data: dict[str, Any], kind: type[ExplorationConfig]) -> ExplorationConfig:
    """How a deterministic learner explores; files older than a choice of noises name one where there is a list now."""
    noise = data.get("noise")
    return _exploration_from_list(data | {"noise": [noise]} if isinstance(noise, str) else data, kind)


def _int(value: Any, kind: object) -> int:
    """A whole number, as it is: neither the half of one nor a truth value becomes one."""
    del kind
    if isinstance(value, bool) or not isinstance(value, int | float) or not float(value).is_integer():
        raise ValueError(f"{value!r} is no whole number")
    return int(value)


def _float(value: Any, kind: object) -> float:
    """A number."""
    del kind
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _bool(value: Any, kind: object) -> bool:
    """A truth value: no other value is true or false."""
    del kind
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


CONVERTER.register_structure_hook(int, _int)
CONVERTER.register_structure_hook(float, _float)
CONVERTER.register_structure_hook(bool, _bool)
CONVERTER.register_structure_hook(ExplorationConfig, _exploration_from_data)
CONVERTER.register_structure_hook(EngineConfig | None, _engine_from_data)
CONVERTER.register_structure_hook(TaskConfig, _task_from_data)
CONVERTER.register_structure_hook(LearnerConfig, _learner_from_data)


def faults_of(error: BaseException) -> str:
    """What does not fit, in our words where a config refuses its values, else in those of cattrs."""

    def told(fault: BaseException, kind: type | None) -> str:
        return str(fault) if isinstance(fault, ValueError) else format_exception(fault, kind)

    return "; ".join(cattrs.transform_error(error, format_exception=told))


_OLD_MIRROR: dict[Any, Symmetry] = {True: "data", False: "none"}
"""What the setting `mirror` of older files is called: there was one form of symmetry, or none."""


def present_data(data: dict[str, Any]) -> dict[str, Any]:
    """The settings of a run's file by their present names."""
    if isinstance(data.get("control"), dict):
        data = data | {"control": by_present_names(data["control"])}
    if isinstance(data.get("training"), dict):
        data = data | {"training": training_data(data["training"])}
    if "symmetry" in data or data.get("mirror") not in _OLD_MIRROR:
        return data
    kept = {name: value for name, value in data.items() if name != "mirror"}
    return kept | {"symmetry": _OLD_MIRROR[data["mirror"]]}
