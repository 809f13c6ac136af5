"""Descriptions of worlds without a simulator; tests/equality holds the numbers that need one."""

import gymnasium
import numpy as np
import pytest

import soleus  # noqa: F401 - makes its tasks known to Gymnasium
from soleus.model.rotation import to_angles
from soleus.model.spec import CoordinateLimitForce
from soleus.task.description import describe, limit_energy

KEYS = (
    "joint_pos", "joint_vel", "joint_acc", "body_pos", "body_vel", "body_acc", "body_pos_rot", "body_vel_rot",
    "body_acc_rot", "forces", "muscles", "markers", "misc",
)  # fmt: skip


def turn(axis, angle):
    rotation, (i, j) = np.eye(3), [k for k in range(3) if k != axis]
    sign = -1.0 if axis == 1 else 1.0
    rotation[i, i] = rotation[j, j] = np.cos(angle)
    rotation[i, j], rotation[j, i] = -sign * np.sin(angle), sign * np.sin(angle)
    return rotation


@pytest.mark.parametrize("angles", [(0.3, -0.7, 2.9), (-3.0, 1.5, -0.2), (0.0, 0.0, 0.0)])
def test_angles_of_turns_about_x_y_and_z_are_found_again(angles):
    rotation = turn(0, angles[0]) @ turn(1, angles[1]) @ turn(2, angles[2])
    assert to_angles(rotation[None])[0] == pytest.approx(angles, abs=1e-12)


@pytest.mark.parametrize("degrees", [-100.0, -45.0, -41.0, 0.0, 22.0, 60.0])
def test_a_ligament_stores_the_work_done_against_it(degrees):
    """The integral of a slowly moved joint's torque, from where there is none."""
    limit = CoordinateLimitForce("limit", "ankle", 20.0, 20.0, 30.0, -40.0, damping=0.25, transition=10.0)
    unit = np.pi / 180.0
    q = np.linspace(0.0, degrees, 200_001) * unit
    x = np.maximum(q - 20.0 * unit, -40.0 * unit - q) / (10.0 * unit)
    share = np.clip(x, 0.0, 1.0)
    stiffness = np.where(q > 0.0, 20.0, 30.0) / unit
    torque = stiffness * share**3 * (10.0 - 15.0 * share + 6.0 * share**2) * np.maximum(x, 0.0) * 10.0 * unit
    assert limit_energy(limit, q[-1], unit) == pytest.approx(np.trapezoid(torque, np.abs(q)), rel=1e-6)


def test_an_environment_describes_its_world_in_opensim_s_words():
    env = gymnasium.make("soleus/Walk2019-v0")
    env.reset(seed=1)
    env.step(np.full(22, 0.3, dtype=np.float32))
    told = env.unwrapped.describe()
    observation = env.unwrapped.task.observe(env.unwrapped.worlds.snapshot)[0]
    assert tuple(told) == (*KEYS, "v_tgt_field")
    assert told["v_tgt_field"].ravel() == pytest.approx(observation[:242])
    assert told["body_pos"]["pelvis"][1] == pytest.approx(observation[242])
    assert len(told["joint_pos"]["hip_r"]) == 3
    assert told["joint_pos"]["back"] == [env.unwrapped.task.model.coordinates[-1].default], "locked, and told"
    assert told["joint_pos"]["mtp_l"] == []
    assert len(told["forces"]["foot_l"]) == 24
    ground, heel, toes, same_toes = (told["forces"]["foot_l"][first + 1] for first in (0, 6, 12, 18))
    assert toes == same_toes, "OpenSim records a body's force for each of its spheres"
    assert ground == pytest.approx(-(heel + toes))
    assert told["markers"] == {}
    env.close()


def test_each_world_of_a_vector_has_its_own_description():
    env = gymnasium.make_vec("soleus/Run2017-v0", num_envs=2, difficulty=0, autoreset_mode="Disabled")
    env.reset(seed=1)
    env.step(np.array([np.zeros(18), np.ones(18)], dtype=np.float32))
    first, second = env.describe(0), env.describe(1)
    assert tuple(first) == KEYS
    assert first["muscles"]["soleus_r"]["activation"] < second["muscles"]["soleus_r"]["activation"]
    env.close()


def test_a_snapshot_without_dynamics_is_refused():
    env = gymnasium.make("soleus/Run2017-v0", difficulty=0).unwrapped
    env.reset(seed=1)
    with pytest.raises(ValueError, match="no dynamics"):
        describe(env.task.model, env.worlds.snapshot)
    env.close()
