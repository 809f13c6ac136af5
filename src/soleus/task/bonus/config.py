"""The weights of the reward while learning."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class RewardConfig:
    """What is paid while learning: each weight times its term, all added up. Terms of weight 0 are not looked at.

    All are in the task's unit. A source's price for a control step of 10 ms is a hundred times that for a second here.
    """

    task: float = 1.0
    """Of the task's own reward. 0 pays only what is asked for below."""
    alive: float = 0.0
    """For each second on its feet. Too little, and it learns to fall forward; too much, and it learns to stand. (Ghelfi
    2018: 0.1; Stelmaszczyk 2017: 1.)"""
    fall: float = 0.0
    """Price of a fall, or a failure of the simulator: makes careful, and slow to begin. (Ghelfi 2018: 0.2.)"""
    height: float = 0.0
    """Price of each second with a pelvis at 0.7 m or below, five times: a fall hurts before it is one. (Bliznashki
    2019: 100.)"""
    pitch: float = 0.0
    """Price of each second for each rad^2/s with which a lean forward or back grows: it may lean, and must not topple.
    (Bliznashki 2019: 100.)"""
    roll: float = 0.0
    """The same for a lean to the side, of a body in space. (Bliznashki 2019: 100.)"""
    velocity: float = 0.0
    """For each metre that the pelvis goes forward. (Stelmaszczyk 2017: 1.)"""
    speed: float = 0.0
    """Price of each second for each m^2/s^2 off the speed that --training.speed asks for, sideways speed included: a
    gait at one speed is learnt sooner than one at all. (PARL 2018: 100 times 4 to 20.)"""
    target_velocity: float = 0.0
    """Price of each second for each m/s off the task's target velocity, in every step and not by footsteps: denser than
    the task's own. (PARL 2019: 300 to 900.)"""
    target_velocity_squared: float = 0.0
    """The same for each m^2/s^2: gentle on who is nearly right. (PARL 2018: 2000.)"""
    sideways_speed: float = 0.0
    """Price of each second of moving to the side, as the body faces, at most 2: keeps it from crab-walking. (Bliznashki
    2019: 100.)"""
    vertical_speed: float = 0.0
    """Price of each second of moving up or down, at most 1: meant to bend knees; its author found no use in it.
    (Bliznashki 2019: 100.)"""
    foot_swing: float = 0.0
    """For each metre that the faster foot goes forward: pays a first step before it is a stride."""
    shin_swing: float = 0.0
    """For each metre that the faster shin goes forward: the same, for the knee. (PARL 2018, RunFastest: 1.)"""
    both_feet_down: float = 0.0
    """Price of each second with weight on both feet, at most 0.5: meant to make it lift its feet; its author found no
    use in it. (Bliznashki 2019: 100.)"""
    footstep: float = 0.0
    """For each touch-down, in a task that counts footsteps: too much, and it trips on the spot. (Catalyst 2019: 5.)"""
    head_behind_pelvis: float = 0.0
    """Price of each second for each metre that the head is behind the pelvis: runners lean forward. (Stelmaszczyk 2017:
    10.)"""
    lean_back: float = 0.0
    """The same beyond 0.3 m, and no more than for 0.3 m: only what topples costs. (Qin 2017: 3.)"""
    lean_back_early: float = 0.0
    """The same beyond 0.15 m, and no more than for 0.3 m. (PARL 2018: 0.75.)"""
    lean_sideways: float = 0.0
    """The same to either side, of a body in space. (PARL 2018, to the left only: 0.75.)"""
    straight_knee: float = 0.0
    """Price of each second for each radian that a knee is bent more than 0.1 rad the wrong way. (Stelmaszczyk and Qin
    2017: 2; PARL 2018: 0.45.)"""
    knee_hyperextension: float = 0.0
    """Price of each second for each radian that a knee is bent the wrong way: a locked knee needs no control, so it is
    found first and tops out at a goose-step of 2 m/s."""
    target_distance: float = 0.0
    """For each second near the target of Learn to Move, at most 1: calls it there. (Bliznashki 2019: 100.)"""
    target_goal: float = 0.0
    """For each second at the target of Learn to Move, five times: makes it stay. (Bliznashki 2019: 100.)"""
    go_or_stop: float = 0.0
    """For each second of going forward while the target is away, at most 3, and of standing still there, at most 2.
    (Bliznashki 2019: 100.)"""
    yaw: float = 0.0
    """For each second of turning at 2.5 rad/s to the side where the target is, or not at all when it is ahead, at most
    2. (Bliznashki 2019: 100.)"""
    yaw_published: float = 0.0
    """The same with the published code's way to turn, which is hardly ever straight on, for comparison. (Bliznashki
    2019: 100.)"""
    ligament: float = 0.0
    """Price of each second for each N m in the joints' ligaments: keeps joints off their stops. (Learning to Run:
    1e-5.)"""
    effort: float = 0.0
    """Price of each second for all squared activations: saves muscles, and too much of it learns to collapse. (PARL
    2019: 100 times 2 to 5.)"""
    symmetric_action: float = 0.0
    """Price of each second for squared differences of left and right activations: teaches to hop. For a gait that is
    the same on both sides take --symmetry."""
    pose_prior_mean: float = 0.0
    """Price of each second far from the mean of a hundred poses of a gait, at most 1. (Bliznashki 2019: 25.)"""
    pose_prior_mean_published: float = 0.0
    """The same with the published code's offset, which lets too much go free, for comparison. (Bliznashki 2019: 25.)"""
    pose_prior_nearest: float = 0.0
    """Price of each second far from the nearest of a hundred poses of a gait, at most 1: lets it move between them."""
    start_pose: float = 0.0
    """Price of each second for squared joint angles away from standing: keeps it upright, and keeps it from
    walking; its author found no use in it. (Bliznashki 2019.)"""

    def __post_init__(self) -> None:
        for item in fields(self):
            weight = getattr(self, item.name)
            if not math.isfinite(weight):
                raise ValueError(f"training reward {item.name} is {weight}; a weight is a finite number")

    @property
    def paid(self) -> dict[str, float]:
        """What is looked at, by name: weights that are not 0."""
        return {name: weight for name, weight in asdict(self).items() if weight}
