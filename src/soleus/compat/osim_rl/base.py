"""What osim-rl's environments have in common: a Soleus task on an engine, with old names outside."""

from __future__ import annotations

import logging
import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, ClassVar, Protocol

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import ArrayLike

from soleus.compat.osim_rl.moment import Moment
from soleus.compat.osim_rl.osim_model import OsimModel
from soleus.compat.osim_rl.seeds import Seeds
from soleus.engine.base import Engine
from soleus.engine.registry import find_engine, make_engine
from soleus.model.spec import Model
from soleus.task.base import Snapshot, Start, Task
from soleus.task.description import Description
from soleus.task.env import VectorEnv

ENGINE_VARIABLE = "SOLEUS_ENGINE"
"""Environment variable with the engine for whoever names none."""
NO_LIMIT = 10**9
"""Control steps that nobody reaches"""
LOOSEST_ACCURACY = 1e-2
"""Engines take nothing looser; nor did OpenSim for long: "unable to advance time"."""

_log = logging.getLogger(__name__)


class Rules(Protocol):
    """A task's config."""

    def build(self) -> Task: ...


@dataclass
class Spec:
    """Gym's specification, as far as osim-rl had one; scripts may change the limit at any time."""

    timestep_limit: float
    id: int = 0


class OsimEnv(ABC):
    """An environment as osim-rl made them.

    Every class takes osim-rl's arguments, and `engine`: "opensim", or "fast". `visualize` and `report` do nothing, so
    that no display is needed: `soleus.view.write_video` and `soleus video` make pictures. Where the simulator fails,
    `done` is true and `info["sim_error"]` says why; osim-rl ended with an exception there.
    """

    metadata: ClassVar[dict[str, Any]] = {"render.modes": ["human"], "video.frames_per_second": None}
    reward_range = (-float("inf"), float("inf"))
    time_limit: int
    """Control steps of an episode"""
    observation_space: Box
    action_space: Box

    def __init__(self, visualize: bool, integrator_accuracy: float, seed: int | None, engine: str | None) -> None:
        if not isinstance(integrator_accuracy, Real):
            raise ValueError(f"integrator_accuracy is {integrator_accuracy!r}; it is a number, such as 5e-5")
        self.visualize = visualize
        self.integrator_accuracy = integrator_accuracy
        self.spec = Spec(self.time_limit)
        self.osim_model = OsimModel(self)
        self.last_action: ArrayLike | None = None
        self._engine = engine or os.environ.get(ENGINE_VARIABLE) or "opensim"
        self._seeds = Seeds(seed)
        self._worlds: VectorEnv | None = None
        self._before: Moment | None = None
        self._now: Moment | None = None
        self._reward = 0.0
        self._closed = False

    # ----------------------------------------------------------------------------- what subclasses say, and users' too

    @abstractmethod
    def get_observation(self) -> list[float]:
        """The observed vector."""

    def get_reward(self) -> float:
        """Of the last step."""
        return self._reward

    def is_done(self) -> bool:
        """Whether it has fallen."""
        return bool(self.task.fallen(self.snapshot)[0])

    def begin_state(self, start: Start) -> Start:
        """How an episode begins; here as the task says."""
        return start

    # ------------------------------------------------------------------------------------------------- osim-rl's names

    def get_state_desc(self) -> Description:
        """Everything about the world, by name."""
        return self.now.description

    def get_prev_state_desc(self) -> Description | None:
        """The same before the last step; None before the first one."""
        return None if self._before is None else self._before.description

    def get_observation_dict(self) -> Description:
        """The description, for environments without a dictionary of their own."""
        return self.get_state_desc()

    @property
    def prev_state_desc(self) -> Description | None:
        """As `get_prev_state_desc`."""
        return self.get_prev_state_desc()

    @prev_state_desc.setter
    def prev_state_desc(self, description: Description | None) -> None:
        """Nothing; scripts with a `step` of their own assign it, as osim-rl's did, but here it follows by itself."""

    def get_observation_space_size(self) -> int:
        return len(self.task.observation)

    def get_action_space_size(self) -> int:
        return len(self.task.excitation)

    def render(self, mode: str = "human", close: bool = False) -> None:
        """Nothing; see the class."""

    def seed(self, seed: int | None = None) -> list[int | None]:
        """Seed the next episode, and those after it."""
        self._seeds = Seeds(seed)
        return [seed]

    def close(self) -> None:
        """Let go of the simulation; `reset` makes another one, as osim-rl did, which had nothing to close."""
        if self._worlds is not None:
            self._worlds.close()
            self._closed = True

    @property
    def unwrapped(self) -> OsimEnv:
        return self

    # --------------------------------------------------------------------------------------------------- Soleus inside

    @property
    def task(self) -> Task:
        return self.worlds.task

    @property
    def worlds(self) -> VectorEnv:
        """The environment inside, of one world."""
        assert self._worlds is not None, "a subclass sets its rules when it is made"
        return self._worlds

    @property
    def now(self) -> Moment:
        """The world now."""
        if self._now is None:
            raise RuntimeError(f"{type(self).__name__} has no episode yet: call reset() first")
        return self._now

    @property
    def snapshot(self) -> Snapshot:
        """The world now, as the task has it."""
        return self.now.snapshot

    def set_rules(self, rules: Rules) -> None:
        """Play another task from the next reset on."""
        task = rules.build()
        engine = self._engine_for(task.model)
        self._worlds = VectorEnv(task, engine, draw_start=lambda seeds: self.begin_state(task.start(seeds)))
        self._before = self._now = None
        self.action_space = Box(0.0, 1.0, (len(task.excitation),))

    def begin(self, seed: int | None) -> None:
        """Start an episode."""
        if self._closed:
            self.set_rules(self.task.config)
        self.worlds.reset(seed=[self._seeds.choose(seed)])
        self._before, self._now = None, self._look()

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from where the world has been."""
        self.worlds.reset(options={"snapshot": snapshot})
        self._before, self._now = None, self._look()

    def move(self, action: ArrayLike) -> str:
        """Hold excitations for a control step; returns why the simulator failed, if it did."""
        self.task.time_limit = int(min(self.spec.timestep_limit, NO_LIMIT))
        _, reward, _, _, info = self.worlds.step(np.asarray(action, dtype=np.float64)[None])
        self.last_action = action
        self._reward = float(reward[0])
        self._before, self._now = self._now, self._look()
        return info["sim_error"][0]

    def advance(self, action: ArrayLike) -> tuple[float, bool, dict[str, str]]:
        """A control step: reward, done and info."""
        error = self.move(action)
        out_of_time = self.osim_model.istep >= self.spec.timestep_limit
        done = bool(error) or self.is_done() or out_of_time
        return self.get_reward(), done, {"sim_error": error} if error else {}

    def _look(self) -> Moment:
        now = self.worlds.snapshot
        return Moment(self.task, now if now.dynamics else replace(now, dynamics=self.worlds.engine.dynamics()))

    def _engine_for(self, model: Model) -> Engine:
        """The engine there is, if it moves this body."""
        if self._worlds is not None:
            if self.task.model == model and not self._closed:
                return self.worlds.engine
            self.worlds.close()
            self._closed = False
        accuracy = min(self.integrator_accuracy, LOOSEST_ACCURACY)
        if accuracy < self.integrator_accuracy:
            _log.warning(
                "integrator_accuracy %g becomes %g: engines take no looser one", self.integrator_accuracy, accuracy
            )
        return make_engine(find_engine(self._engine).config(accuracy=accuracy), model)
