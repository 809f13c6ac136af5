"""Every reward term against numbers worked by hand from its source's formula."""

from dataclasses import replace

import numpy as np
import pytest

from snapshots import snapshot, step
from soleus.task.bonus import RewardConfig, build_bonus
from soleus.task.bonus.pay import Pay
from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.run2017 import Run2017Config
from soleus.task.walk2019 import Walk2019Config

RUN = Run2017Config(difficulty=0).build()
WALK = Walk2019Config(difficulty=1).build()
CONSTANT = Walk2019Config(difficulty=0).build()
PROSTHETICS = Prosthetics2018Config().build()
DT = 0.01
WEIGHT = 9.80665 * sum(body.mass for body in RUN.model.bodies)


def push(right, left):
    """Ground reactions upward in body weights."""
    return {"ground_reaction": WEIGHT * np.array([[(0, right, 0), (0, left, 0)]])}


CASES = {
    "task": [(RUN, {"earned": 0.3}, 0.3)],
    "alive": [(RUN, {}, DT), (RUN, {"fallen": True}, 0.0)],
    "fall": [(RUN, {}, 0.0), (RUN, {"fallen": True}, -1.0)],
    "height": [
        (RUN, {"pelvis_at": (0, 0.7, 0)}, -5 * DT),
        (RUN, {"pelvis_at": (0, 0.701, 0)}, 0.0),
    ],
    "pitch": [
        (RUN, {"pelvis_tilt": -0.2, "pelvis_tilt_speed": -3.0}, -0.6 * DT),
        (RUN, {"pelvis_tilt": 0.2, "pelvis_tilt_speed": 3.0}, -0.6 * DT),
        (RUN, {"pelvis_tilt": -0.2, "pelvis_tilt_speed": 3.0}, 0.0),
    ],
    "roll": [
        (WALK, {"pelvis_list": 0.1, "pelvis_list_speed": 2.0}, -0.2 * DT),
        (WALK, {"pelvis_list": 0.1, "pelvis_list_speed": -2.0}, 0.0),
    ],
    "velocity": [(RUN, {"pelvis_velocity": (2.5, 1, 0)}, 2.5 * DT)],
    "speed": [(WALK, {"pelvis_velocity": (0.25, 9, -0.5)}, -(1.0 + 0.25) * DT)],
    "target_velocity": [
        (CONSTANT, {"pelvis_velocity": (1.0, 0, 0.3)}, -0.5 * DT),
        (PROSTHETICS, {"pelvis_velocity": (1.25, 0, -0.4)}, -0.4 * DT),
    ],
    "target_velocity_squared": [(CONSTANT, {"pelvis_velocity": (1.0, 0, 0.3)}, -0.25 * DT)],
    "sideways_speed": [
        (WALK, {"pelvis_velocity": (3.0, 0, 0.5)}, -2 * np.tanh(1.0) ** 2 * DT),
        (WALK, {"pelvis_velocity": (0, 0, -2.0), "pelvis_rotation": np.pi / 2}, 0.0),
    ],
    "vertical_speed": [(RUN, {"pelvis_velocity": (3.0, -1.0, 0)}, -(np.tanh(1.0) ** 2) * DT)],
    "foot_swing": [
        (RUN, {"before": {"talus_l_at": (1.0, 0, 0)}, "talus_l_at": (1.03, 0, 0), "talus_r_at": (0.01, 0, 0)}, 0.03),
        (RUN, {"talus_l_at": (-0.01, 0, 0), "talus_r_at": (-0.02, 0, 0)}, -0.01),
        (RUN, {"talus_l_at": (0.01, 0, 0), "talus_r_at": (0.02, 0, 0), "fallen": True}, 0.0),
        (PROSTHETICS, {"pros_foot_r_at": (0.02, 0, 0)}, 0.02),
    ],
    "shin_swing": [
        (RUN, {"tibia_l_at": (0.01, 0, 0), "tibia_r_at": (0.02, 0, 0)}, 0.02),
        (PROSTHETICS, {"pros_tibia_r_at": (0.05, 0, 0)}, 0.05),
    ],
    "both_feet_down": [
        (RUN, push(0.2, 0.3), -0.3 * DT),
        (RUN, push(0.5, 0.5), -0.5 * DT),
        (RUN, push(2.0, 0.0), 0.0),
    ],
    "head_behind_pelvis": [
        (RUN, {"head_at": (0.9, 0, 0), "pelvis_at": (1.0, 0, 0)}, -0.1 * DT),
        (RUN, {"head_at": (1.1, 0, 0), "pelvis_at": (1.0, 0, 0)}, 0.0),
    ],
    "lean_back": [
        (RUN, {"head_at": (-0.3, 0, 0)}, 0.0),
        (RUN, {"head_at": (-0.4, 0, 0)}, -0.1 * DT),
        (RUN, {"head_at": (-0.9, 0, 0)}, -0.3 * DT),
        (RUN, {"head_at": (0.9, 0, 0)}, 0.0),
    ],
    "lean_back_early": [(RUN, {"head_at": (-0.25, 0, 0)}, -0.1 * DT), (RUN, {"head_at": (-0.6, 0, 0)}, -0.3 * DT)],
    "lean_sideways": [(WALK, {"head_at": (0, 0, 0.25)}, -0.1 * DT), (WALK, {"head_at": (0, 0, -0.2)}, -0.05 * DT)],
    "straight_knee": [
        (RUN, {"knee_angle_l": 0.15, "knee_angle_r": 0.3}, -0.25 * DT),
        (RUN, {"knee_angle_l": 0.1, "knee_angle_r": -1.0}, 0.0),
    ],
    "knee_hyperextension": [
        (RUN, {"knee_angle_l": 0.25, "knee_angle_r": -0.4}, -0.25 * DT),
        (RUN, {"knee_angle_l": 0.25, "fallen": True}, 0.0),
    ],
    "ligament": [(RUN, {"limit_force": np.array([[3.0, 0, 0, -4.0, 0, 0]])}, -5.0 * DT)],
    "effort": [(RUN, {"soleus_r": 0.5, "soleus_l": 1.0}, -(1.25 + 16 * 0.01**2) * DT)],
    "symmetric_action": [(RUN, {"soleus_r": 0.5, "soleus_l": 0.3, "tib_ant_r": 0.11}, -(0.04 + 0.01) * DT)],
    "start_pose": [(RUN, {"knee_angle_l": -0.3, "ankle_angle_r": 0.2, "pelvis_tilt": 1.0}, -0.13 * DT)],
}


@pytest.mark.parametrize(
    ("name", "task", "what", "paid"), [(name, *case) for name, cases in CASES.items() for case in cases]
)
def test_a_term_pays_what_its_formula_says(name, task, what, paid):
    bonus = build_bonus(name, task, speed=1.25)
    assert bonus(step(task, **what)).tolist() == pytest.approx([paid], abs=1e-12)


def seen(monkeypatch, task, distance, sideways=(0.0, 0.0, 0.0), ahead=1.0):
    """The field is pooled to a distance, which is all forward, and to sizes of leftward speeds."""
    field = np.zeros((1, 2, 11, 11))
    field[0, 0, 4:8] = distance
    field[0, 0, 8:] = ahead
    for block, size in zip((slice(8, 11), slice(4, 8), slice(0, 4)), sideways, strict=True):
        field[0, 1, :, block] = size
    monkeypatch.setattr(task, "view", lambda snapshot: field)


@pytest.mark.parametrize(("distance", "paid"), [(2.0, 0.0), (1.5, 0.16514), (1.0, 0.46212), (0.5, 0.90515), (0.0, 1.0)])
def test_nearness_of_a_target(monkeypatch, distance, paid):
    """As Bliznashki listed them, to three digits."""
    seen(monkeypatch, WALK, distance)
    assert build_bonus("target_distance", WALK, 0.0)(step(WALK))[0] == pytest.approx(paid * DT, abs=1e-7)


def test_a_target_is_reached_below_three_tenths(monkeypatch):
    for distance, paid in ((0.29, 5.0), (0.31, 0.0)):
        seen(monkeypatch, WALK, distance)
        assert build_bonus("target_goal", WALK, 0.0)(step(WALK))[0] == pytest.approx(paid * DT)


def test_go_while_it_is_away_and_stop_when_there(monkeypatch):
    bonus, moving = build_bonus("go_or_stop", WALK, 0.0), {"pelvis_velocity": (1.0, 0, 0)}
    seen(monkeypatch, WALK, 1.0)
    assert bonus(step(WALK, **moving))[0] == pytest.approx(3 * np.tanh(1.0) * DT)
    seen(monkeypatch, WALK, 0.1)
    assert bonus(step(WALK, **moving))[0] == pytest.approx(2 * (1 - np.tanh(5.0) ** 2) * DT)
    assert bonus(step(WALK))[0] == pytest.approx(2 * DT)


@pytest.mark.parametrize(
    ("sideways", "turn", "published"),
    [((0.1, 0.5, 0.6), 0.025, 0.025), ((0.6, 0.5, 0.1), -0.025, -0.025), ((0.5, 0.0, 0.6), 0.0, 0.025)],
    ids=["left", "right", "ahead"],
)
def test_turning_to_where_the_target_is(monkeypatch, sideways, turn, published):
    seen(monkeypatch, WALK, 1.0, sideways)
    for name, best in (("yaw", turn), ("yaw_published", published)):
        bonus = build_bonus(name, WALK, 0.0)
        for off in (0.0, 0.01, -0.02):
            before, after = {"pelvis_rotation": 0.4}, {"pelvis_rotation": 0.4 + best + off}
            paid = bonus(step(WALK, before, **after))[0]
            assert paid == pytest.approx(2 * (1 - np.tanh(100 * off) ** 2) * DT)


def test_a_footstep_is_a_touch_down():
    now = step(WALK)
    memory = now.after.memory
    landed = replace(memory, footstep=replace(memory.footstep, landed=np.array([True])))
    bonus = build_bonus("footstep", WALK, 0.0)
    assert bonus(now).tolist() == [0.0]
    assert bonus(replace(now, after=replace(now.after, memory=landed))).tolist() == [1.0]


def test_weights_make_the_reward_of_stelmaszczyk():
    """0.01 v + 0.01 + 0.1 min(0, head - pelvis) - 0.02 sum max(0, knee - 0.1) - 1e-7 |ligaments|, in a control step."""
    weights = RewardConfig(task=0.0, velocity=1.0, alive=1.0, head_behind_pelvis=10.0, straight_knee=2.0, ligament=1e-5)
    after = {"pelvis_velocity": (3.0, 0, 0), "head_at": (-0.2, 0, 0), "knee_angle_r": 0.4}
    after["limit_force"] = np.array([[30.0, 40.0, 0, 0, 0, 0]])
    paid = Pay(RUN, weights, 0.0)(step(RUN, earned=7.0, **after))
    assert set(paid) == {"velocity", "alive", "head_behind_pelvis", "straight_knee", "ligament"}
    expected = 0.01 * 3.0 + 0.01 + 0.1 * -0.2 - 0.02 * 0.3 - 1e-7 * 50.0
    assert sum(term[0] for term in paid.values()) == pytest.approx(expected)


def test_weights_make_the_stability_of_bliznashki():
    """-max(0, q q') for pitch and roll, -2 tanh(2 v)^2 and -5 when low, in a control step."""
    weights = RewardConfig(task=0.0, pitch=100.0, roll=100.0, sideways_speed=100.0, height=100.0)
    after = {"pelvis_tilt": -0.3, "pelvis_tilt_speed": -2.0, "pelvis_list": -0.1, "pelvis_list_speed": -1.0}
    after |= {"pelvis_velocity": (0, 0, 0.2), "pelvis_at": (0, 0.65, 0)}
    paid = Pay(WALK, weights, 0.0)(step(WALK, **after))
    expected = {"pitch": -0.6, "roll": -0.1, "sideways_speed": -2 * np.tanh(0.4) ** 2, "height": -5.0}
    assert {name: term[0] for name, term in paid.items()} == pytest.approx(expected)


def test_worlds_are_paid_one_by_one():
    several = snapshot(RUN, 3, knee_angle_l=np.array([0.0, 0.1, 0.2]))
    now = replace(step(RUN), before=several, after=several, fallen=np.zeros(3, dtype=bool))
    assert build_bonus("knee_hyperextension", RUN, 0.0)(now).tolist() == pytest.approx([0.0, -0.001, -0.002])
