"""Gymnasium's own environments as tasks: spaces, seeds, ends, and what is refused."""

import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete

from soleus.nets import UniformPolicy
from soleus.run.worlds import GymnasiumWorlds
from soleus.sampler.base import Play
from soleus.sampler.serial import SerialSampler
from soleus.sampler.worker import Envs
from soleus.task.foreign import GymnasiumConfig
from soleus.task.registry import default_rules, task_name, usual_engine


class Ramp(gymnasium.Env):
    """Counts its steps in float64 and ends for good at the fifth, unless its limit comes first."""

    observation_space = Box(-np.inf, np.inf, (2,), np.float64)
    action_space = Box(np.float32([0, 10]), np.float32([1, 20]))

    def __init__(self, render_mode=None, start=0.0):
        self._start = start

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._n_step, self.drawn = 0, self.np_random.random()
        return np.array([self._start, self.drawn]), {"distance": 7.0}

    def step(self, action):
        self._n_step += 1
        observation = np.array([self._start + self._n_step, self.drawn])
        return observation, float(action.sum()), self._n_step == 5, False, {"score": 100.0, "distance": 7.0}


class OfDict(Ramp):
    observation_space = Dict({"place": Box(0, 1, (2,))})


class OfPictures(Ramp):
    observation_space = Box(0, 255, (8, 8, 3), np.uint8)


class WithoutBounds(Ramp):
    action_space = Box(-np.inf, 1.0, (2,))


class WithButtons(Ramp):
    action_space = Discrete(3)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(gymnasium.envs.registration, "registry", dict(gymnasium.registry))
    monkeypatch.setattr(gymnasium, "registry", gymnasium.envs.registration.registry)
    for kind in (Ramp, OfDict, OfPictures, WithoutBounds, WithButtons):
        gymnasium.register(f"{kind.__name__}-v0", entry_point=kind, max_episode_steps=50)


def test_fields_are_numbered():
    task = GymnasiumConfig("Ramp-v0").build()
    assert task.observation.names == ("observation 0", "observation 1")
    assert task.action.names == ("action 0", "action 1")
    assert task.observation_bounds == ((-np.inf, np.inf),) * 2
    assert task.action_bounds == ((0, 1), (10, 20))
    assert (task.time_limit, GymnasiumConfig("Ramp-v0", time_limit=7).build().time_limit) == (50, 7)
    assert task.name == task_name(GymnasiumConfig("Ramp-v0")) == "Ramp-v0"
    assert usual_engine(GymnasiumConfig("Ramp-v0")) is None


def test_observations_are_float32_and_info_has_the_seeds_and_nothing_foreign():
    worlds = GymnasiumConfig("Ramp-v0", {"start": 2.5}).worlds(2)
    observation, info = worlds.reset(seed=[5, 9])
    assert observation.dtype == np.float32
    assert worlds.observation_space.contains(observation)
    assert info.keys() == {"seed"}
    assert info["seed"].tolist() == [5, 9]
    observation, reward, *_, info = worlds.step(np.array([[0, 10], [1, 20]], np.float32))
    np.testing.assert_array_equal(observation[:, 0], np.float32([3.5, 3.5]))
    assert reward.tolist() == [10.0, 21.0]
    assert info == {}


def test_a_termination_is_not_a_time_limit_and_the_last_observation_is_the_true_one():
    for limit, terminates in ((None, True), (5, True), (3, False)):
        worlds = GymnasiumConfig("Ramp-v0", time_limit=limit).worlds(1)
        worlds.reset(seed=0)
        n_step, terminated, truncated = 0, [False], [False]
        while not (terminated[0] or truncated[0]):
            observation, _, terminated, truncated, _ = worlds.step(worlds.action_space.sample())
            n_step += 1
        assert (n_step, terminated[0]) == ((5, True) if terminates else (3, False))
        assert truncated[0] == (limit is not None)
        assert observation[0, 0] == n_step


def test_an_environment_without_a_limit_gets_one_that_ends_every_episode():
    class Endless(Ramp):
        def step(self, action):
            observation, reward, _, *rest = super().step(action)
            return observation, reward, False, *rest

    gymnasium.register("Endless-v0", entry_point=Endless)
    assert GymnasiumConfig("Endless-v0").build().time_limit == 10_000
    worlds = GymnasiumWorlds(GymnasiumConfig("Endless-v0"))
    with SerialSampler(Envs(worlds, worlds), seed=0) as sampler:
        sampler.submit(Play(UniformPolicy(2), (4,)))
        (episode,) = sampler.receive().batch.episodes
    assert (episode.n_env_steps, episode.end) == (10_000, "time")
    assert GymnasiumConfig("Endless-v0", time_limit=7).build().time_limit == 7


def test_an_episode_is_recorded_by_what_the_environment_pays():
    """The middle of the actions earns 0.5 + 15 in each of 5 steps; the score in `info` is not ours."""
    worlds = GymnasiumWorlds(GymnasiumConfig("Ramp-v0"), reward_scale=0.1)
    with SerialSampler(Envs(worlds, worlds), seed=0) as sampler:
        sampler.submit(Play(UniformPolicy(2), (4,)))
        batch = sampler.receive().batch
    (episode,) = batch.episodes
    assert (episode.score, episode.n_env_steps, episode.end, episode.seed) == (77.5, 5, "termination", 4)
    assert np.isnan(episode.distance)
    np.testing.assert_allclose(batch.reward, np.full(5, 1.55), rtol=1e-6)
    assert batch.terminated.tolist() == [False] * 4 + [True]
    assert not batch.truncated.any()
    np.testing.assert_array_equal(batch.next_observation[:, 0], [1, 2, 3, 4, 5])


def test_every_episode_can_be_drawn_again_from_its_seed():
    worlds = GymnasiumConfig("Ramp-v0").worlds(2)
    first, _ = worlds.reset(seed=3)
    later, info = worlds.reset(options={"reset_mask": np.array([False, True])})
    assert info["seed"][0] == 3
    np.testing.assert_array_equal(later[0], first[0])
    assert later[1, 1] != first[1, 1]
    again, _ = worlds.reset(seed=info["seed"].tolist())
    np.testing.assert_array_equal(again, later)


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (OfDict, "its observation is a Dict; a Box of one dimension is needed"),
        (OfPictures, r"its observation is a Box of shape \(8, 8, 3\); a Box of one dimension is needed"),
        (WithoutBounds, "its action is a Box without finite bounds; a Box of one dimension with finite bounds"),
        (WithButtons, "its action is a Discrete; a Box of one dimension with finite bounds is needed"),
    ],
)
def test_what_no_learner_can_use_is_refused(kind, sentence):
    with pytest.raises(ValueError, match=sentence):
        GymnasiumConfig(f"{kind.__name__}-v0").build()


def test_what_gymnasium_cannot_make_is_refused_in_its_words():
    with pytest.raises(ValueError, match=r"cannot make Ramp-v0, slope=3: .*unexpected keyword argument 'slope'"):
        GymnasiumConfig("Ramp-v0", {"slope": 3}).build()
    with pytest.raises(ValueError, match="time_limit is 0; it must be at least 1"):
        GymnasiumConfig("Ramp-v0", time_limit=0)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Pendulm-v1", "unknown task 'Pendulm-v1'; did you mean .*Pendulum-v1"),
        ("Pendulum-v9", r"did you mean .*Pendulum-v1.*It provides versioned environments: \[ `v1` \]"),
        ("run2018", "did you mean run2017"),
        ("nowhere:Ramp-v0", "No module named 'nowhere'"),
        ("soleus/Run2017-v0", "soleus/Run2017-v0 is our own task run2017; give it this name"),
    ],
)
def test_an_unknown_id_is_answered_with_what_is_near(name, sentence):
    with pytest.raises(ValueError, match=sentence):
        default_rules(name)


def test_an_id_may_name_the_module_that_registers_it(tmp_path, monkeypatch):
    (tmp_path / "my_tasks.py").write_text(
        "import gymnasium\nfrom gymnasium.envs.classic_control import PendulumEnv\n"
        "gymnasium.register('Swing-v0', entry_point=PendulumEnv, max_episode_steps=9)\n"
    )
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    rules = default_rules("my_tasks:Swing-v0")
    assert len(rules.build().observation) == 3


@pytest.mark.parametrize("name", ["HalfCheetah-v5", "Humanoid-v5"])
def test_mujoco_s_tasks_are_built(name, tmp_path, monkeypatch):
    pytest.importorskip("mujoco")
    monkeypatch.chdir(tmp_path)  # MuJoCo writes a log of its warnings there
    worlds = default_rules(name).worlds(2)
    observation, _ = worlds.reset(seed=0)
    observation, reward, terminated, _, _ = worlds.step(np.zeros(worlds.action_space.shape, np.float32))
    assert observation.dtype == np.float32
    assert np.isfinite(observation).all()
    assert np.isfinite(reward).all()
    assert not terminated.any()
    worlds.close()
