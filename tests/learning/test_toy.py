"""Every learner learns a toy muscle task in seconds: hold a lever at an angle with two opposed, sluggish muscles."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import LEARNERS, ExplorationConfig, FeudalConfig, SacConfig, find_learner
from soleus.learner.replay.ensemble_config import EnsembleConfig
from soleus.learner.replay.terms_config import TermsConfig
from soleus.nets import UniformPolicy
from soleus.sampler.batch import Batch, Episode

STEP_S = 0.04
TARGET = 0.4  # rad
FALL = 1.5  # rad
N_STEP = 60
N_WORLD = 8


class Lever:
    """Many levers of 1 degree of freedom, each with two muscles of first-order activation (50 ms)."""

    def __init__(self, generator):
        self._generator = generator
        self._angle, self._speed, self._n_step = np.zeros((3, N_WORLD))
        self._activation = np.zeros((N_WORLD, 2))
        self.reset(np.ones(N_WORLD, bool))

    def reset(self, worlds):
        n = worlds.sum()
        self._angle[worlds] = self._generator.uniform(-0.8, 0.8, n)
        self._speed[worlds] = self._generator.uniform(-1, 1, n)
        self._activation[worlds] = 0.05
        self._n_step[worlds] = 0

    def observe(self):
        columns = (self._angle, 10 * self._speed, *(100 * self._activation.T), np.full(N_WORLD, 3.0))
        return np.stack(columns, axis=1).astype(np.float32)

    def step(self, action):
        self._activation += ((action + 1) / 2 - self._activation) * STEP_S / 0.05
        torque = 12 * (self._activation[:, 0] - self._activation[:, 1]) + 3 * self._angle - 1.0 * self._speed
        self._speed += torque * STEP_S
        self._angle += self._speed * STEP_S
        self._n_step += 1
        error = np.abs(self._angle - TARGET)
        terminated = np.abs(self._angle) > FALL
        return 1 - np.minimum(2 * error, 1), terminated, ~terminated & (self._n_step == N_STEP)

    def error(self):
        return np.abs(self._angle - TARGET)


def _explore(lever, request, generator):
    """What was asked for, world after world, with what was paid for standing and for being near."""
    steps, notes = [], []
    for _ in range(request.n_transition // N_WORLD):
        observation = lever.observe()
        action = request.policy.act(observation, generator)
        reward, terminated, truncated = lever.step(action)
        after = lever.observe()
        steps.append((observation, action, reward.astype(np.float32), after, terminated, truncated, np.arange(N_WORLD)))
        notes.append(request.policy.note)
        ended = terminated | truncated
        lever.reset(ended)
        request.policy.begin(np.flatnonzero(ended))
    batch = Batch(*(np.concatenate(np.swapaxes(column, 0, 1)) for column in zip(*steps, strict=True)))
    terms = np.stack([batch.reward * 0 + 1, batch.reward - 1], axis=1)
    note = None if notes[0] is None else np.concatenate(np.swapaxes(notes, 0, 1))
    return replace(batch, reward_terms=terms, term_names=("standing", "near"), note=note)


def _try(lever, trial):
    """An episode in each world, whose start is the seed's; who fell earns nothing more."""
    for world, seed in enumerate(trial.seeds):
        lever._generator = np.random.default_rng(seed)
        lever.reset(np.arange(N_WORLD) == world)
    seen, going, paid = [], np.ones(N_WORLD, bool), np.zeros(N_WORLD)
    for _ in range(N_STEP):
        observation = lever.observe()
        seen.append(observation[going])
        reward, terminated, _ = lever.step(trial.policy.act(observation, None))
        paid += reward * going
        going &= ~terminated
    observation = np.concatenate(seen)
    n = len(observation)
    episodes = tuple(
        Episode(pay, N_STEP, "time", np.nan, 0, pay, number) for number, pay in zip(trial.numbers, paid, strict=True)
    )
    nothing = np.zeros(n, np.float32), observation, np.zeros(n, bool), np.zeros(n, bool), np.zeros(n, int)
    return Batch(observation, np.zeros((n, 2), np.float32), *nothing, episodes=episodes)


def _mean_error(policy, generator):
    """Mean distance from the target in the second half of an episode; a world that fell counts as fallen [rad]."""
    lever = Lever(np.random.default_rng(100))
    fallen = np.zeros(N_WORLD, bool)
    errors = []
    for step in range(N_STEP):
        _, terminated, _ = lever.step(policy.act(lever.observe(), generator))
        fallen |= terminated
        if step >= N_STEP // 2:
            errors.append(np.where(fallen, FALL, lever.error()))
    return np.mean(errors)


REPLAY = {
    "batch_size": 128,
    "replay_capacity": 20_000,
    "random_transitions": 500,
    "updates_per_transition": 0.5,
    "n_scan": 20,
}
FADING = {"std": 0.3, "std_end": 0.1, "transitions": 8000}
SAC = REPLAY | {"tau": 0.01, "temperature_learning_rate": 3e-3}
TD3 = REPLAY | {"tau": 0.02}
DDPG = REPLAY | {"tau": 0.01}
OWN = {
    "sac": ("sac", SAC),
    "categorical_sac": ("categorical_sac", SAC),
    "td3": ("td3", {**TD3, "exploration": ExplorationConfig(("ornstein_uhlenbeck",), **FADING)}),
    "ddpg": ("ddpg", {**DDPG, "exploration": ExplorationConfig(("gaussian",), **FADING)}),
    "ppo": ("ppo", {"n_transition": 1000, "n_minibatch": 8}),
    "ppo bernoulli": ("ppo", {"n_transition": 1000, "n_minibatch": 8, "distribution": "bernoulli"}),
    "sac lattice": ("sac", {**SAC, "distribution": "lattice"}),
    "sac flow": ("sac", {**SAC, "distribution": "flow"}),
    "sac terms": ("sac", {**SAC, "terms": TermsConfig(("near",))}),
    "sac ensemble": ("sac", {**SAC, "ensemble": EnsembleConfig(2, prior_scale=1.0)}),
    "ddpg parameter": (
        "ddpg",
        {**DDPG, "actor_layer_norm": True, "exploration": ExplorationConfig(("parameter",), **FADING)},
    ),
}
"""What each learner, and some of its choices, needs besides what all share; TD3's targets follow every other time"""


N_TRANSITION = {"ppo": 40_000, "td3": 12_000}
"""What is shown to those that are not content with 8,000: PPO forgets what it learnt from, TD3 has slow targets"""


@pytest.mark.parametrize("case", OWN)
def test_holds_the_lever(case):
    name, own = OWN[case]
    config = find_learner(name).config(
        actor_hidden=(64, 64),
        critic_hidden=(64, 64),
        discount=0.95,
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
        **own,
    )
    generator = np.random.default_rng(0)
    learner = config.build(n_observation=5, n_action=2, seed=0, decision_s=STEP_S)
    lever, before, n_transition = Lever(generator), learner.policy(), 0
    while n_transition < N_TRANSITION.get(name, 8000):
        request = learner.request(N_WORLD, chunk=1)
        request.policy.follow(before)
        learner.receive(_explore(lever, request, generator))
        learner.update()
        before = request.policy
        n_transition += request.n_transition
    assert _mean_error(UniformPolicy(2), generator) > 0.5
    assert _mean_error(learner.policy(), None) < 0.05


def test_a_manager_and_its_worker_hold_the_lever():
    level = SacConfig((64, 64), (64, 64), actor_learning_rate=1e-3, critic_learning_rate=1e-3)
    manager = replace(level, discount=0.8, random_transitions=100, updates_per_transition=5.0)
    worker = replace(level, discount=0.9, random_transitions=400)
    config = FeudalConfig(goals=("0",), every=5, manager=manager, worker=worker)
    generator = np.random.default_rng(0)
    learner = config.build(n_observation=5, n_action=2, seed=0, decision_s=STEP_S)
    lever, before = Lever(generator), learner.policy()
    for _ in range(500):
        request = learner.request(N_WORLD, chunk=1)
        request.policy.follow(before)
        learner.receive(_explore(lever, request, generator))
        learner.update()
        before = request.policy
    assert _mean_error(learner.policy(), None) < 0.05


EVOLUTION = {
    "es": {"hidden": (16,), "population": 32, "sigma": 0.2, "learning_rate": 0.05},
    "cma_es": {"initial_sigma": 0.5},
}
"""A small network, and a linear policy of 12 parameters"""
SEEDS = {"es": (0,), "cma_es": (0, 1, 2)}
"""One in four of CMA-ES ends beside the target, and which ones hangs on how the processor rounds its eigenvectors"""


def _evolved_error(name, seed):
    learner = find_learner(name).config(**EVOLUTION[name]).build(n_observation=5, n_action=2, seed=seed)
    lever = Lever(np.random.default_rng(0))
    while learner.n_updates < 75:
        learner.receive(_try(lever, learner.request(N_WORLD, 1)))
        learner.update()
    return _mean_error(learner.policy(), None)


@pytest.mark.parametrize("name", EVOLUTION)
def test_evolves_to_hold_the_lever(name):
    assert np.median([_evolved_error(name, seed) for seed in SEEDS[name]]) < 0.05


def test_every_learner_is_tried():
    assert {name for name, _ in OWN.values()} | {*EVOLUTION} | {"feudal"} == {*LEARNERS}
