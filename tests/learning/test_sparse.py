"""A corridor that no wandering leaves, where each step from the start costs: hope has to carry a policy through."""

import numpy as np
import pytest

from soleus.learner import find_learner
from soleus.learner.exploration import ExplorationConfig
from soleus.learner.replay.ensemble_config import EnsembleConfig
from soleus.sampler.batch import Batch

N_WORLD, N_STEP = 8, 40
STEP, GOAL, COST = 0.05, 0.9, 0.02
"""What an action of 1 moves in a step; a step beyond the goal pays 1; before, one costs this times the distance"""


class Corridor:
    """Many walkers, each at a place in [-1, 1], who begin in the middle and see the place and the time."""

    def __init__(self):
        self._place, self._n_step = np.zeros((2, N_WORLD))

    def observe(self):
        return np.stack([self._place, self._n_step / N_STEP], axis=1).astype(np.float32)

    def step(self, action):
        self._place = np.clip(self._place + STEP * action[:, 0], -1, 1)
        self._n_step += 1
        paid = np.where(self._place > GOAL, 1.0, -COST * np.abs(self._place)).astype(np.float32)
        return paid, self._n_step == N_STEP

    def begin(self, worlds):
        self._place[worlds] = self._n_step[worlds] = 0


def _explored(corridor, policy, n_transition, generator):
    steps = []
    for _ in range(n_transition // N_WORLD):
        observation = corridor.observe()
        action = policy.act(observation, generator)
        paid, over = corridor.step(action)
        steps.append((observation, action, paid, corridor.observe(), over & False, over, np.arange(N_WORLD)))
        corridor.begin(over)
        policy.begin(np.flatnonzero(over))
    return Batch(*(np.concatenate(np.swapaxes(column, 0, 1)) for column in zip(*steps, strict=True)))


SMALL = {
    "actor_hidden": (64, 64),
    "critic_hidden": (64, 64),
    "critic_layer_norm": False,
    "batch_size": 64,
    "random_transitions": 500,
    "updates_per_transition": 0.5,
    "discount": 0.99,
    "actor_learning_rate": 1e-3,
    "critic_learning_rate": 1e-3,
}


def _return_after_learning(name, **settings):
    config = find_learner(name).config(**(SMALL | settings))
    generator = np.random.default_rng(0)
    learner, corridor = config.build(2, 1, seed=0), Corridor()
    before = learner.policy()
    while learner.n_transitions < 16_000:
        request = learner.request(N_WORLD, chunk=10)
        request.policy.follow(before)
        learner.receive(_explored(corridor, request.policy, request.n_transition, generator))
        learner.update()
        before = request.policy
    played, policy = Corridor(), learner.policy()
    return sum(played.step(policy.act(played.observe(), None))[0].mean() for _ in range(N_STEP))


@pytest.mark.slow
def test_only_members_with_priors_come_through():
    assert _return_after_learning("sac", tau=0.01, ensemble=EnsembleConfig()) < 1
    assert _return_after_learning("sac", tau=0.01, ensemble=EnsembleConfig(10, prior_scale=3.0)) > 15


@pytest.mark.slow
def test_noise_in_parameters_comes_through_where_noise_on_actions_does_not():
    """Of ten seeds at this deviation, ten and three: docs/exploration.md."""
    explorations = {noise: ExplorationConfig((noise,), std=1.0, std_end=1.0) for noise in ("gaussian", "parameter")}
    returns = {
        noise: _return_after_learning("td3", tau=0.02, actor_layer_norm=True, exploration=exploration)
        for noise, exploration in explorations.items()
    }
    assert returns["gaussian"] < 1 < 15 < returns["parameter"]
