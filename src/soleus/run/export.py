"""A run's policy as an ONNX file, checked against the policy itself before anybody can take it for good."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from soleus import __version__
from soleus.engine.base import Array
from soleus.nets.feudal import FeudalPolicy
from soleus.nets.members import EnsemblePolicy
from soleus.nets.onnx_policy import BESIDE, OnnxPolicy
from soleus.nets.planning import PlanningPolicy
from soleus.nets.policy import Policy
from soleus.nets.registry import TrainedPolicy
from soleus.run.build import signature
from soleus.run.candidate import load_checked_policy
from soleus.run.control import PLAIN, ControlConfig, chain, observed, of_file, tie
from soleus.run.error import RunError
from soleus.run.folder import RunFolder, write_report
from soleus.run.worlds import wrap
from soleus.task.base import Task
from soleus.task.foreign import GymnasiumConfig
from soleus.task.protocol import told_rules
from soleus.task.transform import REST, Transform

TOLERANCE = 1e-5
"""Largest difference of an excitation between file and policy: float32 sums in another order [1]"""
N_WORLD, N_STEP = 128, 3
"""Observations that are compared; from the second step on they tell of what was done"""
TRACK_M = 50.0
"""How far from the start the compared bodies may be [m]"""


@dataclass(frozen=True)
class Export:
    """What was written."""

    file: Path
    n_compared: int
    """Observations on which file and policy were compared"""
    difference: float
    """The largest between two excitations"""


def export_onnx(folder: RunFolder, file: Path) -> Export:
    """Write a run's best policy as an ONNX file.

    Raises:
        RunError: when the run has no trained policy yet or is of a task of Gymnasium, or the file would not act as the
            policy does; nothing is written then.
    """
    from soleus.nets.export import Adapter, to_onnx  # imports onnx

    config = folder.config
    if isinstance(config.task, GymnasiumConfig):
        raise RunError(
            f"{folder.path} is a run of {config.task.id}, a task of Gymnasium; only policies of muscles are exported"
        )
    task, control = config.task.build(), config.control
    policy = _single(load_checked_policy(folder, config.task), folder)
    beside = _beside(control.observe)
    tied = tie(task, control)
    adapter = Adapter(
        matrix=_matrix(chain(task, control), control.observe, len(task.observation)),
        beside=beside,
        of_muscle=None if tied is None else tied.of_muscle,
        first=None if tied is None else tied.first,
    )
    properties = {
        "soleus_version": __version__,
        "hold": str(control.hold),
        "told_rules": json.dumps(told_rules(config.task)),
    }
    if beside is not None:
        properties[f"first_{beside}"] = str(REST)
    content = to_onnx(policy, signature(config.task, PLAIN), adapter, properties)
    written = OnnxPolicy(str(file), content, len(task.action))
    difference = largest_difference(policy, written, control, task)
    if not difference <= TOLERANCE:
        raise RunError(
            f"the file would differ from the policy by up to {difference:.3g} in an excitation, {TOLERANCE:g} is "
            "allowed; nothing was written: please report this with the run folder"
        )
    write_report(file, content)
    return Export(file, N_WORLD * N_STEP, difference)


def _beside(names: Sequence[str]) -> str | None:
    """What is told of the muscles last, and so can be an input of its own."""
    return names[-1] if names and names[-1] in BESIDE else None


def _matrix(transforms: Sequence[Transform], names: Sequence[str], n_observation: int) -> Array | None:
    """What observations are multiplied by, shape (n_observation, n_told), before muscles are told of; None for 1.

    Raises:
        RunError: for a transform that is no matrix, or that comes after what is told of muscles.
    """
    matrix: Array = np.eye(n_observation)
    linear = transforms if _beside(names) is None else transforms[:-1]
    for transform, name in zip(linear, names, strict=False):
        if not transform.linear:
            raise RunError(
                f"a file cannot hold the transform {name}: it remembers, or is no matrix. What can be exported are "
                f"policies that observe through linear ones, such as centre_pelvis, and {' or '.join(BESIDE)} as the "
                "last"
            )
        matrix, _ = transform.begin(matrix, matrix[:, :0])
    return None if np.array_equal(matrix, np.eye(n_observation)) else matrix


def _single(policy: Policy, folder: RunFolder) -> TrainedPolicy:
    """The network that acts alone in a run's policy; RunError with the reason where there is none."""
    if isinstance(policy, EnsemblePolicy):
        raise RunError(
            f"{folder.path} holds an ensemble, whose {len(policy.members)} members vote on every action with all their "
            "critics; a file of one network cannot: play the run folder itself, or train with "
            "--learner.ensemble.n-member 1"
        )
    if isinstance(policy, FeudalPolicy):
        raise RunError(
            f"{folder.path} holds a manager and a worker, and goals that are remembered, which an ONNX file of one "
            "network cannot; play the run folder itself"
        )
    if isinstance(policy, PlanningPolicy) and policy.plan.when == "exploring":
        policy = policy.actor
    if isinstance(policy, PlanningPolicy):
        raise RunError(
            f"{folder.path} holds a policy that predicts before it acts, which an ONNX file of one network cannot; "
            "train with --acting.when exploring: then its actor plays alone, and is exported"
        )
    if not isinstance(policy, TrainedPolicy):
        raise RunError(f"{folder.path} holds no trained policy yet, only one that acts at random: train on")
    return policy


def largest_difference(policy: TrainedPolicy, written: OnnxPolicy, control: ControlConfig, task: Task) -> float:
    """How far a file is from its policy, in the excitations that reach the body.

    Both meet the same made-up observations, spread as those that the policy learnt from; the policy through the very
    wrappers that it was trained with, and the file through those that play it.
    """
    told = [
        _excitations(_MadeUp(policy, control, task), each.act, how, task)
        for each, how in ((policy, control), (written, of_file(control.hold, written.beside)))
    ]
    return float(np.abs(told[0] - told[1]).max())


def _excitations(
    env: _MadeUp,
    act: Callable[[NDArray[np.float32], None], NDArray[np.float32]],
    control: ControlConfig,
    task: Task,
) -> NDArray[np.float64]:
    """What reaches the body, shape (n_step, n_world, n_action)."""
    wrapped = wrap(env, control, task)
    observation, _ = wrapped.reset()
    for _ in range(N_STEP):
        observation = wrapped.step(act(observation, None))[0]
    return np.array(env.excitations)


class _MadeUp(VectorEnv):
    """Worlds that tell random observations and write down what they are told."""

    metadata: ClassVar[dict[str, Any]] = {"autoreset_mode": AutoresetMode.DISABLED}

    def __init__(self, policy: TrainedPolicy, control: ControlConfig, task: Task) -> None:
        """Args:
        policy: whose scaling tells how its observations are spread.
        control: how it observes the task; what it does not observe as the task tells it is spread about 0 by 1.
        task: what is observed and moved.
        """
        self.num_envs, self._n_env_steps = N_WORLD, np.full(N_WORLD, control.hold)
        layout, told = task.observation, observed(task, control).names
        n_observation = len(layout)
        self.single_observation_space = Box(-np.inf, np.inf, (n_observation,), np.float32)
        self.single_action_space = Box(0.0, 1.0, (len(task.action),), np.float32)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.excitations: list[NDArray[np.float64]] = []
        place = {name: i for i, name in enumerate(told)}
        known = np.array([place.get(name, len(told)) for name in layout.names])
        offset, factor = (
            np.append(np.asarray(part), default)[known]
            for part, default in zip(policy.scaling[:2], (0.0, 1.0), strict=True)
        )
        self._offset, self._deviation = offset, np.divide(1, factor, out=np.ones_like(factor), where=factor > 0)
        self._forward = layout.forward_positions
        self._generator = np.random.default_rng(0)

    def reset(self, **arguments: Any) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Like `VectorEnv.reset`."""
        del arguments
        return self._observation(), {}

    def step(self, actions: NDArray[np.floating]) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Like `VectorEnv.step`."""
        self.excitations.append(np.array(actions, np.float64))
        nothing = np.zeros(self.num_envs)
        info = {"reward_terms": {}, "n_env_steps": self._n_env_steps}
        return self._observation(), nothing, nothing.astype(bool), nothing.astype(bool), info

    def _observation(self) -> NDArray[np.float32]:
        spread = self._generator.standard_normal((self.num_envs, len(self._offset)))
        observation = self._offset + self._deviation * spread
        observation[:, self._forward] += self._generator.uniform(0, TRACK_M, (self.num_envs, 1))
        return observation.astype(np.float32)
