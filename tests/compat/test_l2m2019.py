"""L2M2019Env as its users wrote loops around it, and beside osim-rl's own episodes."""

from contextlib import closing

import gymnasium
import numpy as np
import pytest

import soleus  # noqa: F401 - makes its tasks known to Gymnasium
from compat.recorded import assert_near, load
from soleus.compat.osim_rl import L2M2019Env
from soleus.model import learn_to_move

ENGINES = [pytest.param("opensim", marks=pytest.mark.opensim), "fast"]
WALKING = np.array([1.7, 0.0, 0.9023, 0.2012, 0, -0.6952, -0.3231, 0.1709, 0, -0.0528, -0.8042, -0.1745])
RECORDED = load("walk2019")


def actions(n_step=8, seed=0):
    return np.random.default_rng(seed).uniform(0.0, 1.0, (n_step, 22))


def recorded_env(case, engine):
    motion = f"motion_{RECORDED[f'{case}/motion']}"
    env = L2M2019Env(visualize=False, difficulty=int(RECORDED[f"{case}/difficulty"]), engine=engine)
    if "planar" in case:
        env.change_model(model="2D", difficulty=env.difficulty)
    pose = RECORDED[f"{motion}/init_pose"]
    observation = env.reset(seed=int(RECORDED[f"{case}/seed"]), init_pose=pose, obs_as_dict=False)
    return env, motion, observation


@pytest.mark.parametrize("engine", ENGINES)
def test_a_loop_as_it_used_to_be_written(engine):
    env = L2M2019Env(visualize=True, seed=1, difficulty=2, engine=engine)
    env.change_model(model="2D", difficulty=2, seed=1)
    obs_dict = env.reset(project=True, seed=1, obs_as_dict=True, init_pose=WALKING)
    env.spec.timestep_limit = 5
    total_reward, done, n_step = 0.0, False, 0
    while not done:
        action = [0.1 + 0.01 * obs_dict[leg][muscle]["f"] for leg in ("r_leg", "l_leg") for muscle in env.lopt[leg]]
        obs_dict, reward, done, info = env.step(action, project=True, obs_as_dict=True)
        total_reward += reward
        n_step += 1
        assert info == {}
    assert n_step == 5
    assert total_reward == pytest.approx(0.5 + 10.0, abs=1e-9), "alive, and the end of time"
    assert env.footstep["n"] == 0
    assert obs_dict["pelvis"]["height"] == env.get_state_desc()["body_pos"]["pelvis"][1]
    env.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_numbers_are_those_of_soleus_own_environment(engine):
    settings = {"accuracy": 5e-5}
    old = L2M2019Env(visualize=False, difficulty=3, engine=engine)
    new = gymnasium.make("soleus/Walk2019-v0", engine=engine, engine_settings=settings).unwrapped
    observation = old.reset(seed=7, obs_as_dict=False)
    assert observation == pytest.approx(new.reset(seed=7)[0].tolist(), rel=1e-6, abs=1e-6)
    for action in actions():
        observation, reward, done, _ = old.step(action, obs_as_dict=False)
        expected, expected_reward, terminated, truncated, _ = new.step(action)
        assert observation == pytest.approx(expected.tolist(), rel=1e-6, abs=1e-6)
        assert reward == expected_reward
        assert done == (terminated or truncated)
        told, own = old.get_state_desc(), new.describe()
        assert told["body_acc"] == own["body_acc"]
        assert (told["v_tgt_field"] == own["v_tgt_field"]).all()
    old.close()
    new.close()


@pytest.mark.opensim
@pytest.mark.parametrize("case", ["d0", "d1", "d2", "d3", "d3_planar"])
def test_recorded_episodes_are_repeated(case):
    env, motion, observation = recorded_env(case, "opensim")
    observations, rewards, falls, footsteps = [observation], [], [], [0]
    for action in RECORDED[f"{motion}/actions"][: len(RECORDED[f"{case}/reward"])]:
        observation, reward, done, _ = env.step(action, obs_as_dict=False)
        observations.append(observation)
        rewards.append(reward)
        falls.append(done)
        footsteps.append(env.footstep["n"])
    expected = RECORDED[f"{case}/observation"]
    assert observations[0] == pytest.approx(expected[0], abs=1e-6)
    assert_near(np.array(observations)[RECORDED[f"{case}/observation_step"]], expected, most=2.0, nearly_all=0.01)
    assert rewards == pytest.approx(RECORDED[f"{case}/reward"], abs=5e-4)
    assert falls == RECORDED[f"{motion}/done"].tolist()
    assert footsteps == RECORDED[f"{motion}/n_footstep"].tolist()
    env.close()


@pytest.mark.parametrize("case", ["end_d0_on_footstep", "end_d1_on_footstep", "end_d2_on_footstep", "end_d3"])
def test_the_end_of_time_pays_as_it_did_wherever_a_script_puts_it(case):
    env, motion, _ = recorded_env(str(RECORDED[f"{case}/episode"]), "fast")
    env.spec.timestep_limit = int(RECORDED[f"{case}/limit"])
    steps = [env.step(action, obs_as_dict=False) for action in RECORDED[f"{motion}/actions"][: env.spec.timestep_limit]]
    assert [reward for _, reward, _, _ in steps] == pytest.approx(RECORDED[f"{case}/reward"], abs=1e-3)
    assert [done for _, _, done, _ in steps] == RECORDED[f"{case}/done"].tolist()
    env.close()


@pytest.fixture(scope="module")
def env():
    env = L2M2019Env(visualize=False, engine="fast")
    yield env
    env.close()


def test_the_dictionary_and_the_vector_are_the_same_numbers(env):
    env.reset(seed=3)
    named, _, _, _ = env.step(actions()[0])
    vector = env.get_observation()
    assert (named["v_tgt_field"].ravel() == vector[:242]).all()
    assert [named["pelvis"]["height"], named["pelvis"]["pitch"], named["pelvis"]["roll"]] == vector[242:245]
    assert named["pelvis"]["vel"] == vector[245:251]
    for leg, first in (("r_leg", 251), ("l_leg", 295)):
        assert named[leg]["ground_reaction_forces"] == vector[first : first + 3]
        assert [named[leg]["joint"][joint] for joint in ("hip_abd", "hip", "knee", "ankle")] == vector[
            first + 3 : first + 7
        ]
        assert named[leg]["d_joint"]["ankle"] == vector[first + 10]
        assert [named[leg]["TA"][what] for what in "flv"] == vector[first + 41 : first + 44]
        assert named[leg]["HAB"]["f"] == vector[first + 11]
    told = env.get_state_desc()
    assert named["l_leg"]["HAM"]["f"] == told["muscles"]["hamstrings_l"]["fiber_force"] / env.Fmax["l_leg"]["HAM"]
    assert named["r_leg"]["SOL"]["l"] == pytest.approx(
        told["muscles"]["soleus_r"]["fiber_length"] / env.lopt["r_leg"]["SOL"]
    )
    assert named["l_leg"]["joint"]["knee"] == told["joint_pos"]["knee_l"][0]


def test_what_old_controllers_read_is_there(env):
    env.reset(seed=3)
    assert env.get_prev_state_desc() is None
    first = env.get_state_desc()
    env.step(actions()[0])
    assert env.get_prev_state_desc() is first
    assert learn_to_move().mass == pytest.approx(env.MASS)
    assert env.INIT_POSE.tolist() == [0, 0, 0.94] + [0] * 9
    assert env.observation_space.shape == (env.get_observation_space_size(),) == (339,)
    assert env.action_space.shape == (env.get_action_space_size(),) == (22,)
    assert env.time_limit == env.spec.timestep_limit == 2500
    assert env.osim_model.istep == 1
    assert env.t == env.osim_model.stepsize == 0.01
    x, _, z = env.get_state_desc()["body_pos"]["pelvis"]
    assert env.pose.tolist() == [x, -z, env.get_state_desc()["joint_pos"]["ground_pelvis"][2]]
    assert set(env.footstep) == {"n", "new", "r_contact", "l_contact"}
    squares = np.sum(np.square(env.osim_model.get_activations()))
    assert env.d_reward["effort"] == pytest.approx(0.01 * squares)
    assert env.d_reward["footstep"]["effort"] == pytest.approx(0.01 * squares)
    assert env.d_reward["footstep"]["del_t"] == pytest.approx(0.01)
    assert env.d_reward["weight"] == {"footstep": 10, "effort": 1, "v_tgt": 1, "v_tgt_R2": 3}
    assert env.render() is None


def test_the_declared_ranges_are_the_published_ones(env):
    low, high = env.obs_body_space
    assert env.obs_vtgt_space.shape == (2, 242)
    assert (low[0], high[0]) == (0, 3), "pelvis height"
    assert (low[53 + 2], high[53 + 2]) == (-10, 10), "upward reaction under the left foot"
    assert (low[9 + 5], high[9 + 5]) == pytest.approx((-np.pi, np.pi / 12)), "knee of the right leg"
    assert (low[96], high[96]) == (-50, 50), "speed of the last muscle"
    env.reset(seed=1, init_pose=[25.0, *WALKING[1:]])
    assert env.get_observation()[245] == pytest.approx(25.0)
    assert env.get_observation_clipped()[245] == 20.0


def test_a_pose_beyond_the_joints_ranges_is_begun_with(env):
    """osim-rl wrote it into the state without a look."""
    pose = env.INIT_POSE.copy()
    pose[6] = 0.5
    named = env.reset(init_pose=pose)
    assert named["r_leg"]["joint"]["knee"] == pytest.approx(0.5)


def test_a_seed_gives_its_episode_and_no_seed_the_next_one():
    def sinks(env, *seeds):
        return [env.reset(seed=seed)["v_tgt_field"].tolist() for seed in seeds]

    env = L2M2019Env(visualize=False, engine="fast")
    five, then, zero = sinks(env, 5, None, 0)
    assert five != then
    assert zero not in (five, then), "0 is no seed"
    assert sinks(env, 5, None, 0) == [five, then, zero]
    assert sinks(L2M2019Env(visualize=False, seed=5, engine="fast"), None) == [five], "the constructor's seed"
    np.random.seed(11)  # noqa: NPY002
    drawn = sinks(L2M2019Env(visualize=False, engine="fast"), None, None)
    np.random.seed(11)  # noqa: NPY002
    assert sinks(L2M2019Env(visualize=False, engine="fast"), None, None) == drawn


def test_a_state_can_be_come_back_to(env):
    """To the integrator's accuracy: its step size is not part of a state."""
    env.reset(seed=4, init_pose=WALKING)
    env.step(actions()[0])
    state = env.osim_model.get_state()
    ahead = [env.step(action, obs_as_dict=False) for action in actions()[1:]]
    env.osim_model.set_state(state)
    assert env.osim_model.istep == 1
    again = [env.step(action, obs_as_dict=False) for action in actions()[1:]]
    assert_near([step[0] for step in again], [step[0] for step in ahead], most=1.0, nearly_all=0.01)
    assert [step[1] for step in again] == pytest.approx([step[1] for step in ahead], abs=1e-3)


def test_the_wrapper_that_made_class_variables_its_own_still_works():
    """Bliznashki's (2019): properties in the place of attributes, and `change_model` with another signature."""

    class Base(L2M2019Env):
        def __init__(self, **arguments):
            self._model = arguments.pop("model", "3D")
            self._osim_model = None
            self._visualize = False
            super().__init__(**arguments)
            self.osim_model.stepsize = 0.01

        model = property(lambda self: self._model, lambda self, model: setattr(self, "_model", model))
        visualize = property(lambda self: self._visualize, lambda self, new: setattr(self, "_visualize", new))
        osim_model = property(lambda self: self._osim_model, lambda self, model: setattr(self, "_osim_model", model))

        def change_model(self, model):
            if self.model != model:
                self.model = model
                self.load_model(self.model_paths[self.get_model_key()])

        def step(self, action):
            return super().step(action, project=True, obs_as_dict=True)

    env = Base(model="2D", visualize=False, difficulty=0, engine="fast")
    assert not set(env.reset()) - {"v_tgt_field", "pelvis", "r_leg", "l_leg"}
    assert "pelvis_tz" not in env.task.model.coordinate_names
    env.change_model("3D")
    assert "pelvis_tz" in env.task.model.coordinate_names
    assert env.difficulty == 0
    env.reset()
    assert env.vtgt.get_vtgt([3.0, 1.0]).tolist() == [[1.4], [0.0]]
    with pytest.raises(ValueError, match="stepsize"):
        env.osim_model.stepsize = 0.02
    env.close()


def test_the_field_answers_for_a_place(env):
    named = env.reset(seed=3)
    x, y = env.pose[:2]
    assert env.vtgt.get_vtgt([x, y]).T[0] == pytest.approx(named["v_tgt_field"][:, 5, 5], rel=1e-5)
    assert env.vtgt.get_vtgt(env.vtgt.p_sink) == pytest.approx(0.0, abs=0.5), "still, up to the map's spacing"


def test_excitations_for_the_model_s_own_order(env):
    """What osim-rl's step did inside: actions are put in the model's order, then held."""
    action = actions()[0]
    env.reset(seed=3)
    env.step(action)
    expected = env.get_state_desc()["muscles"]
    env.reset(seed=3)
    by_name = dict(zip(env.task.excitation.names, action, strict=True))
    env.osim_model.actuate([by_name[name] for name in env.task.model.muscle_names])
    env.osim_model.integrate()
    assert env.get_state_desc()["muscles"] == expected


def test_a_controller_s_own_reward_and_end_are_asked():
    class Still(L2M2019Env):
        def get_reward(self):
            return -abs(self.get_state_desc()["body_vel"]["pelvis"][0])

        def is_done(self):
            return self.t > 0.035

    env = Still(visualize=False, engine="fast")
    env.reset(init_pose=WALKING)
    for ends, action in zip((False, False, False, True), actions(4), strict=True):
        _, reward, done, _ = env.step(action)
        assert reward == -env.get_state_desc()["body_vel"]["pelvis"][0] < -1.0
        assert done == ends
    env.close()


@pytest.mark.parametrize(("difficulty", "played", "other"), [(2, 1, 2), (3, 2, 1)])
def test_a_controller_may_build_on_the_reward_of_its_round(difficulty, played, other):
    class Keen(L2M2019Env):
        def get_reward(self):
            return 10.0 * getattr(self, f"get_reward_{played}")()

    keen, plain = (kind(visualize=False, difficulty=difficulty, seed=3, engine="fast") for kind in (Keen, L2M2019Env))
    with closing(keen), closing(plain):
        keen.reset(seed=3), plain.reset(seed=3)
        for action in actions(3):
            reward = plain.step(action)[1]
            assert reward > 0.0
            assert keen.step(action)[1] == 10.0 * reward
        with pytest.raises(ValueError, match=rf"difficulty {difficulty} pays .*get_reward_{played}\(\)"):
            getattr(keen, f"get_reward_{other}")()
        assert keen.osim_model.state_desc == keen.get_state_desc()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"difficulty": 4}, "difficulty"),
        ({"engine": "mujoco"}, "mujoco"),
        ({"integrator_accuracy": 1e-13}, "accuracy"),
        ({"integrator_accuracy": None}, "is a number"),
    ],
)
def test_arguments_that_cannot_be_are_refused(arguments, named):
    with pytest.raises(ValueError, match=named):
        L2M2019Env(visualize=False, **{"engine": "fast", **arguments})


def test_a_step_before_the_first_reset_says_so():
    env = L2M2019Env(visualize=False, engine="fast")
    with pytest.raises(gymnasium.error.ResetNeeded, match="reset"):
        env.step(np.zeros(22))
    with pytest.raises(RuntimeError, match="reset"):
        env.get_state_desc()
    env.close()


def test_an_action_that_is_no_number_is_refused(env):
    env.reset()
    with pytest.raises(ValueError, match="abd_r"):
        env.step([np.nan] * 22)


def test_a_loose_accuracy_becomes_the_loosest_there_is(caplog):
    L2M2019Env(visualize=False, integrator_accuracy=0.1, engine="fast").close()
    assert "0.01" in caplog.text


def test_the_environment_variable_chooses_the_engine(monkeypatch):
    monkeypatch.setenv("SOLEUS_ENGINE", "mujoco")
    with pytest.raises(ValueError, match="mujoco"):
        L2M2019Env(visualize=False)
