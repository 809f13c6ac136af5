"""What every registered task does, on every engine that can simulate it: the same checks by being registered."""

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from soleus.engine.registry import ENGINES
from soleus.task.registration import make_env
from soleus.task.registry import TASKS

pytestmark = pytest.mark.opensim

CASES = [(task, engine) for task in TASKS for engine in ENGINES]


@pytest.fixture(scope="module", params=CASES, ids=" on ".join)
def env(request):
    name, engine = request.param
    env = gymnasium.make(TASKS[name].gymnasium_id, engine=engine)
    yield env
    env.close()


def episode(env, seed, n_step=15):
    """The first steps of an episode under random excitations."""
    random = np.random.default_rng(seed)
    observed = [env.reset(seed=seed)[0]]
    rewards = []
    for _ in range(n_step):
        action = random.uniform(0, 1, env.action_space.shape).astype(np.float32)
        observation, reward, terminated, truncated, _ = env.step(action)
        observed.append(observation)
        rewards.append(reward)
        if terminated or truncated:
            break
    return np.array(observed), rewards


@pytest.mark.filterwarnings("ignore:.*observation space (minimum|maximum) value is")
@pytest.mark.filterwarnings("ignore:.*not equal to the action")
def test_gymnasium_s_checks(env):
    check_env(env.unwrapped, skip_render_check=True)


@pytest.mark.filterwarnings("ignore:.*normalized")
def test_stable_baselines3_s_checks(env):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    checker.check_env(env)


def test_a_seed_repeats_an_episode_to_the_bit(env):
    first, second = episode(env, 0), episode(env, 0)
    assert np.array_equal(first[0], second[0])
    assert first[1] == second[1]


def test_an_episode_does_not_depend_on_the_one_before(env):
    first = episode(env, 0)
    episode(env, 1)
    assert np.array_equal(first[0], episode(env, 0)[0])


def test_episodes_without_a_seed_go_on_from_the_last_one(env):
    def seeds():
        first = env.reset(seed=5)[1]["seed"]
        return [first, env.reset()[1]["seed"], env.reset()[1]["seed"]]

    once = seeds()
    assert len(set(once)) == 3
    assert seeds() == once


def test_the_spaces_and_the_layout_agree(env):
    task = env.unwrapped.task
    assert env.observation_space.shape == (len(task.observation),)
    assert env.action_space.shape == (len(task.excitation),)
    assert task.excitation.names == task.model.muscle_names


def test_the_mirror_used_twice_changes_nothing(env):
    for layout in (env.unwrapped.task.observation, env.unwrapped.task.excitation):
        vector = np.arange(len(layout), dtype=np.float32)
        mirrored = vector[layout.mirror_index] * layout.mirror_sign
        assert (mirrored[layout.mirror_index] * layout.mirror_sign).tolist() == vector.tolist()
        assert mirrored.tolist() != vector.tolist()


def test_the_reward_is_the_sum_of_its_terms(env):
    env.reset(seed=2)
    _, reward, _, _, info = env.step(env.action_space.low)
    assert reward == pytest.approx(sum(info["reward_terms"].values()))
    assert info["sim_error"] == ""


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_action_that_is_no_number_is_refused_before_anything_moves(env, value):
    before = env.reset(seed=0)[0]
    action = env.action_space.low.copy()
    action[3] = value
    with pytest.raises(ValueError, match=f"{env.unwrapped.task.excitation.names[3]} in world 0 is {value}"):
        env.unwrapped.step(action)
    worlds = env.unwrapped.worlds
    assert np.array_equal(worlds.task.observe(worlds.snapshot)[0].astype(np.float32), before)


def test_a_wrong_shaped_action_is_refused(env):
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"the action has shape \(1, 3\)"):
        env.unwrapped.step(np.zeros(3))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(env, seed):
    with pytest.raises(ValueError, match=r"seed"):
        env.unwrapped.worlds.reset(seed=[seed])


def test_unknown_reset_options_are_refused(env):
    with pytest.raises(ValueError, match="unknown reset options pose"):
        env.reset(options={"pose": 3})


def test_a_state_can_be_stored_and_restored(env):
    env.reset(seed=0)
    env.step(env.action_space.high / 2)
    state = env.unwrapped.worlds.snapshot.state
    after = env.step(env.action_space.high / 3)[0]
    env.reset(seed=0, options={"state": state})
    assert env.step(env.action_space.high / 3)[0] == pytest.approx(after, abs=1e-3)


def test_a_picture_shows_the_runner():
    pytest.importorskip("matplotlib")
    env = gymnasium.make(TASKS["run2017"].gymnasium_id, render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.std() > 5
    env.close()


def test_an_unknown_engine_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown engine 'bullet'; known engines are opensim"):
        make_env("run2017", engine="bullet")


def test_an_unknown_task_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown task 'swim'; known tasks are run2017"):
        make_env("swim")
