"""ProstheticsEnv as its users wrote loops around it, and beside osim-rl's own episodes."""

import numpy as np
import pytest

from compat.recorded import assert_near, load
from soleus.compat.osim_rl import ProstheticsEnv

ENGINES = [pytest.param("opensim", marks=pytest.mark.opensim), "fast"]
RECORDED = load("prosthetics2018")
SIZES = {("3D", True): (160, 19), ("3D", False): (169, 22), ("2D", True): (160, 19), ("2D", False): (169, 22)}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_loop_as_it_used_to_be_written(engine):
    env = ProstheticsEnv(visualize=False, integrator_accuracy=1e-3, engine=engine)
    env.change_model(model="3D", prosthetic=True, difficulty=1, seed=11)
    observation = env.reset(project=False)
    penalty = 0.0
    for _ in range(3):
        observation, reward, done, _ = env.step(np.full(19, 0.2), project=False)
        speed, target = observation["body_vel"]["pelvis"], observation["target_vel"]
        penalty = (speed[0] - target[0]) ** 2 + (speed[2] - target[2]) ** 2
        effort = 0.001 * sum(muscle["activation"] ** 2 for muscle in observation["muscles"].values())
        assert reward == pytest.approx(10.0 - penalty - effort)
        assert not done
    assert observation["target_vel"] == [1.25, 0.0, 0.0]
    assert len(observation["forces"]["pros_foot_r"]) == 18
    assert observation["forces"]["ankleSpring"][0] == pytest.approx(
        -225.0 * observation["joint_pos"]["ankle_r"][0] - observation["joint_vel"]["ankle_r"][0]
    )
    env.close()


@pytest.mark.opensim
@pytest.mark.parametrize("difficulty", [0, 1])
@pytest.mark.parametrize("case", ["3D_pros", "3D", "2D_pros", "2D"])
def test_recorded_episodes_are_repeated(case, difficulty):
    def recorded(field):
        return RECORDED[f"{case}/{field}"]

    env = ProstheticsEnv(visualize=False, engine="opensim")
    env.change_model(case[:2], case.endswith("pros"), difficulty)
    observations = [env.reset(seed=int(recorded("seed")))]
    first = env.get_state_desc()
    rewards, falls = [], []
    for action in recorded("actions"):
        observation, reward, done, _ = env.step(action)
        observations.append(observation)
        rewards.append(reward)
        falls.append(done)
    expected = recorded("observation")
    assert observations[0] == pytest.approx(expected[0], rel=1e-8, abs=1e-5)
    # Accelerations of hundreds of m/s^2 are among them.
    assert_near(np.array(observations)[recorded("observation_step")], expected, most=10.0, nearly_all=1.0)
    suffix = "" if difficulty else "_d0"
    assert rewards == pytest.approx(recorded(f"reward{suffix}"), abs=5e-3)
    assert falls == recorded(f"done{suffix}").tolist()
    assert ("target_vel" in first) == bool(difficulty)
    env.close()


@pytest.mark.parametrize(("model", "prosthetic"), SIZES)
def test_bodies_and_sizes(model, prosthetic):
    env = ProstheticsEnv(visualize=False, engine="fast")
    env.change_model(model=model, prosthetic=prosthetic, difficulty=0, seed=1)
    assert (env.get_observation_space_size(), env.get_action_space_size()) == SIZES[model, prosthetic]
    assert len(env.reset()) == env.observation_space.shape[0]
    assert env.spec.timestep_limit == env.time_limit == 300
    env.set_difficulty(1)
    assert env.spec.timestep_limit == env.time_limit == 1000
    env.close()


def test_a_controller_s_own_reward_is_asked():
    class Standing(ProstheticsEnv):
        def reward(self):
            return 7.0

    env = Standing(visualize=False, engine="fast")
    env.reset()
    assert env.step(env.action_space.sample())[1] == 7.0
    env.close()


def test_a_controller_s_own_step_and_targets_are_taken():
    """As many copied `step` out of osim-rl to change its end."""

    class Turning(ProstheticsEnv):
        def generate_new_targets(self, poisson_lambda=300):
            self.targets = np.linspace([1.0, 0.0, 0.0], [2.0, 0.0, 0.5], self.time_limit + 1)

        def reward(self):
            told = self.get_state_desc()
            return 10.0 - (told["body_vel"]["pelvis"][0] - told["target_vel"][0]) ** 2, {"original": 0.0}

        def step(self, action, project=True):
            self.prev_state_desc = self.get_state_desc()
            self.osim_model.actuate(action)
            self.osim_model.integrate()
            reward, info = self.reward()
            assert self.get_prev_state_desc()["joint_vel"]["knee_l"] == [0.0]
            return [self.get_observation(), reward, self.is_done() or self.osim_model.istep >= 1, info]

    env = Turning(visualize=False, difficulty=1, engine="fast")
    for limit in (1000, 600):
        env.time_limit = limit
        env.reset()
        assert env.get_state_desc()["target_vel"] == [1.0, 0.0, 0.0]
        observation, reward, done, _ = env.step(np.full(19, 0.1))
        assert env.get_state_desc()["target_vel"] == pytest.approx([1.0 + 1 / limit, 0.0, 0.5 / limit])
        assert (len(observation), done) == (160, True)
        assert 8.0 < reward < 10.0
    env.close()


def test_targets_are_told_step_by_step():
    env = ProstheticsEnv(visualize=False, difficulty=1, engine="fast")
    env.reset(seed=3)
    assert env.targets == pytest.approx(RECORDED["targets/velocity"][2], abs=1e-12)
    env.close()


def test_a_body_of_one_s_own_sizes():
    """Sizes that a subclass declares are those of its spaces."""

    class Wide(ProstheticsEnv):
        def get_observation_space_size(self):
            return 334

    assert Wide(visualize=False, engine="fast").observation_space.shape == (334,)


def test_without_a_seed_the_first_targets_are_those_of_seed_0():
    """The constructor's default, which it took for a seed."""

    def targets(**arguments):
        env = ProstheticsEnv(visualize=False, difficulty=1, engine="fast", **arguments)
        env.reset()
        return env.targets.tolist()

    assert targets() == targets(seed=0) != targets(seed=3)


def test_an_unknown_body_is_refused():
    with pytest.raises(ValueError, match="4D"):
        ProstheticsEnv(visualize=False, engine="fast").change_model("4D")
