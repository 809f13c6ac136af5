"""L2M2019Env of osim-rl 3.0.11: NeurIPS 2019 "Learn to Move: Walk Around"."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from gymnasium.spaces import Box
from numpy.typing import ArrayLike, NDArray

from soleus.compat.osim_rl.base import OsimEnv
from soleus.compat.osim_rl.l2m2019_observation import LEGS, MUSCLES, body_ranges, observation_dict, view_ranges
from soleus.engine.base import Array
from soleus.model import learn_to_move, learn_to_move_planar
from soleus.task.base import CONTROL_STEP, Start
from soleus.task.column import Muscles
from soleus.task.walk2019 import (
    ALIVE,
    DURATION_WEIGHT,
    EFFORT_WEIGHT,
    VELOCITY_WEIGHT,
    Walk2019,
    Walk2019Config,
    WalkMemory,
)
from soleus.task.walk2019_start import STAND, state_of_pose

Observed = dict[str, Any] | list[float]


class VTgtField:
    """The field of target velocities, for who asks `env.vtgt`."""

    def __init__(self, env: L2M2019Env) -> None:
        self._env = env

    @property
    def p_sink(self) -> Array:
        """Where the velocities point, forward and leftward in ground, shape (2,) [m]."""
        sink = self._env.snapshot.memory.target.sink[0]
        return np.array([sink.real, sink.imag])

    def get_vtgt(self, xy: ArrayLike) -> Array:
        """Target velocity at a place, both forward and leftward in ground, shape (2, 1) [m, m/s]."""
        forward, leftward = np.asarray(xy, dtype=np.float64)[:2]
        task, memory = self._env.task, self._env.snapshot.memory
        assert isinstance(task, Walk2019)
        velocity = task.target_velocity(memory, np.array([forward + 1j * leftward]))
        return np.array([velocity.real, velocity.imag])


class L2M2019Env(OsimEnv):
    """Follow a field of velocities: 339 numbers or a dictionary, 22 excitations; see `soleus.task.walk2019`.

    Excitations come in osim-rl's order, HAB HAD HFL GLU HAM RF VAS BFSH GAS SOL TA of the right leg, then of the left.
    """

    model = "3D"
    """3D, or 2D: the body moves in the sagittal plane only"""
    model_paths: ClassVar[dict[str, str]] = {
        "3D": f"{learn_to_move().name}.osim",
        "2D": f"{learn_to_move_planar().name}.osim",
    }
    time_limit = 2500
    MASS = 75.16460000000001
    """[kg]"""
    G = 9.80665
    """[m/s^2]"""
    LENGTH0 = 1.0
    """[m]"""
    INIT_POSE = np.array(STAND)
    """Forward and rightward speed, pelvis height, trunk lean, then hip abduction and extension of hip, knee and ankle
    of the right and the left leg [m/s, m, rad]"""
    obs_vtgt_space = view_ranges()
    obs_body_space = body_ranges()

    def __init__(
        self,
        visualize: bool = True,
        integrator_accuracy: float = 5e-5,
        difficulty: int = 3,
        seed: int | None = None,
        report: str | None = None,
        *,
        engine: str | None = None,
    ) -> None:
        super().__init__(visualize, integrator_accuracy, seed or None, engine)
        self.report = report
        self.observation_space = Box(*np.hstack([self.obs_vtgt_space, self.obs_body_space]).astype(np.float32))
        self._init_pose: ArrayLike = self.INIT_POSE
        self._effort = 0.0
        self.difficulty = difficulty
        self.vtgt = VTgtField(self)
        self.load_model()

    def change_model(self, model: str = "3D", difficulty: int = 3, seed: int | None = 0) -> None:
        """Choose body and difficulty, from the next reset on. As in osim-rl the seed does nothing."""
        if model not in ("2D", "3D"):
            raise ValueError(f"model is {model!r}; it is '2D' or '3D'")
        self.model = model
        self.set_difficulty(difficulty)

    def get_model_key(self) -> str:
        return self.model

    def load_model(self, model_path: str | None = None) -> None:
        """Take the body that `model` says; the path does not matter."""
        self.set_difficulty(self.difficulty)

    def set_difficulty(self, difficulty: int) -> None:
        """Choose the targets: 0 the same velocity everywhere, 1 ahead, 2 round 1, 3 round 2."""
        rules = Walk2019Config(
            difficulty=difficulty,  # pyright: ignore[reportArgumentType] - checked by the task
            planar=self.model == "2D",
            target_radius=0.3,
            late_field=False,
            starts_in_contact=True,
            round1_end="3.0.11",
        )
        self.set_rules(rules)
        self.difficulty = difficulty
        self.time_limit = self.spec.timestep_limit = rules.n_step

    def reset(
        self,
        project: bool = True,
        seed: int | None = None,
        init_pose: ArrayLike | None = None,
        obs_as_dict: bool = True,
    ) -> Observed:
        """Start an episode.

        Args:
            project: observe; False: the whole description.
            seed: of the targets; None or 0 for the next episode.
            init_pose: twelve numbers as INIT_POSE.
            obs_as_dict: observe as a dictionary, not as a vector.
        """
        self._init_pose = self.INIT_POSE if init_pose is None else init_pose
        self._effort = 0.0
        self.begin(seed or None)  # it took 0 for none
        return self._observed(project, obs_as_dict)

    def step(
        self, action: ArrayLike, project: bool = True, obs_as_dict: bool = True
    ) -> tuple[Observed, float, bool, dict[str, str]]:
        """Hold 22 excitations for 10 ms; arguments as for `reset`."""
        reward, done, info = self.advance(action)
        self._effort += CONTROL_STEP * self._sum_of_squares()
        return self._observed(project, obs_as_dict), reward, done, info

    def get_observation_dict(self) -> dict[str, Any]:
        return observation_dict(self.now.observation)

    def get_observation(self) -> list[float]:
        return list(self.now.observation)

    def get_observation_clipped(self) -> NDArray[np.float64]:
        """The vector, within its declared ranges."""
        return np.clip(self.get_observation(), self.observation_space.low, self.observation_space.high)

    def get_reward_1(self) -> float:
        """Of the last step, as round 1 paid; difficulties 0 to 2 do."""
        return self._reward_of(1)

    def get_reward_2(self) -> float:
        """Of the last step, as round 2 paid; difficulty 3 does."""
        return self._reward_of(2)

    def get_v_tgt_field(self) -> NDArray[np.float64]:
        """Target velocities around the body, forward and leftward, shape (2, 11, 11) [m/s]."""
        return self.get_observation_dict()["v_tgt_field"]

    @property
    def v_tgt_field(self) -> NDArray[np.float64]:
        return self.get_v_tgt_field()

    @property
    def flag_new_v_tgt_field(self) -> int:
        """Whether a target has been reached in the last step."""
        return int(self._memory.target.reached[0])

    @property
    def t(self) -> float:
        """Since the reset [s]."""
        return self.osim_model.istep * CONTROL_STEP

    @property
    def pose(self) -> NDArray[np.float64]:
        """Of the pelvis: forward and leftward in ground [m], yaw [rad]."""
        told = self.get_state_desc()
        x, _, z = told["body_pos"]["pelvis"]
        return np.array([x, -z, told["joint_pos"]["ground_pelvis"][2]])

    @property
    def footstep(self) -> dict[str, Any]:
        """Footsteps so far, whether one has begun in the last step, and which feet are on the ground."""
        step = self._memory.footstep
        right, left = step.contact[0].tolist()
        return {"n": int(step.count[0]), "new": bool(step.landed[0]), "r_contact": right, "l_contact": left}

    @property
    def d_reward(self) -> dict[str, Any]:
        """Weights of the reward, and what has gathered for the next footstep; for reading only."""
        step = self._memory.footstep
        due = 0.0 if step.paid[0] else 1.0
        deviation = due * step.deviation[0]
        return {
            "weight": {
                "footstep": DURATION_WEIGHT,
                "effort": EFFORT_WEIGHT,
                "v_tgt": VELOCITY_WEIGHT[1],
                "v_tgt_R2": VELOCITY_WEIGHT[2],
            },
            "alive": ALIVE,
            "effort": self._effort,
            "footstep": {
                "effort": due * float(step.effort[0]),
                "del_t": due * float(step.duration[0]),
                "del_v": np.array([deviation.real, deviation.imag]),
            },
        }

    @property
    def Fmax(self) -> dict[str, dict[str, float]]:  # noqa: N802 - osim-rl's name
        """Maximum isometric force of each muscle of each leg [N]."""
        return self._of_muscles([muscle.max_isometric_force for muscle in self.task.model.muscles])

    @property
    def lopt(self) -> dict[str, dict[str, float]]:
        """Optimal fibre length of each muscle of each leg [m]."""
        return self._of_muscles([muscle.optimal_fiber_length for muscle in self.task.model.muscles])

    def begin_state(self, start: Start) -> Start:
        """The pose of the reset."""
        return replace(start, state=state_of_pose(self.task.model, self._init_pose))

    @property
    def _memory(self) -> WalkMemory:
        return self.snapshot.memory

    def _observed(self, project: bool, obs_as_dict: bool) -> Observed:
        if not project:
            return self.get_state_desc()
        return self.get_observation_dict() if obs_as_dict else self.get_observation()

    def _reward_of(self, asked: int) -> float:
        """A step is paid once, by the rules that the environment has."""
        played = 2 if self.difficulty == 3 else 1
        if asked != played:
            raise ValueError(f"difficulty {self.difficulty} pays as round {played} did: ask get_reward_{played}()")
        return OsimEnv.get_reward(self)

    def _of_muscles(self, values: list[float]) -> dict[str, dict[str, float]]:
        by_name = dict(zip(self.task.model.muscle_names, values, strict=True))
        ordered = iter(self.task.excitation.names)
        return {leg: {muscle: by_name[next(ordered)] for muscle in MUSCLES} for leg in LEGS}

    def _sum_of_squares(self) -> float:
        return float(np.sum(Muscles(self.task.model).activation(self.snapshot.state) ** 2))
