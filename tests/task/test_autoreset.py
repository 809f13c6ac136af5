"""Our resets beside Gymnasium's own: the same episodes must give the same steps."""

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import TimeLimit

from soleus.task.action_limit import ActionLimit
from soleus.task.autoreset import autoreset

SPACE = gymnasium.spaces.Box(-np.inf, np.inf, (2,), np.float32)


class Count(gymnasium.Env):
    """Observes its episode and its step; ends after `length` steps, for good or by the clock."""

    observation_space = SPACE
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, length, falls):
        self.length, self.falls, self.episode = length, falls, 0

    def reset(self, *, seed=None, options=None):
        self.n, self.episode = 0, self.episode + 1
        return self.observe(), {"episode_of_world": self.episode}

    def observe(self):
        return np.array([self.episode, self.n], np.float32)

    def step(self, action):
        self.n += 1
        ended = self.n >= self.length
        return self.observe(), float(self.n), ended and self.falls, ended and not self.falls, {"n": self.n}


def counts():
    return [Count(length, falls) for length, falls in ((2, True), (3, False), (3, True), (7, False))]


class Together(gymnasium.vector.VectorEnv):
    """Counts that are reset by the caller."""

    def __init__(self):
        self.envs = counts()
        self.num_envs = len(self.envs)
        self.metadata = {"autoreset_mode": AutoresetMode.DISABLED}
        self.single_observation_space, self.single_action_space = SPACE, Count.action_space

    def reset(self, *, seed=None, options=None):
        mask = (options or {}).get("reset_mask", np.ones(self.num_envs, bool))
        for env in np.array(self.envs, object)[mask]:
            env.reset()
        return np.stack([env.observe() for env in self.envs]), {
            "episode_of_world": np.array([env.episode for env in self.envs])
        }

    def step(self, actions):
        *columns, infos = zip(*(env.step(0) for env in self.envs), strict=True)
        return *map(np.array, columns), {"n": np.array([info["n"] for info in infos])}


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_steps_are_those_of_gymnasium(mode):
    ours = autoreset(Together(), mode)
    theirs = SyncVectorEnv([lambda env=env: env for env in counts()], autoreset_mode=mode)
    assert ours.metadata["autoreset_mode"] is mode
    assert np.array_equal(ours.reset()[0], theirs.reset()[0])
    compare_steps(ours, theirs)


def compare_steps(ours, theirs):
    for _ in range(12):
        (*mine, info), (*expected, their_info) = ours.step(np.zeros(4, int)), theirs.step(np.zeros(4, int))
        for one, other in zip(mine, expected, strict=True):
            assert np.array_equal(one, other)
        compare(info, their_info)


def test_a_limit_in_actions_is_that_of_gymnasium():
    ours = autoreset(ActionLimit(Together(), 2), "NextStep")
    theirs = SyncVectorEnv([lambda env=env: TimeLimit(env, 2) for env in counts()])
    assert np.array_equal(ours.reset()[0], theirs.reset()[0])
    compare_steps(ours, theirs)


def compare(ours, theirs):
    """What Gymnasium tells of a world, ours tells too."""
    for key, value in theirs.items():
        if isinstance(value, dict):
            compare(ours[key], value)
        elif key.startswith("_"):
            assert (ours[key] | ~value).all(), key
        else:
            for world in np.flatnonzero(theirs[f"_{key}"]):
                assert np.array_equal(ours[key][world], value[world]), key


@pytest.mark.parametrize("of_mask", [np.asarray, list])
def test_a_reset_in_between_is_not_done_again(of_mask):
    env = autoreset(Together(), "NextStep")
    env.reset()
    env.step(np.zeros(4, int))
    ended = env.step(np.zeros(4, int))[2]
    assert ended.tolist() == [True, False, False, False]
    env.reset(options={"reset_mask": of_mask(ended)})
    assert env.step(np.zeros(4, int))[0][0].tolist() == [2, 1]


@pytest.mark.parametrize("mode", [AutoresetMode.SAME_STEP, "SAME_STEP", "SameStep"])
def test_a_mode_is_named_as_gymnasium_names_it(mode):
    assert autoreset(Together(), mode).metadata["autoreset_mode"] is AutoresetMode.SAME_STEP


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="Sometimes"):
        autoreset(Together(), "Sometimes")
