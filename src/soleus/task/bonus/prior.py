"""Terms of nearness to poses of a gait, as Bliznashki (2019) tried after EX2 (Fu 2017, arXiv 1703.01260)."""

from __future__ import annotations

import numpy as np

from soleus.engine.base import Array, State, default_state
from soleus.task.base import CONTROL_STEP, Snapshot, Task
from soleus.task.bonus.base import Bonus, MissingError, Pelvis, Step, coordinates
from soleus.task.walk2019_start import POSE_FIELDS, draw_poses

N_EXEMPLAR = 100
"""Poses of a gait."""
SHARPNESS = 0.1
"""How fast distance begins to cost."""
MIRROR_SIGN = np.array([1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 1.0, -1.0, -1.0])
"""Of the pelvis' numbers."""
LEG = ("hip_adduction", "hip_flexion", "knee_angle", "ankle_angle")


class PosePrior:
    """Distances of a pose from poses of a gait, squared, in 17 numbers: the pelvis' height, pitch, roll, velocity (3)
    and rates (3), and four angles of either leg, those among them that the body has.

    Quantities of different units are added up as they are, as Bliznashki did. Half of the poses are mirror images of
    the others, so that no side is nearer to a gait.
    """

    def __init__(self, task: Task) -> None:
        legs = [f"{joint}_{side}" for side in "rl" for joint in LEG]
        self._pelvis = Pelvis(task)
        self._legs = coordinates(task, *(name for name in legs if name in task.model.coordinate_names))
        if len(self._legs) < len(legs) - 2:
            raise MissingError("two legs")
        drawn = self._drawn(draw_poses("random", task.model, range(N_EXEMPLAR // 2)), task)
        self._exemplars = np.concatenate([drawn, self._images(drawn)])
        self._middle = self._exemplars.mean(axis=0)
        # Mean squared distance of the exemplars from their mean: the least that any pose can have on average.
        self.spread = float(np.mean(np.sum((self._exemplars - self._middle) ** 2, axis=1)))
        # As Bliznashki's code had it: it took the mean away twice.
        self.published_spread = self.spread + float(np.sum(self._middle**2))

    def mean_distance(self, snapshot: Snapshot) -> Array:
        """From all exemplars on average, shape (n_world,)."""
        return np.sum((self._pose(snapshot) - self._middle) ** 2, axis=1) + self.spread

    def nearest_distance(self, snapshot: Snapshot) -> Array:
        """From the exemplar that is nearest, shape (n_world,)."""
        pose, exemplars = self._pose(snapshot), self._exemplars
        products = pose @ exemplars.T
        return np.min(np.sum(exemplars**2, axis=1) - 2.0 * products, axis=1) + np.sum(pose**2, axis=1)

    def _pose(self, snapshot: Snapshot) -> Array:
        """The numbers of each world, shape (n_world, n)."""
        pelvis = self._pelvis
        height, angles = pelvis.height(snapshot)[:, None], pelvis.angles(snapshot)[:, :2]
        moving = pelvis.own_speed(snapshot), pelvis.turning(snapshot)
        return np.concatenate([height, angles, *moving, snapshot.state.q[:, self._legs]], axis=1)

    def _drawn(self, state: State, task: Task) -> Array:
        """The same of drawn states, whose pelvis is upright but for its pitch, faces forward and does not turn."""
        names = task.model.coordinate_names
        q, u = (dict(zip(names, values.T, strict=True)) for values in (state.q, state.u))
        nothing = np.zeros(len(state))
        speed = q["pelvis_ty"], -q["pelvis_tilt"], nothing, u["pelvis_tx"], -u.get("pelvis_tz", nothing), nothing
        return np.concatenate([np.stack([*speed, *[nothing] * 3], axis=1), state.q[:, self._legs]], axis=1)

    def _images(self, poses: Array) -> Array:
        """Their mirror images, shape (n, n_number)."""
        middle, legs = np.split(poses, [len(poses[0]) - len(self._legs)], axis=1)
        right, left = np.split(legs, 2, axis=1)
        return np.concatenate([middle * MIRROR_SIGN, left, right], axis=1)


def pose_prior_mean(task: Task) -> Bonus:
    """-tanh(0.1 max(0, d - d0)), d the mean squared distance from the exemplars and d0 the least it can be."""
    prior = _prior(task)
    return lambda step: _cost(prior.mean_distance(step.after) - prior.spread)


def pose_prior_mean_published(task: Task) -> Bonus:
    """`pose_prior_mean` with the published code's d0, which is too large."""
    prior = _prior(task)
    return lambda step: _cost(prior.mean_distance(step.after) - prior.published_spread)


def pose_prior_nearest(task: Task) -> Bonus:
    """-tanh(0.1 d), d the squared distance from the nearest exemplar."""
    prior = _prior(task)
    return lambda step: _cost(prior.nearest_distance(step.after))


def start_pose(task: Task) -> Bonus:
    """-(q - q0)^2, the joint angles in a sum, q0 those in which the body stands by default."""
    joints = coordinates(task, *(name for name in task.model.coordinate_names if not name.startswith("pelvis")))
    if not len(joints):
        raise MissingError("joints")
    own = default_state(task.model).q[0, joints]

    def bonus(step: Step) -> Array:
        return -CONTROL_STEP * np.sum((step.after.state.q[:, joints] - own) ** 2, axis=1)

    return bonus


def _prior(task: Task) -> PosePrior:
    coordinates(task, *(name for name, *_ in POSE_FIELDS if name in ("pelvis_tx", "pelvis_ty", "pelvis_tilt")))
    return PosePrior(task)


def _cost(distance: Array) -> Array:
    return -CONTROL_STEP * np.tanh(SHARPNESS * np.maximum(distance, 0.0))
