"""The only list of reward terms: name -> how it is built for a task. Names are the fields of RewardConfig."""

from __future__ import annotations

from collections.abc import Callable

from soleus.task.base import Task
from soleus.task.bonus import moving, muscle, posture, prior, staying, target
from soleus.task.bonus.base import Bonus, MissingError


def own_reward(task: Task) -> Bonus:
    """The task's own reward, without what it charges for a failure of the simulator."""
    del task
    return lambda step: step.earned


BONUSES: dict[str, Callable[[Task], Bonus]] = {
    "task": own_reward,
    "alive": staying.alive,
    "fall": staying.fall,
    "height": staying.height,
    "pitch": staying.pitch,
    "roll": staying.roll,
    "velocity": moving.velocity,
    "target_velocity": moving.target_velocity,
    "target_velocity_squared": moving.target_velocity_squared,
    "sideways_speed": moving.sideways_speed,
    "vertical_speed": moving.vertical_speed,
    "foot_swing": moving.foot_swing,
    "shin_swing": moving.shin_swing,
    "both_feet_down": moving.both_feet_down,
    "footstep": moving.footstep,
    "head_behind_pelvis": posture.head_behind_pelvis,
    "lean_back": posture.lean_back,
    "lean_back_early": posture.lean_back_early,
    "lean_sideways": posture.lean_sideways,
    "straight_knee": posture.straight_knee,
    "knee_hyperextension": posture.knee_hyperextension,
    "target_distance": target.target_distance,
    "target_goal": target.target_goal,
    "go_or_stop": target.go_or_stop,
    "yaw": target.yaw,
    "yaw_published": target.yaw_published,
    "ligament": muscle.ligament,
    "effort": muscle.effort,
    "symmetric_action": muscle.symmetric_action,
    "pose_prior_mean": prior.pose_prior_mean,
    "pose_prior_mean_published": prior.pose_prior_mean_published,
    "pose_prior_nearest": prior.pose_prior_nearest,
    "start_pose": prior.start_pose,
}
"""Name -> term, given a task; what is paid at weight 1 is the function's docstring"""
SPEED_BONUSES: dict[str, Callable[[Task, float], Bonus]] = {"speed": moving.speed}
"""The same for terms that ask for a speed [m/s]"""


def build_bonus(name: str, task: Task, speed: float) -> Bonus:
    """A term for a task; ValueError with what is missing where it cannot be paid.

    Args:
        name: as in the registry.
        task: whose worlds are paid for.
        speed: for a term that asks for one [m/s].
    """
    try:
        return SPEED_BONUSES[name](task, speed) if name in SPEED_BONUSES else BONUSES[name](task)
    except MissingError as missing:
        raise ValueError(
            f"training reward {name} reads {missing}, which {task.name} does not have under these rules; leave it out"
            f" (--training.reward.{name.replace('_', '-')} 0 where a recipe pays it)"
        ) from None


def bonus_summary(name: str) -> str:
    """What a term pays at weight 1."""
    return " ".join(((SPEED_BONUSES | BONUSES)[name].__doc__ or "").split())
