"""NeurIPS 2018 "AI for Prosthetics": walk at a target velocity, with a prosthesis below the right knee.

Rules as graded (osim-rl 2.1): 160 observed numbers, accelerations among them, 19 excitations, pay for each control step
minus how far the pelvis is off the target velocity, the end when it sinks below 0.6 m. Round 1 asked for 3 m/s straight
ahead, round 2 for a velocity that changes. Switches in `Prosthetics2018Config` bring back how the code was before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, default_state, plain_parameters
from soleus.model import learn_to_move, learn_to_move_planar, prosthetics, prosthetics_planar
from soleus.model.spec import Model
from soleus.task.base import Memory, Snapshot, Start, Task
from soleus.task.check import check_rules
from soleus.task.column import Muscles
from soleus.task.layout import Field, Layout, fields
from soleus.task.prosthetics2018_observation import BodyObservation, observation_layout
from soleus.task.prosthetics2018_target import ChangingTarget, ConstantTarget, Target

ALIVE = {1: 9.0, 2: 10.0}
"""Round -> paid for each control step."""
N_STEP = {1: 300, 2: 1000}
"""Round -> control steps until time is up."""
ROUND_1_SPEED = 3.0
"""[m/s]"""
EFFORT_WEIGHT = 0.001
"""Of the sum of squared activations, in round 2."""
TARGET_FIELDS = (
    Field("target_velocity x", "m/s"),
    Field("target_velocity z", "m/s", mirror_sign=-1.0),
)


@dataclass(frozen=True)
class Prosthetics2018Config:
    """The rules of a walk. The defaults are those of the graded final, round 2."""

    round: Literal[1, 2] = 2
    """Round 1 pays for 3 m/s forward, round 2 for a target velocity that changes, and for little effort."""
    planar: bool = False
    """True: the body moves in the sagittal plane only, the challenge's "2D" models."""
    prosthesis: bool = True
    """Whether the right leg ends in a prosthesis; False: the body with two whole legs, 22 muscles."""
    time_limit: int | None = None
    """Control steps of 10 ms until time is up; None: 300 in round 1, 1000 in round 2."""
    observe_target: bool = field(default=False, metadata={"graded": False})
    """True: the target velocity, x and z, stands at the end of the observation. The graded vector lacks it: whoever
    wanted it read osim-rl's dictionary. Here it is in `info["target_velocity"]` too."""
    clip_excitation: bool | None = None
    """Whether excitations are clipped to [0, 1], or act as they are; None: as graded, not in round 1, but in round 2,
    since osim-rl clipped from 31 October 2018."""
    equilibrate: bool = True
    """Fibres start in balance with their tendons. False: at their default lengths, the rule before osim-rl 2.1."""
    mass_center_axes: Literal[2, 3] = 3
    """Axes along which speed and acceleration of the mass centre are observed; 2 until June 2018, so that the vector
    had 158 numbers (167 without prosthesis), as its space went on to say for long."""
    fall_height: float = 0.6
    """A pelvis below this ends the episode [m]; it was 0.7 until June 2018."""

    @property
    def n_step(self) -> int:
        """Control steps until time is up."""
        return self.time_limit or N_STEP[self.round]

    @property
    def clips(self) -> bool:
        """Whether excitations are clipped."""
        return self.round == 2 if self.clip_excitation is None else self.clip_excitation

    @property
    def resolved(self) -> Prosthetics2018Config:
        """The same rules with nothing left to the round."""
        return replace(self, time_limit=self.n_step, clip_excitation=self.clips)

    @property
    def graded(self) -> Prosthetics2018Config:
        """The rules of this round as they were graded."""
        return Prosthetics2018Config(round=self.round)

    def build(self) -> Prosthetics2018:
        """The task with these rules."""
        return Prosthetics2018(self)


@dataclass(frozen=True)
class TargetMemory(Memory):
    """What the rules of AI for Prosthetics keep in mind."""

    target: Target

    @property
    def velocity(self) -> Array:
        """At which to walk now, x and z in ground, shape (n_world, 2) [m/s]."""
        return self.target.at(self.n_step)


class Prosthetics2018(Task[TargetMemory]):
    """AI for Prosthetics; see the module's docstring."""

    name = "prosthetics2018"
    observes_dynamics = True
    failure_reward = 0.0
    """The graders' program ended with an error instead; a failure pays nothing and ends the episode"""

    def __init__(self, config: Prosthetics2018Config) -> None:
        check_rules("prosthetics2018", config, {"time_limit": 1, "fall_height": 0.0})
        self.config = config
        self.model = _body(config)
        self.time_limit = config.n_step
        self.clip_excitation = config.clips
        body = observation_layout(self.model, config.mass_center_axes)
        self.observation = Layout((*body.fields, *TARGET_FIELDS)) if config.observe_target else body
        self.excitation = Layout(fields(self.model.muscle_names, "1"))
        self._muscles = Muscles(self.model)
        self._body = BodyObservation(self.model, body)
        self._target = ConstantTarget(ROUND_1_SPEED) if config.round == 1 else ChangingTarget()
        self._pelvis = self.model.body_names.index("pelvis")

    def start(self, seeds: Sequence[int]) -> Start[TargetMemory]:
        n_world = len(seeds)
        parameters = plain_parameters(self.model, n_world)
        memory = TargetMemory(np.zeros(n_world, dtype=np.int64), self._target.start(seeds))
        return Start(default_state(self.model, n_world), parameters, np.full(n_world, self.config.equilibrate), memory)

    def remember(self, before: Snapshot[TargetMemory], after: Snapshot[TargetMemory]) -> TargetMemory:
        return TargetMemory(before.memory.n_step + 1, before.memory.target)

    def observe(self, snapshot: Snapshot[TargetMemory]) -> Array:
        body = self._body(snapshot)
        return np.concatenate([body, snapshot.memory.velocity], axis=1) if self.config.observe_target else body

    def reward(self, before: Snapshot[TargetMemory], after: Snapshot[TargetMemory]) -> Mapping[str, Array]:
        velocity = after.measurement.body_velocity[:, self._pelvis]
        off = (velocity[:, ::2] - after.memory.velocity) ** 2
        terms = {"alive": np.full(len(off), ALIVE[self.config.round]), "speed_forward": -off[:, 0]}
        if self.config.round == 1:
            return terms
        activation = self._muscles.activation(after.state)
        effort = -EFFORT_WEIGHT * np.sum(activation**2, axis=1)
        return terms | {"speed_sideways": -off[:, 1], "effort": effort}

    def fallen(self, snapshot: Snapshot[TargetMemory]) -> NDArray[np.bool_]:
        return snapshot.measurement.body_position[:, self._pelvis, 1] < self.config.fall_height

    def distance(self, snapshot: Snapshot[TargetMemory]) -> Array:
        """Forward of the start, in ground [m]."""
        return snapshot.measurement.body_position[:, self._pelvis, 0]

    def tell(self, snapshot: Snapshot[TargetMemory]) -> Mapping[str, NDArray]:
        return {"target_velocity": snapshot.memory.velocity}

    def describe(self, snapshot: Snapshot[TargetMemory], world: int) -> Mapping[str, list[float]]:
        """target_vel: at which to walk now, in ground, told in round 2 [m/s]."""
        if self.config.round == 1:
            return {}
        x, z = snapshot.memory.velocity[world].tolist()
        return {"target_vel": [x, 0.0, z]}


def _body(config: Prosthetics2018Config) -> Model:
    match config.prosthesis, config.planar:
        case True, False:
            return prosthetics()
        case True, True:
            return prosthetics_planar()
        case False, False:
            return learn_to_move()
        case _:
            return learn_to_move_planar()
