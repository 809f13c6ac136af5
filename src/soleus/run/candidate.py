"""Who plays: a policy by its name on the command line, with what it needs to act, checked against the task."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from soleus.nets.baseline import ConstantPolicy, UniformPolicy
from soleus.nets.feudal import FeudalPolicy
from soleus.nets.function import NAME, FunctionPolicy
from soleus.nets.onnx_policy import load_onnx
from soleus.nets.planning import PlanningPolicy
from soleus.nets.policy import Policy
from soleus.nets.registry import FilePolicy, TrainedPolicy, load_signed_policy
from soleus.nets.signature import Signature
from soleus.run.build import signature
from soleus.run.control import PLAIN, ControlConfig, of_file
from soleus.run.error import RunError
from soleus.run.folder import RunFolder
from soleus.run.shipped import find_folder, shipped_folder
from soleus.task.foreign import GymnasiumConfig
from soleus.task.registry import TASKS, TaskConfig, find_task

UNTRAINED = ControlConfig(observe=())
"""How policies that have learnt nothing see and move the body."""
CONSTANT_EXCITATION = 0.05
"""Excitation of every muscle under the policy called "constant" [1]."""


@dataclass(frozen=True)
class Candidate:
    """A policy with what it needs to act: how it sees and moves the body."""

    name: str
    policy: Policy
    control: ControlConfig
    folder: RunFolder | None = None
    """The run that it comes from"""
    noise: bool = False
    """Whether its actions are drawn at random"""


def find_candidate(name: str, task: TaskConfig) -> Candidate:
    """A policy of any kind.

    Args:
        name: path of a run folder, whose best policy plays, or of an .onnx file; a policy that comes with Soleus;
            `module:function`; "random" or "constant", muscles nearly at rest or actions in the middle of their range.
        task: what it is to play.

    Raises:
        RunError: for a folder that is missing, damaged, or holds no policy for this task.
        PolicyError: for a file or function that is missing or does not fit the task.
    """
    if isinstance(task, GymnasiumConfig):
        return _find_for_gymnasium(name, task)
    n_action = len(task.build().excitation)
    if name == "random":
        return Candidate(name, UniformPolicy(n_action), UNTRAINED, noise=True)
    if name == "constant":
        return Candidate(name, ConstantPolicy((2.0 * CONSTANT_EXCITATION - 1.0,) * n_action), UNTRAINED)
    if name.endswith(".onnx"):
        return _from_onnx(Path(name), task)
    if NAME.fullmatch(name):
        return Candidate(name, FunctionPolicy(name, n_action), PLAIN)
    return _from_run(name, task)


def own_rules(name: str) -> TaskConfig | None:
    """The task that a policy was made for, and its rules: that of a run folder, one that comes with Soleus, or an .onnx
    file of ours; None for others, which do not say.

    Of the rules, a file says those that decide what a policy is told.
    """
    if shipped := shipped_folder(name):
        return shipped.config.task
    if (Path(name) / "config.json").is_file():
        return RunFolder.open(Path(name)).config.task
    if not (name.endswith(".onnx") and Path(name).is_file()):
        return None
    policy = load_onnx(Path(name), n_action=0)
    if policy.signature.task not in TASKS:
        return None
    kind = find_task(policy.signature.task).config
    try:
        return kind(**json.loads(policy.properties.get("told_rules", "{}")))
    except (TypeError, ValueError) as error:
        raise RunError(
            f"{name} was made for rules that this Soleus does not know ({error}): export it again, or name them by "
            f"--task {policy.signature.task} and --task.*"
        ) from error


def _find_for_gymnasium(name: str, task: GymnasiumConfig) -> Candidate:
    """The same for a task of Gymnasium, where "constant" is the middle of every action's range."""
    n_action = len(task.build().action)
    if name == "random":
        return Candidate(name, UniformPolicy(n_action), PLAIN, noise=True)
    if name == "constant":
        return Candidate(name, ConstantPolicy((0.0,) * n_action), PLAIN)
    if name.endswith(".onnx") or NAME.fullmatch(name):
        raise RunError(
            f'{name} cannot play {task.id}, a task of Gymnasium: give a run folder, or "random" or "constant"'
        )
    return _from_run(name, task)


def _from_run(name: str, task: TaskConfig) -> Candidate:
    folder = find_folder(name)
    own = None if shipped_folder(name) else folder  # nobody writes into what comes with Soleus
    return Candidate(name, load_checked_policy(folder, task), folder.config.control, own)


def _from_onnx(file: Path, task: TaskConfig) -> Candidate:
    policy = load_onnx(file, len(task.build().action))
    offered = signature(task, PLAIN)
    _refuse(file, policy.signature.difference(offered))
    policy.check(len(offered.observation_names))
    return Candidate(str(file), policy, of_file(policy.hold, policy.beside))


def load_checked_policy(folder: RunFolder, task: TaskConfig) -> FilePolicy:
    """A run's best policy; RunError when it is not for this task."""
    file = folder.policy_to_play()
    try:
        policy, made_for = load_signed_policy(file)
    except ValueError as error:
        raise RunError(str(error)) from error
    try:
        offered = signature(task, folder.config.control)
    except ValueError as error:
        raise RunError(f"{file} cannot play this task: {error}") from error
    _refuse(file, made_for.difference(offered) or _wrong_size(policy, offered))
    return policy


def _refuse(file: Path, difference: str | None) -> None:
    if difference:
        raise RunError(f"{file} cannot play this task: {difference}")


def _wrong_size(policy: FilePolicy, offered: Signature) -> str | None:
    """What an old file, which names nothing, can be found out by."""
    sizes = [("actions", policy.n_action, len(offered.action_names))]
    if isinstance(policy, TrainedPolicy | PlanningPolicy | FeudalPolicy):
        sizes.append(("observations", policy.n_observation, len(offered.observation_names)))
    for what, its, ours in sizes:
        if its != ours:
            return f"the policy has {its} {what} and the task {ours}"
    return None
