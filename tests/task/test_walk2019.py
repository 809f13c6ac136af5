"""The rewards of Learn to Move worked by hand, over bodies whose every number is given."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.engine.base import default_state, plain_parameters
from soleus.task.base import Snapshot
from soleus.task.walk2019 import Walk2019Config
from soleus.task.walk2019_start import SWING, draw_poses, state_of_pose
from worlds import measurement

STEP = 0.01


def play(task, n_step, *, speed=1.4, push=lambda step: (0.0, 0.0), activation=0.1, height=0.9):
    """Reward terms of each control step of one world, and the last snapshot.

    Args:
        task: the rules.
        n_step: control steps.
        speed: forward, of a pelvis that starts in the origin [m/s].
        push: vertical ground reaction of the right and the left foot after a control step [body weights].
        activation: of every muscle.
        height: of the pelvis after a control step [m].
    """
    model = task.model
    weight = 9.80665 * sum(body.mass for body in model.bodies)
    pelvis = model.body_names.index("pelvis")
    feet = [[force.name for force in model.contact_forces].index(f"foot_{side}") for side in "rl"]
    start = task.start([1])

    def snapshot(step, memory):
        measured = measurement(model)
        measured.body_position[0, pelvis] = (speed * STEP * step, height, 0.0)
        measured.body_velocity[0, pelvis] = (speed, 0.0, 0.0)
        measured.ground_reaction[0, feet, 1] = np.array(push(step)) * weight
        state = default_state(model)
        state = replace(state, activation=np.full_like(state.activation, activation))
        return Snapshot(state, measured, plain_parameters(model), memory)

    now, paid = snapshot(0, start.memory), []
    for step in range(1, n_step + 1):
        moved = snapshot(step, now.memory)
        after = replace(moved, memory=task.remember(now, moved))
        paid.append({name: float(term[0]) for name, term in task.reward(now, after).items()})
        now = after
    return paid, now


def step_at(*times, until=3):
    """The right foot pushes for some control steps from each of some times on."""
    return lambda step: (0.2 if any(time <= step < time + until for time in times) else 0.0, 0.0)


def test_each_control_step_upright_pays_a_tenth():
    paid, _ = play(Walk2019Config(difficulty=0).build(), 5)
    assert [step["alive"] for step in paid] == [0.1] * 5
    assert all(step["footstep"] == step["velocity"] == step["effort"] == step["end"] == 0.0 for step in paid)


@pytest.mark.parametrize(("difficulty", "weight"), [(0, 1.0), (3, 3.0)])
def test_a_footstep_pays_its_time_minus_its_cost_one_control_step_late(difficulty, weight):
    """The foot touches down in control step 20, which is paid in 21: 0.21 s, 22 muscles at 0.3."""
    task = Walk2019Config(difficulty=difficulty, starts_in_contact=False).build()
    paid, last = play(task, 30, speed=2.0, push=step_at(20), activation=0.3)
    assert [index + 1 for index, step in enumerate(paid) if step["footstep"]] == [21]
    assert paid[20]["footstep"] == pytest.approx(10 * 0.21)
    assert paid[20]["effort"] == pytest.approx(-22 * 0.3**2 * 0.21)
    assert last.memory.footstep.count == 1
    assert last.memory.footstep.duration == pytest.approx(0.09), "counted anew since then"
    if difficulty == 0:
        assert paid[20]["velocity"] == pytest.approx(-weight * (2.0 - 1.4) * 0.21)
    else:
        assert paid[20]["velocity"] < -weight * 0.05


def test_without_the_delay_it_is_paid_at_once():
    task = Walk2019Config(difficulty=0, late_payment=False, starts_in_contact=False).build()
    paid, _ = play(task, 30, push=step_at(20))
    assert [index + 1 for index, step in enumerate(paid) if step["footstep"]] == [20]
    assert paid[19]["footstep"] == pytest.approx(10 * 0.20)


@pytest.mark.parametrize(("push", "count"), [(0.049, 0), (0.051, 1)])
def test_five_percent_of_the_body_weight_is_a_touch_down(push, count):
    task = Walk2019Config(difficulty=0, starts_in_contact=False).build()
    _, last = play(task, 10, push=lambda step: (0.0, push if step >= 5 else 0.0))
    assert last.memory.footstep.count == count


@pytest.mark.parametrize(("in_contact", "count"), [(True, 0), (False, 1)])
def test_feet_on_the_ground_at_first_are_a_footstep_or_not(in_contact, count):
    task = Walk2019Config(difficulty=0, starts_in_contact=in_contact).build()
    _, last = play(task, 3, push=lambda step: (0.5, 0.5))
    assert last.memory.footstep.count == count


@pytest.mark.parametrize(("version", "bonus"), [("3.0.6", 10.0), ("3.0.11", 10.0), ("3.0.5", 100.0 + 10 * 0.3)])
def test_the_end_of_round_1(version, bonus):
    task = Walk2019Config(difficulty=2, time_limit=30, round1_end=version).build()
    paid, _ = play(task, 31)
    assert [step["end"] for step in paid[28:]] == [0.0, pytest.approx(bonus), 0.0]
    fallen, _ = play(task, 30, height=0.59)
    assert fallen[-1]["end"] == 0.0


@pytest.mark.parametrize(("n_footstep", "is_paid"), [(5, False), (6, True)])
def test_the_end_of_round_2_pays_the_open_footstep_after_more_than_five(n_footstep, is_paid):
    task = Walk2019Config(difficulty=3, time_limit=100).build()
    paid, last = play(task, 100, push=step_at(*range(10, 10 + 10 * n_footstep, 10)))
    assert last.memory.footstep.count == n_footstep
    assert bool(paid[-1]["footstep"]) is is_paid


def test_both_targets_pay_500_and_no_third():
    """Sinks so wide that the body is always there, and no more than 4 s to stay."""
    task = Walk2019Config(difficulty=3, target_radius=50.0).build()
    paid, last = play(task, 1300, speed=0.0)
    bonus = [step["target"] for step in paid]
    assert sorted(bonus)[-3:] == [0.0, 500.0, 500.0]
    assert task.tell(last)["n_target"] == 2
    first = int(last.memory.target.draws[0, 0, 3] / STEP)
    assert abs(bonus.index(500.0) - first) <= 2


def test_the_field_of_round_1_is_seen_one_control_step_late():
    late, now = (Walk2019Config(difficulty=2, late_field=late).build() for late in (True, False))
    assert Walk2019Config(difficulty=2).resolved.late_field
    assert not Walk2019Config().resolved.late_field
    before = now.observe(play(now, 10, speed=3.0)[1])[:, :242]
    after = late.observe(play(late, 11, speed=3.0)[1])[:, :242]
    np.testing.assert_allclose(after, before, atol=1e-12)
    assert np.abs(now.observe(play(now, 11, speed=3.0)[1])[:, :242] - before).max() > 1e-3


def test_rounds_are_graded_as_their_versions_were():
    first, final = (Walk2019Config(difficulty=difficulty).resolved for difficulty in (2, 3))
    assert (first.time_limit, first.target_radius, first.starts_in_contact, first.round1_end) == (
        1000,
        0.2,
        False,
        "3.0.6",
    )
    assert (final.time_limit, final.target_radius, final.starts_in_contact) == (2500, 0.3, True)


def test_drawn_poses_lie_in_bliznashki_s_ranges():
    task = Walk2019Config(start="random").build()
    state = draw_poses("random", task.model, range(200))
    q, u = (dict(zip(task.model.coordinate_names, values.T, strict=True)) for values in (state.q, state.u))
    assert ((u["pelvis_tx"] >= 0.0) & (u["pelvis_tx"] <= 3.5)).all()
    assert np.abs(u["pelvis_tz"]).max() <= 0.15
    assert (q["pelvis_ty"] == 0.94).all()
    right_swings = u["pelvis_tz"] > 0.0
    low, high = SWING[2]
    for side, swings in (("r", right_swings), ("l", ~right_swings)):
        knee = q[f"knee_angle_{side}"]
        assert ((knee >= low) & (knee <= high))[swings].all()
        assert ((knee >= -0.5) & (knee <= -0.25))[~swings].all()


def test_signs_of_init_pose_are_those_of_the_code():
    """Forward lean, abduction and extension are positive, whatever the comments of osim-rl say."""
    model = Walk2019Config().build().model
    pose = [1.7, 0.5, 0.9, 0.2, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08]
    state = state_of_pose(model, pose)
    q, u = (dict(zip(model.coordinate_names, values[0], strict=True)) for values in (state.q, state.u))
    assert (u["pelvis_tx"], u["pelvis_tz"], q["pelvis_ty"], q["pelvis_tilt"]) == (1.7, 0.5, 0.9, -0.2)
    right = [q[f"{name}_r"] for name in ("hip_adduction", "hip_flexion", "knee_angle", "ankle_angle")]
    left = [q[f"{name}_l"] for name in ("hip_adduction", "hip_flexion", "knee_angle", "ankle_angle")]
    assert right == [-0.01, -0.02, 0.03, -0.04]
    assert left == [-0.05, -0.06, 0.07, -0.08]
    with pytest.raises(ValueError, match=r"init_pose has shape \(3,\); it needs 12 finite numbers"):
        state_of_pose(model, [1.0, 2.0, 3.0])
