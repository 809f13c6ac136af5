"""NeurIPS 2019 "Learn to Move: Walk Around": follow a field of velocities to its sink, and stay there.

Rules as graded (osim-rl 3.0.11, and 3.0.6 for the end of round 1): 339 observed numbers, 22 excitations, pay for each
footstep minus what it cost and how far its mean velocity was off the field, the end when the pelvis sinks below 0.6 m.
Round 1 was difficulty 2, round 2 difficulty 3. Switches in `Walk2019Config` decide where the code was at odds with
itself; their defaults are what was graded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, plain_parameters
from soleus.model import learn_to_move, learn_to_move_planar
from soleus.task.base import CONTROL_STEP, Memory, Snapshot, Start, Task
from soleus.task.check import check_rules
from soleus.task.column import Coordinates, Muscles
from soleus.task.field import DWELL, N_NUMBER, N_VIEW, VIEW, Complex, ConstantField, SinkField, Target
from soleus.task.footstep import Footstep, land, no_footsteps
from soleus.task.layout import Layout, fields
from soleus.task.walk2019_observation import MUSCLES, BodyObservation, body_weight, observation_layout
from soleus.task.walk2019_start import StartName, draw_poses

FALL_HEIGHT = 0.6
"""A pelvis below this ends the episode [m]."""
TURNS = {1: 0.0, 2: np.pi / 2, 3: np.pi}
"""Difficulty -> largest turn from one sink to the next, to either side [rad]."""
N_TARGET = {1: np.inf, 2: np.inf, 3: 2}
"""Difficulty -> targets that are paid for, or count."""
ALIVE = 0.1
"""Paid for each control step."""
DURATION_WEIGHT, EFFORT_WEIGHT = 10.0, 1.0
"""Of a footstep's duration [1/s], and of its effort."""
VELOCITY_WEIGHT = {1: 1.0, 2: 3.0}
"""Round -> weight of how far a footstep was off [1/m]."""
TARGET_BONUS = 500.0
LEAST_FOOTSTEPS = 5
"""The last, unfinished footstep of round 2 is paid for if there were more than this."""
END_BONUS = 10.0
OLD_END_BONUS = 100.0


@dataclass(frozen=True)
class Walk2019Config:
    """The rules of a walk. The defaults are those of the graded final, round 2."""

    difficulty: Literal[0, 1, 2, 3] = 3
    """0: the same velocity everywhere; 1: sinks straight ahead; 2: to the front and sides, round 1; 3: two of them, all
    around, round 2."""
    planar: bool = False
    """True: the body moves in the sagittal plane only, the challenge's "2D" model."""
    start: StartName = "stand"
    """stand: as graded, upright at rest; step: in mid-stride at 1.7 m/s, the pose of osim-rl's planar example; random:
    a step drawn for each episode, as Bliznashki (2019) trained."""
    time_limit: int | None = None
    """Control steps of 10 ms until time is up; None: 1000, and 2500 at difficulty 3."""
    target_radius: float | None = None
    """How near to a sink counts as there [m]; None: as graded, 0.2 in round 1 and 0.3 in round 2."""
    late_field: bool | None = None
    """Whether the observation has the field of the control step before; None: as graded, in round 1 only."""
    late_payment: bool = True
    """As graded: a footstep and a target are paid for in the control step after, and never if that was the last."""
    starts_in_contact: bool | None = None
    """Whether feet count as on the ground before the first control step, or touching down at first is a footstep; None:
    as graded, in round 2 only. (osim-rl 3.0.6 began so in its first episode, and then kept what the last one left.)"""
    round1_end: Literal["3.0.5", "3.0.6", "3.0.11"] = "3.0.6"
    """What the end of time pays in round 1, by version of osim-rl: 3.0.5 the last footstep's duration and 100; 3.0.6,
    which graded, 10; 3.0.11 10 and the duration of a footstep that ends just then (without one it crashed)."""
    clip_excitation: bool = True
    """As graded: excitations are clipped to [0, 1]. False: they act as they are."""

    @property
    def round(self) -> Literal[1, 2]:
        """Whose rewards are paid."""
        return 2 if self.difficulty == 3 else 1

    @property
    def n_step(self) -> int:
        """Control steps until time is up."""
        return self.time_limit or (2500 if self.difficulty == 3 else 1000)

    @property
    def resolved(self) -> Walk2019Config:
        """The same rules with nothing left to the round."""
        is_final = self.round == 2
        graded = {
            "time_limit": self.n_step,
            "target_radius": 0.3 if is_final else 0.2,
            "late_field": not is_final,
            "starts_in_contact": is_final,
        }
        return replace(self, **{name: value for name, value in graded.items() if getattr(self, name) is None})

    @property
    def graded(self) -> Walk2019Config:
        """The rules of this round as they were graded."""
        return Walk2019Config(difficulty=3 if self.round == 2 else 2)

    def build(self) -> Walk2019:
        """The task with these rules."""
        return Walk2019(self)


@dataclass(frozen=True)
class WalkMemory(Memory):
    """What the rules of Learn to Move keep in mind."""

    target: Target
    footstep: Footstep
    sight: Array
    """What the view of the field followed from a control step ago, where it is observed late, shape (n_world, n)"""


class Walk2019(Task[WalkMemory]):
    """Learn to Move; see the module's docstring."""

    name = "walk2019"
    failure_reward = 0.0
    """The graders' program ended with an error instead; a failure pays nothing and ends the episode"""

    def __init__(self, config: Walk2019Config) -> None:
        check_rules("walk2019", config, {"time_limit": 1, "target_radius": 0.0})
        self.config = config
        self.model = learn_to_move_planar() if config.planar else learn_to_move()
        self.time_limit = config.n_step
        self.clip_excitation = config.clip_excitation
        self.observation = observation_layout()
        self.excitation = Layout(fields(MUSCLES, "1"))
        self._field = _field(config)
        self._sees_late = config.resolved.late_field is True
        self._muscles = Muscles(self.model)
        self._body = BodyObservation(self.model)
        self._yaw = Coordinates(self.model, ["pelvis_rotation"])
        self._pelvis = self.model.body_names.index("pelvis")
        self._feet = np.array([[force.name for force in self.model.contact_forces].index(f"foot_{s}") for s in "rl"])
        self._weight = body_weight(self.model)

    def start(self, seeds: Sequence[int]) -> Start[WalkMemory]:
        n_world = len(seeds)
        state = draw_poses(self.config.start, self.model, seeds)
        footstep = no_footsteps(n_world, in_contact=self.config.resolved.starts_in_contact is True)
        # osim-rl's reset already updated the target once, before the first control step.
        target = self._field.update(self._field.start(seeds), np.zeros(n_world, dtype=np.complex128))
        sight = np.zeros((n_world, N_NUMBER))
        memory = WalkMemory(np.zeros(n_world, dtype=np.int64), target, footstep, sight)
        return Start(state, plain_parameters(self.model, n_world), np.ones(n_world, dtype=bool), memory)

    def remember(self, before: Snapshot[WalkMemory], after: Snapshot[WalkMemory]) -> WalkMemory:
        memory = before.memory
        n_step = memory.n_step + 1
        position = self._position(after)
        target_velocity = self.target_velocity(memory, position)
        activation = self._muscles.activation(after.state)
        step = land(
            memory.footstep,
            contact=after.measurement.ground_reaction[:, self._feet, 1] > 0.05 * self._weight,
            effort=np.sum(activation**2, axis=1),
            deviation=_on_plane(after.measurement.body_velocity[:, self._pelvis]) - target_velocity,
        )
        known = memory.footstep if self.config.late_payment else step
        paid = known.landed
        if self.config.round == 2:
            paid = paid | (self._ends_well(after, n_step) & (known.count > LEAST_FOOTSTEPS))
        sight = self._sight(before) if self._sees_late else memory.sight
        return WalkMemory(n_step, self._field.update(memory.target, position), step.with_payment(paid), sight)

    def observe(self, snapshot: Snapshot[WalkMemory]) -> Array:
        observed = np.empty((len(snapshot.state), len(self.observation)))
        self._field.view(self._observed_sight(snapshot), observed[:, :N_VIEW])
        self._body.write(snapshot, self._heading(snapshot), observed[:, N_VIEW:])
        return observed

    def reward(self, before: Snapshot[WalkMemory], after: Snapshot[WalkMemory]) -> Mapping[str, Array]:
        step = after.memory.footstep
        duration = DURATION_WEIGHT * step.duration
        terms = {
            "alive": np.full(len(step), ALIVE),
            "footstep": step.paid * duration,
            "velocity": -VELOCITY_WEIGHT[self.config.round] * step.paid * np.abs(step.deviation),
            "effort": -EFFORT_WEIGHT * step.paid * step.effort,
        }
        if self.config.round == 2:
            known = before if self.config.late_payment else after
            return terms | {"target": TARGET_BONUS * known.memory.target.reached}
        return terms | {"end": self._ends_well(after, after.memory.n_step) * self._end_bonus(step)}

    def fallen(self, snapshot: Snapshot[WalkMemory]) -> NDArray[np.bool_]:
        return snapshot.measurement.body_position[:, self._pelvis, 1] < FALL_HEIGHT

    def distance(self, snapshot: Snapshot[WalkMemory]) -> Array:
        """Forward of the start, in ground [m]."""
        return snapshot.measurement.body_position[:, self._pelvis, 0]

    def tell(self, snapshot: Snapshot[WalkMemory]) -> Mapping[str, NDArray]:
        memory = snapshot.memory
        return {"n_footstep": memory.footstep.count.copy(), "n_target": memory.target.number - 1}

    def describe(self, snapshot: Snapshot[WalkMemory], world: int) -> Mapping[str, Array]:
        """v_tgt_field: forward and leftward velocities, back to front, right to left, shape (2, 11, 11) [m/s]."""
        view = np.empty((len(snapshot.state), N_VIEW))
        self._field.view(self._sight(snapshot), view)
        return {"v_tgt_field": view[world].reshape(2, len(VIEW), len(VIEW))}

    def view(self, snapshot: Snapshot[WalkMemory]) -> Array:
        """The field around the bodies as it is observed: forward and leftward velocities, back to front, right to left,
        shape (n_world, 2, 11, 11) [m/s].
        """
        view = np.empty((len(snapshot.state), N_VIEW))
        self._field.view(self._observed_sight(snapshot), view)
        return view.reshape(-1, 2, len(VIEW), len(VIEW))

    def target_velocity(self, memory: WalkMemory, position: Complex) -> Complex:
        """Of the field at a place in ground, one for each world, shape (n_world,) [m/s]; see `soleus.task.field`."""
        return self._field.velocity(memory.target, position)

    def _observed_sight(self, snapshot: Snapshot[WalkMemory]) -> Array:
        """`_sight`, late where the field is observed late."""
        sight = self._sight(snapshot)
        if not self._sees_late:
            return sight
        begins = snapshot.memory.n_step == 0
        return np.where(begins[:, None], sight, snapshot.memory.sight)

    def _sight(self, snapshot: Snapshot[WalkMemory]) -> Array:
        """What the view of the field follows from, shape (n_world, n)."""
        return self._field.sight(snapshot.memory.target, self._position(snapshot), self._heading(snapshot))

    def _heading(self, snapshot: Snapshot[WalkMemory]) -> Complex:
        """Where the pelvis faces, as numbers of length 1, shape (n_world,)."""
        return np.exp(1j * self._yaw.positions(snapshot.state.q)[:, 0])

    def _position(self, snapshot: Snapshot[WalkMemory]) -> Complex:
        return _on_plane(snapshot.measurement.body_position[:, self._pelvis])

    def _ends_well(self, after: Snapshot[WalkMemory], n_step: NDArray[np.integer]) -> NDArray[np.bool_]:
        return (n_step == self.time_limit) & ~self.fallen(after)

    def _end_bonus(self, step: Footstep) -> Array | float:
        """What the end of time pays in round 1."""
        match self.config.round1_end:
            case "3.0.5":
                return OLD_END_BONUS + DURATION_WEIGHT * step.duration * ~step.paid
            case "3.0.11":
                return END_BONUS + DURATION_WEIGHT * step.duration * step.paid
            case _:
                return END_BONUS


def _on_plane(vector: Array) -> Complex:
    """The horizontal part of vectors, shape (n_world, 3), as the field has it."""
    return vector[:, 0] - 1j * vector[:, 2]


def _field(config: Walk2019Config) -> ConstantField | SinkField:
    if config.difficulty == 0:
        return ConstantField()
    turn, n_target, radius = TURNS[config.difficulty], N_TARGET[config.difficulty], config.resolved.target_radius
    assert radius is not None, "resolved leaves nothing to the round"
    n_draw = int(n_target if np.isfinite(n_target) else config.n_step * CONTROL_STEP // DWELL[0] + 1)
    return SinkField((-turn, turn), n_target, n_draw, radius)
