"""NIPS 2017 "Learning to Run": as far as you can in 10 s, around balls on the track, with a weakened hip.

Rules as graded in the final (osim-rl 1.5): 41 observed numbers, 18 excitations, reward = metres gained minus a token
for strained ligaments, the end when the pelvis sinks below 0.65 m. Where the graded code did something that its authors
did not mean, a switch in `Run2017Config` decides, and its default is what was graded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from soleus.engine.base import Array, Parameters, default_state
from soleus.model import learning_to_run
from soleus.model.spec import ObstacleContact
from soleus.task.base import Memory, Snapshot, Start, Task
from soleus.task.check import check_rules
from soleus.task.layout import Field, Layout, fields, mirror_name
from soleus.task.terms import distance_gained, ligament_strain

FALL_HEIGHT = 0.65
"""A pelvis_ty below this ends the episode [m]."""
GRADED_CONTACT_RADIUS = 0.1
"""Radius of the balls that the graded contact system kept, whatever radius was drawn [m]."""
NO_OBSTACLE_AHEAD = (100.0, 0.0, 0.0)
"""What is observed of the next obstacle when there is none: distance [m], height [m], radius [m]."""
BODIES = ("head", "pelvis", "torso", "toes_l", "toes_r", "talus_l", "talus_r")
LEG_COORDINATES = ("hip_flexion_r", "knee_angle_r", "ankle_angle_r", "hip_flexion_l", "knee_angle_l", "ankle_angle_l")


@dataclass(frozen=True)
class Run2017Config:
    """The rules of a run. The defaults are those of the graded final."""

    round: Literal[1, 2] = 2
    """Round 1 puts 3 balls on the track, round 2 puts 10."""
    difficulty: Literal[0, 1, 2] = 2
    """0: flat track; 1: balls; 2: balls and weakened hip muscles. Grading was always at 2."""
    time_limit: int = 1000
    """Control steps of 10 ms until time is up."""
    left_psoas_is_gluteus: bool = True
    """As graded: the strength called "psoas_l" weakens muscle 11, the left gluteus. False: the left iliopsoas."""
    fixed_obstacle_size: bool = True
    """As graded: every ball touches as if its radius were 0.1 m. False: with the radius that is observed."""
    clip_excitation: bool = True
    """As graded: excitations are clipped to [0, 1]. False: the rule until August 2017, they act as they are."""
    stale_first_observation: bool = False
    """True: the rule until September 2017, the first observation tells strengths and obstacle of the last episode."""
    start_noise: float = 0.0
    """Deviation of each angle of the first pose, drawn from the episode's seed [rad]. Graded without: then all episodes
    of a flat track are one."""

    @property
    def n_obstacle(self) -> int:
        """Balls on the track."""
        if self.difficulty == 0:
            return 0
        return 3 if self.round == 1 else 10

    @property
    def resolved(self) -> Run2017Config:
        """The same rules; none of them is left to the round."""
        return self

    @property
    def graded(self) -> Run2017Config:
        """The rules of this round as they were graded."""
        return Run2017Config(round=self.round)

    def build(self) -> Run2017:
        """The task with these rules."""
        return Run2017(self)


class Run2017(Task[Memory]):
    """Learning to Run; see the module's docstring."""

    name = "run2017"
    failure_reward = -500.0
    """osim-rl paid this when the integrator raised an exception"""

    def __init__(self, config: Run2017Config) -> None:
        check_rules("run2017", config, {"time_limit": 1, "start_noise": 0.0})
        body = learning_to_run()
        radius = GRADED_CONTACT_RADIUS if config.fixed_obstacle_size else None
        obstacle = ObstacleContact(config.n_obstacle, contact_radius=radius) if config.n_obstacle else None
        self.config = config
        self.model = replace(body, obstacle=obstacle)
        self.time_limit = config.time_limit
        self.clip_excitation = config.clip_excitation
        self.observation = _observation_layout()
        self.excitation = Layout(fields(self.model.muscle_names, "1"))
        muscle, coordinate = self.model.muscle_names.index, self.model.coordinate_names.index
        self._psoas = np.array(
            [muscle("glut_max_l" if config.left_psoas_is_gluteus else "iliopsoas_l"), muscle("iliopsoas_r")]
        )
        self._pelvis = np.array([coordinate(name) for name in ("pelvis_tilt", "pelvis_tx", "pelvis_ty")])
        self._legs = np.array([coordinate(name) for name in LEG_COORDINATES])
        self._bodies = np.array([self.model.body_names.index(name) for name in BODIES])
        self._default = default_state(self.model)
        self._random = np.random.RandomState(0)  # seeded for each course; a new one would cost more than its draws

    def start(self, seeds: Sequence[int]) -> Start:
        n_world, config = len(seeds), self.config
        obstacle = np.zeros((n_world, config.n_obstacle, 3))
        strength = np.ones((n_world, len(self.model.muscles)))
        state = self._default[np.zeros(n_world, dtype=int)]
        angles = np.append(self._pelvis[:1], self._legs)
        for world, seed in enumerate(seeds):
            self._random.seed(seed)
            obstacle[world], right, left = draw_course(self._random, config.difficulty, config.n_obstacle)
            strength[world, self._psoas] = left, right
            state.q[world, angles] += config.start_noise * self._random.standard_normal(len(angles))
        moved = np.full(n_world, config.start_noise > 0)
        return Start(state, Parameters(strength, obstacle), moved, Memory(np.zeros(n_world, dtype=np.int64)))

    def remember(self, before: Snapshot, after: Snapshot) -> Memory:
        return Memory(before.memory.n_step + 1)

    def observe(self, snapshot: Snapshot) -> Array:
        return self._observe(snapshot, snapshot.parameters)

    def observe_start(self, snapshot: Snapshot, previous: Snapshot | None) -> Array:
        if not self.config.stale_first_observation:
            return self.observe(snapshot)
        # Before the first episode: full strength, and all balls infinitely far behind.
        own = snapshot.parameters
        nothing = Parameters(np.ones_like(own.strength), np.full_like(own.obstacle, (-np.inf, 0.0, 0.0)))
        return self._observe(snapshot, nothing if previous is None else previous.parameters)

    def _observe(self, snapshot: Snapshot, told: Parameters) -> Array:
        state, measured = snapshot.state, snapshot.measurement
        xp = state.q.__array_namespace__()
        n_world = len(state)
        return xp.concat(
            [
                state.q[:, self._pelvis],
                state.u[:, self._pelvis],
                state.q[:, self._legs],
                state.u[:, self._legs],
                measured.mass_center_position[:, :2],
                measured.mass_center_velocity[:, :2],
                measured.body_position[:, self._bodies, :2].reshape(n_world, -1),
                told.strength[:, self._psoas],
                next_obstacle(told.obstacle, self.distance(snapshot)),
            ],
            axis=1,
        )

    def reward(self, before: Snapshot, after: Snapshot) -> Mapping[str, Array]:
        return {
            "distance": distance_gained(self.distance(before), self.distance(after)),
            "ligament": ligament_strain(after.measurement.limit_force),
        }

    def fallen(self, snapshot: Snapshot) -> NDArray[np.bool_]:
        return snapshot.state.q[:, self._pelvis[2]] < FALL_HEIGHT

    def distance(self, snapshot: Snapshot) -> Array:
        return snapshot.state.q[:, self._pelvis[1]]


def draw_course(random: np.random.RandomState, difficulty: int, n_obstacle: int) -> tuple[Array, float, float]:
    """Balls and strengths of an episode, drawn as osim-rl's `generate_env` drew them from the same seed.

    Args:
        random: NumPy's legacy generator, freshly seeded.
        difficulty: 0 draws nothing, 1 balls, 2 balls and strengths.
        n_obstacle: balls on the track.

    Returns:
        The balls sorted along the track, x, y and radius, shape (n_obstacle, 3) [m]; the strength factors called
        psoas_r and psoas_l [1].
    """
    obstacle = np.zeros((0, 3))
    if difficulty >= 1:
        n_first = min(3, n_obstacle)
        x = random.uniform(1.0, 5.0, n_first)
        height = random.uniform(-0.25, 0.25, n_first)
        radius = 0.05 + random.exponential(0.05, n_first)
        if n_obstacle > 3:
            n_more = min(20, n_obstacle) - 3
            x = np.append(x, 5.0 + np.cumsum(random.uniform(2.0, 4.0, n_more)))
            height = np.append(height, random.uniform(-0.05, 0.25, n_more))
            radius = np.append(radius, 0.05 + random.exponential(0.05, n_more))
        obstacle = np.stack([x, height * radius, radius], axis=1)[np.argsort(x, kind="stable")]
    strength_right = strength_left = 1.0
    if difficulty >= 2:
        strength_right = max(0.5, 1.0 - random.normal(0.0, 0.1))
        strength_left = max(0.5, 1.0 - random.normal(0.0, 0.1))
    return obstacle, strength_right, strength_left


def next_obstacle(obstacle: Array, pelvis_x: Array) -> Array:
    """The first ball not wholly behind the pelvis: distance ahead, height, radius, shape (n_world, 3) [m]."""
    xp = pelvis_x.__array_namespace__()
    none = xp.broadcast_to(xp.asarray(NO_OBSTACLE_AHEAD), (len(pelvis_x), 3))
    if obstacle.shape[1] == 0:
        return none
    ahead = obstacle[:, :, 0] + obstacle[:, :, 2] >= pelvis_x[:, None]
    first = xp.take_along_axis(obstacle, xp.argmax(ahead, axis=1)[:, None, None], axis=1)[:, 0]
    told = xp.concat([first[:, :1] - pelvis_x[:, None], first[:, 1:]], axis=1)
    return xp.where(xp.any(ahead, axis=1)[:, None], told, none)


def _observation_layout() -> Layout:
    pelvis = (Field("pelvis_tilt", "rad"), Field("pelvis_tx", "m", forward_position=True), Field("pelvis_ty", "m"))
    pelvis_speed = (
        Field("pelvis_tilt speed", "rad/s"),
        Field("pelvis_tx speed", "m/s"),
        Field("pelvis_ty speed", "m/s"),
    )
    center = (Field("mass_center x", "m", forward_position=True), Field("mass_center y", "m"))
    bodies = tuple(
        Field(f"{body} {axis}", "m", mirror_name(f"{body} {axis}"), forward_position=axis == "x")
        for body in BODIES
        for axis in ("x", "y")
    )
    return Layout(
        pelvis
        + pelvis_speed
        + fields(LEG_COORDINATES, "rad")
        + fields([f"{name} speed" for name in LEG_COORDINATES], "rad/s")
        + center
        + fields(("mass_center x speed", "mass_center y speed"), "m/s")
        + bodies
        + fields(("strength psoas_l", "strength psoas_r"), "1")
        + fields(("obstacle distance", "obstacle height", "obstacle radius"), "m")
    )
