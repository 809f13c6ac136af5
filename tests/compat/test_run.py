"""RunEnv of 1.x and L2RunEnv of 2.x as their users wrote loops around them."""

import gymnasium
import numpy as np
import pytest

import soleus  # noqa: F401 - makes its tasks known to Gymnasium
from soleus.compat.osim_rl import L2RunEnv, RunEnv

ENGINES = [pytest.param("opensim", marks=pytest.mark.opensim), "fast"]


@pytest.mark.parametrize("engine", ENGINES)
def test_runs_are_those_of_soleus_own_environment(engine):
    old = RunEnv(visualize=False, max_obstacles=10, engine=engine)
    new = gymnasium.make("soleus/Run2017-v0", engine=engine).unwrapped
    observation = old.reset(difficulty=2, seed=3)
    assert observation == pytest.approx(new.reset(seed=3)[0].tolist(), rel=1e-6, abs=1e-6)
    for _ in range(5):
        action = np.full(18, 0.3)
        observation, reward, done, info = old.step(action)
        expected, expected_reward, *_ = new.step(action)
        assert observation == pytest.approx(expected.tolist(), rel=1e-6, abs=1e-6)
        assert (reward, done, info) == (expected_reward, False, {})
    assert old.current_state == observation
    assert old.last_state != observation
    assert old.istep == 5
    old.close()
    new.close()


def test_scripts_override_the_step_of_their_time():
    """In osim-rl 1.x `step` was Gym's, and `_step` the environment's."""

    class Shaped(RunEnv):
        def _step(self, action):
            observation, reward, done, info = super()._step(action)
            return observation, 100.0 * reward, done, info

    plain, shaped = (kind(visualize=False, engine="fast") for kind in (RunEnv, Shaped))
    rewards = []
    for env in (plain, shaped):
        env.reset(seed=1)
        rewards.append(env.step([0.3] * 18)[1])
    assert rewards[1] == 100.0 * rewards[0] != 0.0


def test_a_difficulty_that_is_none_is_refused_every_time():
    env = RunEnv(visualize=False, engine="fast")
    for _ in range(2):
        with pytest.raises(ValueError, match="difficulty is 5; allowed are 0, 1, 2"):
            env.reset(difficulty=5)


def test_it_is_done_when_time_is_up_and_begins_anew_after_it_was_closed():
    env = RunEnv(visualize=False, engine="fast")
    first = env.reset(seed=1)
    env.spec.timestep_limit = 1
    assert not env.is_done()
    env.step([0.3] * 18)
    assert env.is_done()
    env.close()
    assert env.reset(seed=1) == first
    env.step([0.3] * 18)


def test_the_track_is_told():
    env = RunEnv(visualize=False, engine="fast")
    env.reset(difficulty=0, seed=1)
    assert env.env_desc == {"obstacles": [], "muscles": [1.0] * 18}
    assert env.get_observation()[36:] == [1.0, 1.0, 100.0, 0.0, 0.0]
    observation = env.reset(difficulty=2, seed=1)
    assert len(env.env_desc["obstacles"]) == 3
    x, y, radius = env.env_desc["obstacles"][0]
    assert observation[38:] == [x, y, radius]
    assert observation[37] == env.env_desc["muscles"][env.MUSCLES_PSOAS_R]
    assert observation[36] == env.env_desc["muscles"][env.MUSCLES_PSOAS_L]
    assert (env.ninput, env.noutput) == (len(observation), env.action_space.shape[0])
    env.close()


def test_a_run_ends_with_the_fall_or_the_time():
    env = RunEnv(visualize=False, engine="fast")
    env.reset(difficulty=0)
    done, n_step = False, 0
    while not done:
        observation, _, done, _ = env.step(np.full(18, 0.05))
        n_step += 1
        assert done == (observation[2] < 0.65) == env.is_pelvis_too_low()
    assert n_step < 400
    env.reset(difficulty=0)
    env.spec.timestep_limit = 2
    assert [env.step(np.zeros(18))[2] for _ in range(2)] == [False, True]
    env.reset(difficulty=0)
    env.timestep_limit = 3
    assert [env.step(np.zeros(18))[2] for _ in range(3)] == [False, False, True]
    env.close()


def test_the_seed_0_is_a_seed():
    env = RunEnv(visualize=False, engine="fast")
    assert env.reset(seed=0) == env.reset(seed=0) != env.reset()
    env.close()


def test_the_run_of_2018_does_not_clip():
    def activation(excitation):
        env = L2RunEnv(visualize=False, engine="fast")
        env.reset()
        env.step(np.full(18, excitation))
        env.close()
        return env.get_state_desc()["muscles"]["soleus_r"]["activation"]

    assert activation(3.0) > activation(1.0)


def test_other_numbers_of_obstacles_are_refused():
    with pytest.raises(ValueError, match="max_obstacles is 5"):
        RunEnv(max_obstacles=5)
    with pytest.raises(ValueError, match="difficulty"):
        RunEnv(visualize=False, engine="fast").reset(difficulty=3)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_run_of_2018(engine):
    env = L2RunEnv(visualize=False, engine=engine)
    observation = env.reset()
    assert len(observation) == 43 == env.get_observation_space_size()
    assert observation[-5:] == [0.0] * 5
    before = env.get_state_desc()
    told, reward, done, _ = env.step(np.full(18, 0.2), project=False)
    assert reward == told["joint_pos"]["ground_pelvis"][1] - before["joint_pos"]["ground_pelvis"][1]
    assert not done
    vector = env.get_observation()
    assert vector[:6] == told["joint_pos"]["ground_pelvis"] + told["joint_vel"]["ground_pelvis"]
    assert vector[6:8] == told["joint_pos"]["hip_l"] + told["joint_vel"]["hip_l"]
    assert vector[18:20] == told["body_pos"]["head"][:2]
    assert vector[32:38] == told["misc"]["mass_center_pos"] + told["misc"]["mass_center_vel"]
    fiber = before["muscles"]["soleus_r"]
    assert abs(fiber["fiber_velocity"]) < 1e-6, "its muscles start in balance"
    env.close()
