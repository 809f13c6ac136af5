"""ONNX files as policies: those that `soleus export` wrote, and anybody's own. The only user of ONNX Runtime.

The contract of a file stands in docs/judging.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.policy import Policy, PolicyError
from soleus.nets.signature import UNKNOWN, Signature

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FORMAT = "soleus-onnx-1"
"""Names the contract of our own files; another number is another contract"""
BESIDE = ("last_action", "activation")
"""Inputs that our files may have beside the observation: the excitations that the policy gave last, or the activations
that muscles have; the transform of that name tells them"""
NAMES = ("observation_names", "observation_units", "action_names")
NUMBERS = {"tensor(float)": np.float32, "tensor(double)": np.float64}
N_SESSION = 4
"""Files that a process keeps open"""


@final
@dataclass(frozen=True)
class OnnxPolicy(Policy):
    """The network of an ONNX file, with the file's bytes, so that it travels to workers.

    It observes the task's own numbers; a file of ours that wants more of the muscles finds that behind them, as the
    transform tells it.
    """

    name: str
    """Path of the file, for errors"""
    content: bytes
    n_action: int
    """Muscles of the task, each with one excitation"""

    @property
    def properties(self) -> Mapping[str, str]:
        """What our own files say of themselves; empty for others."""
        told = _session(self.content, self.name).get_modelmeta().custom_metadata_map
        found = told.get("format", "")
        if found.startswith("soleus-onnx") and found != FORMAT:
            raise PolicyError(f"{self.name} has the format {found}, this Soleus reads {FORMAT}: export it again")
        return told if found == FORMAT else {}

    @property
    def signature(self) -> Signature:
        """What the policy was made for, as far as the file says so."""
        told = self.properties
        if not told:
            return UNKNOWN
        try:
            observations, units, actions = (tuple(json.loads(told[what])) for what in NAMES)
            return Signature(told["task"], int(told["task_version"]), observations, units, actions)
        except (KeyError, TypeError, ValueError) as error:
            raise PolicyError(f"{self.name} says too little of itself ({error}): export it again") from error

    @property
    def hold(self) -> int:
        """Control steps for which an action is held."""
        told = self.properties.get("hold", "1")
        if not (told.isdecimal() and int(told) >= 1):
            raise PolicyError(
                f"{self.name} holds its actions for {told!r} control steps; it must be a whole number from 1 on"
            )
        return int(told)

    @property
    def beside(self) -> str | None:
        """What it observes beside the task's own numbers: one of BESIDE, or nothing."""
        return next((each.name for each in _session(self.content, self.name).get_inputs()[1:]), None)

    def check(self, n_observation: int) -> None:
        """Refuse a file whose inputs and outputs do not fit a task; PolicyError with what differs."""
        inputs = _session(self.content, self.name).get_inputs()
        names, ours = [each.name for each in inputs], bool(self.properties)
        if not names:
            raise PolicyError(f"{self.name} has no input; a policy has one, the observation")
        if names[1:] and not (ours and len(names) == 2 and self.beside in BESIDE):
            raise PolicyError(f"{self.name} has the inputs {', '.join(names)}; a policy has one, the observation")
        for each, width in zip(inputs, (n_observation, self.n_action), strict=False):
            if each.type not in NUMBERS:
                raise PolicyError(
                    f"input {each.name} of {self.name} is a {each.type}; allowed are {', '.join(NUMBERS)}"
                )
            if len(each.shape) != 2 or (isinstance(each.shape[1], int) and each.shape[1] != width):
                raise PolicyError(
                    f"input {each.name} of {self.name} has shape {each.shape}; the task needs (n, {width})"
                )
        outputs = _session(self.content, self.name).get_outputs()
        shape = outputs[0].shape
        if not isinstance(shape, list) or not shape or (isinstance(shape[-1], int) and shape[-1] != self.n_action):
            raise PolicyError(
                f"output {outputs[0].name} of {self.name} has shape {outputs[0].shape}; "
                f"the task needs (n, {self.n_action}), one excitation for each muscle"
            )

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        del generator
        return 2 * self.excitation(observation) - 1

    def excitation(self, observation: NDArray[np.floating]) -> NDArray[np.float32]:
        """What the file answers, shape (n_world, n_action); meant to lie in [0, 1]."""
        session = _session(self.content, self.name)
        inputs = session.get_inputs()
        given: dict[str, Any] = {inputs[0].name: observation}
        if self.beside is not None:
            told = observation[:, -self.n_action :]
            muscles = (told + 1) / 2 if self.beside == "last_action" else told
            given = {inputs[0].name: observation[:, : -self.n_action], inputs[1].name: muscles}
        given = {each.name: np.ascontiguousarray(given[each.name], NUMBERS[each.type]) for each in inputs}
        one_by_one = inputs[0].shape[0] == 1
        rows = [{name: array[i : i + 1] for name, array in given.items()} for i in range(len(observation))]
        answers = [_run(session, part, self.name) for part in (rows if one_by_one else [given])]
        excitation = np.concatenate([np.atleast_2d(answer) for answer in answers]).astype(np.float32)
        if excitation.shape != (len(observation), self.n_action):
            raise PolicyError(
                f"{self.name} answers with shape {excitation.shape}; "
                f"the task needs {(len(observation), self.n_action)}, one excitation for each muscle"
            )
        if not np.isfinite(excitation).all():
            raise PolicyError(f"{self.name} answers with numbers that are not finite")
        return excitation


def load_onnx(path: Path, n_action: int) -> OnnxPolicy:
    """The policy of an ONNX file; PolicyError when there is none in it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror or error}") from error
    _session(content, str(path))
    return OnnxPolicy(str(path), content, n_action)


@lru_cache(maxsize=N_SESSION)
def _session(content: bytes, name: str) -> InferenceSession:
    """A file ready to run; made where it is needed, since it cannot travel."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise PolicyError(f"{name} is no ONNX file that can be run ({_first_line(error)})") from error


def _run(session: InferenceSession, given: Mapping[str, NDArray], name: str) -> NDArray:
    try:
        return np.asarray(session.run(None, dict(given))[0])
    except Exception as error:
        raise PolicyError(f"{name} cannot be run ({_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
