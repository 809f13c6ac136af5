"""The two-joint reaching task of osim-rl's Arm2DEnv: bring the wrist to a point in the plane, and keep it there.

Rules as in osim-rl 3.0.11: 16 observed numbers, 6 excitations, 200 control steps, reward 1 minus the squared distance
of the marker on the radial styloid to the target, no failure. Its muscles wrap over the bones, so OpenSim simulates it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, default_state, plain_parameters
from soleus.model import arm
from soleus.task.base import Memory, Snapshot, Start, Task
from soleus.task.check import check_rules
from soleus.task.column import Muscles
from soleus.task.layout import Field, Layout, fields

JOINTS = ("r_shoulder_elev", "r_elbow_flex")
MARKER = "r_radius_styloid"
TARGET_AREAS = {
    "3.0.11": ((0.0, 2.0 * np.pi / 3.0), (0.3, 0.65), -1.0, 0.8),
    "2018": ((9.0 * np.pi / 8.0, 12.0 * np.pi / 8.0), (0.5, 0.65), 1.0, 0.0),
}
"""By version: range of the angle [rad], range of the radius [m], sign and offset of the height [m]."""


@dataclass(frozen=True)
class ArmConfig:
    """The rules of reaching. The defaults are those of osim-rl 3.0.11, but for the first observation."""

    time_limit: int = 200
    """Control steps of 10 ms until time is up."""
    target_area: Literal["3.0.11", "2018"] = "3.0.11"
    """Where targets are drawn: about the shoulder since 3.0, about the ground's origin before."""
    stale_first_observation: bool = False
    """True: as published, the first observation tells the target of the last episode, 0, 0 before the first. Then the
    same seed does not give the same episode, which learners and their checks rely on."""
    clip_excitation: bool = True
    """As published: excitations are clipped to [0, 1]. False: they act as they are."""

    @property
    def round(self) -> int:
        """0: no challenge had it."""
        return 0

    @property
    def resolved(self) -> ArmConfig:
        """The same rules; none of them is left to the round."""
        return self

    @property
    def graded(self) -> ArmConfig:
        """The published rules; no challenge graded them."""
        return ArmConfig()

    def build(self) -> Arm:
        """The task with these rules."""
        return Arm(self)


@dataclass(frozen=True)
class ArmMemory(Memory):
    """What the rules of reaching keep in mind."""

    target: Array
    """x and y in ground, shape (n_world, 2) [m]"""


class Arm(Task[ArmMemory]):
    """Reaching; see the module's docstring."""

    name = "arm"
    failure_reward = 0.0
    """osim-rl paid nothing where the distance was not a number"""
    observes_dynamics = True

    def __init__(self, config: ArmConfig) -> None:
        check_rules("arm", config, {"time_limit": 1})
        self.config = config
        self.model = arm()
        self.time_limit = config.time_limit
        self.clip_excitation = config.clip_excitation
        self._reported = Muscles(self.model)
        muscles = sorted(self.model.muscle_names)
        self.observation = _observation_layout(muscles)
        self.excitation = Layout(fields(self.model.muscle_names, "1"))
        self._muscles = np.array([self.model.muscle_names.index(name) for name in muscles])
        self._joints = np.array([self.model.coordinate_names.index(name) for name in JOINTS])
        marker = next(marker for marker in self.model.markers if marker.name == MARKER)
        self._marker_body = self.model.body_names.index(marker.body)
        self._marker_place = np.array(marker.location)

    def start(self, seeds: Sequence[int]) -> Start[ArmMemory]:
        n_world = len(seeds)
        memory = ArmMemory(
            np.zeros(n_world, dtype=np.int64),
            np.array([draw_target(random.Random(seed), self.config.target_area) for seed in seeds]).reshape(n_world, 2),
        )
        state = default_state(self.model, n_world)
        return Start(state, plain_parameters(self.model, n_world), np.ones(n_world, dtype=bool), memory)

    def remember(self, before: Snapshot[ArmMemory], after: Snapshot[ArmMemory]) -> ArmMemory:
        return replace(before.memory, n_step=before.memory.n_step + 1)

    def observe(self, snapshot: Snapshot[ArmMemory]) -> Array:
        return self._observe(snapshot, snapshot.memory.target)

    def observe_start(self, snapshot: Snapshot[ArmMemory], previous: Snapshot[ArmMemory] | None) -> Array:
        if not self.config.stale_first_observation:
            return self.observe(snapshot)
        target = np.zeros_like(snapshot.memory.target) if previous is None else previous.memory.target
        return self._observe(snapshot, target)

    def _observe(self, snapshot: Snapshot[ArmMemory], target: Array) -> Array:
        state, dynamics = snapshot.state, snapshot.dynamics
        assert dynamics is not None
        motion = [part[:, self._joints] for part in (state.q, state.u, dynamics.acceleration)]
        joints = np.stack(motion, axis=2).reshape(len(state), -1)
        activation = self._reported.activation(state)[:, self._muscles]
        return np.concatenate([target, joints, activation, self._hand(snapshot)], axis=1)

    def reward(self, before: Snapshot[ArmMemory], after: Snapshot[ArmMemory]) -> Mapping[str, Array]:
        return {"reach": 1.0 - self.distance(after) ** 2}

    def fallen(self, snapshot: Snapshot[ArmMemory]) -> NDArray[np.bool_]:
        return np.zeros(len(snapshot.state), dtype=bool)

    def distance(self, snapshot: Snapshot[ArmMemory]) -> Array:
        """From the wrist to the target [m]."""
        return np.linalg.norm(self._hand(snapshot) - snapshot.memory.target, axis=1)

    def tell(self, snapshot: Snapshot[ArmMemory]) -> Mapping[str, NDArray]:
        return {"target": snapshot.memory.target.copy()}

    def _hand(self, snapshot: Snapshot[ArmMemory]) -> Array:
        """X and y of the marker at the wrist in ground, shape (n_world, 2) [m]."""
        measured = snapshot.measurement
        turned = measured.body_rotation[:, self._marker_body] @ self._marker_place
        return (measured.body_position[:, self._marker_body] + turned)[:, :2]


class Uniform(Protocol):
    """Python's generator of random numbers, or its module, which is the global one."""

    def uniform(self, a: float, b: float) -> float: ...


def draw_target(generator: Uniform, area: str) -> tuple[float, float]:
    """A target [m], as osim-rl drew it from the same state of Python's generator."""
    angles, radii, sign, offset = TARGET_AREAS[area]
    angle = generator.uniform(*angles)
    radius = generator.uniform(*radii)
    return np.cos(angle) * radius, sign * np.sin(angle) * radius + offset


def _observation_layout(muscles: Sequence[str]) -> Layout:
    joints = [
        field
        for joint in JOINTS
        for field in fields([joint], "rad")
        + fields([f"{joint} speed"], "rad/s")
        + fields([f"{joint} acceleration"], "rad/s^2")
    ]
    return Layout(
        (
            Field("target x", "m"),
            Field("target y", "m"),
            *joints,
            *(Field(f"{muscle} activation", "1") for muscle in muscles),
            Field("hand x", "m"),
            Field("hand y", "m"),
        )
    )
