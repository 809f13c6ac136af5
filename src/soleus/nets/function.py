"""A Python function as a policy, named as `module:function`; or a class, of which each episode gets an object."""

from __future__ import annotations

import importlib
import os
import re
import sys
import traceback
from collections.abc import Callable
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from soleus.nets.policy import Policy, PolicyError

NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
"""What names a function: module, colon, function"""

Controller = Callable[[NDArray[np.floating]], Any]
"""One world's observation, shape (n_observation,), in the task's units -> excitations, shape (n_action,)"""


@final
class FunctionPolicy(Policy):
    """Asks a function, or an object of a class, one world at a time. It travels by its name."""

    def __init__(self, name: str, n_action: int) -> None:
        """Args:
        name: `module:function` or `module:Class`; modules of the current folder are found too.
        n_action: muscles of the task, each with one excitation.

        Raises:
            PolicyError: when there is no such module or name in it.
        """
        self._name = name
        self._n_action = n_action
        self._controllers: dict[int, Controller] = {}
        _ = self._found

    def __getstate__(self) -> dict[str, Any]:
        """What travels: functions and objects stay here."""
        return {"_name": self._name, "_n_action": self._n_action, "_controllers": {}}

    def begin(self, worlds: NDArray[np.integer]) -> None:
        for world in worlds.tolist():
            self._controllers[world] = self._asked("made", self._found) if self._is_class else self._found

    def act(self, observation: NDArray[np.floating], generator: np.random.Generator | None) -> NDArray[np.float32]:
        del generator
        excitation = [self._excitation(world, row) for world, row in enumerate(observation)]
        return (2 * np.array(excitation) - 1).astype(np.float32)

    def _excitation(self, world: int, observation: NDArray[np.floating]) -> NDArray[np.float64]:
        if world not in self._controllers:
            self.begin(np.array([world]))
        answer = self._asked("asked", self._controllers[world], observation.copy())
        try:
            excitation = np.asarray(answer, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise PolicyError(f"{self._name} gives {answer!r}, which is no list of numbers") from error
        if excitation.shape != (self._n_action,):
            raise PolicyError(
                f"{self._name} gives excitations of shape {excitation.shape}; "
                f"the task needs ({self._n_action},), one for each muscle (see `soleus tasks NAME`)"
            )
        with np.errstate(over="ignore"):
            finite = np.isfinite(excitation.astype(np.float32))  # in which it acts
        if not finite.all():
            i = int(np.argmin(finite))
            raise PolicyError(f"{self._name} gives {excitation[i]} as excitation {i}; excitations are finite")
        return excitation

    def _asked(self, what: str, found: Callable[..., Any], *given: Any) -> Any:
        try:
            return found(*given)
        except (Exception, SystemExit) as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            raise PolicyError(
                f"{self._name} raised {type(error).__name__} when it was {what}: {error} "
                f"({place.filename}, line {place.lineno})"
            ) from error

    @property
    def _is_class(self) -> bool:
        return isinstance(self._found, type)

    @cached_property
    def _found(self) -> Callable[..., Any]:
        """The function or class; what it is called is looked up once in each process."""
        module_name, _, path = self._name.partition(":")
        if os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())  # as `python -m` does
        try:
            found: Any = importlib.import_module(module_name)
        except (Exception, SystemExit) as error:
            raise PolicyError(f"{self._name}: the module {module_name} cannot be imported ({_told(error)})") from error
        for part in path.split("."):
            if not hasattr(found, part):
                raise PolicyError(f"{self._name}: there is no {part} in {getattr(found, '__name__', found)}")
            found = getattr(found, part)
        if not callable(found):
            raise PolicyError(f"{self._name} is a {type(found).__name__}; a function or a class is needed")
        return found


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
