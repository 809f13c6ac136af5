"""Our tasks in other people's learners and wrappers, unmodified. Real training, as short as it may be."""

import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers import RecordEpisodeStatistics, RecordVideo, RescaleAction
from gymnasium.wrappers.vector import NormalizeObservation

from soleus.task.registry import TASKS

FAST = [entry.gymnasium_id for entry in TASKS.values() if entry.engine == "fast"]


@pytest.mark.parametrize("name", FAST)
def test_a_video_of_an_episode_is_recorded(name, tmp_path):
    pytest.importorskip("moviepy")
    env = RecordVideo(gymnasium.make(name, render_mode="rgb_array", hold=4, max_episode_steps=6), str(tmp_path))
    env.reset(seed=0)
    over = False
    while not over:
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        over = terminated or truncated
    env.close()
    (video,) = tmp_path.glob("*.mp4")
    assert video.stat().st_size > 1000


@pytest.mark.parametrize("name", FAST)
def test_statistics_of_an_episode_are_recorded(name):
    env = RecordEpisodeStatistics(gymnasium.make(name))
    env.reset(seed=0)
    total, n_step, over = 0.0, 0, False
    while not over:
        _, reward, terminated, truncated, info = env.step(np.zeros(env.action_space.shape, np.float32))
        total, n_step, over = total + reward, n_step + 1, terminated or truncated
    assert info["episode"]["r"] == pytest.approx(total)
    assert info["episode"]["l"] == n_step > 10
    env.close()


@pytest.mark.parametrize("name", FAST)
def test_vector_wrappers_take_many_worlds(name):
    env = NormalizeObservation(gymnasium.make_vec(name, num_envs=8))
    env.reset(seed=0)
    for _ in range(5):
        observation, *_ = env.step(env.action_space.sample())
    assert np.isfinite(observation).all()
    env.close()


@pytest.mark.parametrize("learner", ["SAC", "PPO"])
@pytest.mark.parametrize("name", FAST)
def test_stable_baselines3_trains(name, learner):
    """A taste of it; `-m slow` takes 10,000 steps."""
    _train(name, learner, n_step=300)


@pytest.mark.slow
@pytest.mark.parametrize("learner", ["SAC", "PPO"])
@pytest.mark.parametrize("name", FAST)
def test_stable_baselines3_trains_for_10000_steps(name, learner):
    _train(name, learner, n_step=10_000)


def _train(name, learner, n_step):
    library = pytest.importorskip("stable_baselines3")
    env = RescaleAction(gymnasium.make(name, hold=4), -1.0, 1.0)
    small = {"net_arch": [32, 32]}
    settings = {"SAC": {"learning_starts": 100, "batch_size": 32}, "PPO": {"n_steps": 128, "batch_size": 64}}[learner]
    model = getattr(library, learner)("MlpPolicy", env, policy_kwargs=small, seed=0, device="cpu", **settings)
    before = {key: value.clone() for key, value in model.policy.state_dict().items()}
    model.learn(n_step)
    after = model.policy.state_dict()
    assert any(not bool((after[key] == value).all()) for key, value in before.items())
    assert all(bool(value.isfinite().all()) for value in after.values())
    assert len(model.ep_info_buffer) >= 1, "an episode was finished, and its statistics were seen"
    action, _ = model.predict(env.reset(seed=1)[0])
    assert env.action_space.contains(action)
    env.close()


@pytest.mark.parametrize("name", FAST)
def test_skrl_trains_on_many_worlds(name, tmp_path):
    pytest.importorskip("skrl")
    from library.skrl_ppo import train

    before, after, n_env = train(gymnasium.make_vec(name, num_envs=16, hold=4), n_step=32, folder=tmp_path)
    assert n_env == 16
    assert any(not bool((after[key] == value).all()) for key, value in before.items())
    assert all(bool(value.isfinite().all()) for value in after.values())
