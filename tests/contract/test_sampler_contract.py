"""Every kind of sampler gets the same requests."""

import time

import numpy as np
import pytest

from soleus.nets import ConstantPolicy, PopulationPolicy, UniformPolicy
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import Scaling
from soleus.sampler.base import Explore, Play, SamplerError, Trial
from soleus.sampler.process import ProcessSampler
from soleus.sampler.serial import SerialSampler
from soleus.sampler.threads import ThreadSampler
from soleus.sampler.worker import Envs
from worlds import N_STEP, Broken, Pendulums, pendulums

KINDS = {
    "serial": SerialSampler,
    "thread": ThreadSampler,
    "process": lambda envs, seed, n_play=1: ProcessSampler(envs, 2, seed, n_play=n_play),
}
EXPLORE = Explore(UniformPolicy(1), 8)


@pytest.fixture(params=KINDS)
def build(request):
    built = []

    def start(envs, seed=0, **settings):
        built.append(KINDS[request.param](envs, seed, **settings))
        return built[-1]

    yield start
    for sampler in built:
        sampler.close()


def test_every_request_is_answered_once(build):
    sampler = build(pendulums())
    requests = [Play(ConstantPolicy((0.0,)), (seed,)) for seed in range(3)] + [EXPLORE] * 3
    for request in requests:
        sampler.submit(request)
    results = [sampler.receive() for _ in requests]
    assert sorted(result.request.seeds for result in results if result.request != EXPLORE) == [(0,), (1,), (2,)]
    assert [len(result.batch) for result in results if result.request == EXPLORE] == [8] * 3
    assert sampler.n_restart == 0
    with pytest.raises(ValueError, match="nothing was submitted"):
        sampler.receive()


def test_a_world_goes_on_where_its_last_batch_ended(build):
    sampler, last, n_joint = build(pendulums(n_world=2)), {}, 0
    for _ in range(4):
        sampler.submit(EXPLORE)
    for _ in range(4):
        batch = sampler.receive().batch
        for world in set(batch.world):
            rows = batch[batch.world == world]
            assert rows.observation[1:].tolist() == rows.next_observation[:-1].tolist()
            if world in last:
                assert rows.observation[0].tolist() == last[world]
                n_joint += 1
            last[world] = rows.next_observation[-1].tolist()
    assert n_joint >= 4


def test_an_episode_is_the_same_whoever_plays_it(build):
    sampler = build(pendulums(n_world=2), n_play=2)
    sampler.submit(Play(UniformPolicy(1), (5, 6, 7), noise=True))
    played = {episode.seed: episode.score for episode in sampler.receive().batch.episodes}
    with SerialSampler(pendulums(), seed=1) as alone:
        for seed in (5, 6, 7):
            alone.submit(Play(UniformPolicy(1), (seed,), noise=True))
            (episode,) = alone.receive().batch.episodes
            assert episode.n_env_steps == N_STEP
            assert played[seed] == pytest.approx(episode.score, rel=1e-6)


def _holding(*actions):
    """Acts in each world with an action of its own."""
    members = np.zeros((len(actions), 4), np.float32)
    members[:, 3] = np.arctanh(actions)
    return PopulationPolicy(Mlp((3, 1)), members, Scaling(np.zeros(3), np.ones(3), np.float32(10)))


def test_a_trial_tries_each_row_of_a_policy_in_its_own_world(build):
    """In the environment for training, which pays more: here for a shorter episode under more weight."""
    envs = Envs(Pendulums(n_world=2, n_step=20, g=20.0), Pendulums())
    sampler = build(envs)
    trials = [
        Trial(_holding(-0.5, 0.5), (5, 5), (50, 51)),
        Trial(_holding(0.9, 0.1), (8,), (52,)),
        Trial(_holding(0.1, 0.9), (7, 9), (53, 54)),
    ]
    for trial in trials:
        sampler.submit(trial)
    results = {result.request.numbers: result.batch for result in (sampler.receive() for _ in trials)}
    for trial, actions in zip(trials, ((-0.5, 0.5), (0.9,), (0.1, 0.9)), strict=True):
        batch = results[trial.numbers]
        assert len(batch) == batch.n_env_steps == 20 * len(trial.seeds)
        for world, (seed, number, action) in enumerate(zip(trial.seeds, trial.numbers, actions, strict=True)):
            rows = batch[np.arange(len(batch)) // 20 == world]
            np.testing.assert_allclose(rows.action, action, rtol=1e-5)
            (episode,) = (episode for episode in batch.episodes if episode.number == number)
            assert episode.seed == seed
            assert episode.paid == pytest.approx(rows.reward.sum(), rel=1e-4)
            assert episode.paid == pytest.approx(_alone(envs, seed, action), rel=1e-4)


def _alone(envs, seed, action):
    """Pay of an episode in which one world holds an action."""
    env = envs.explore().envs[0]
    env.reset(seed=seed)
    return sum(env.step(np.array([action], np.float32))[1] for _ in range(20))


def test_exploring_goes_on_after_a_trial(build):
    sampler = build(pendulums(n_world=2))
    for request in (EXPLORE, Trial(_holding(0.1, 0.2), (1, 2), (1, 2)), EXPLORE):
        sampler.submit(request)
    assert sorted(len(sampler.receive().batch) for _ in range(3)) == [8, 8, 2 * N_STEP]


def test_what_goes_wrong_comes_home(build):
    sampler = build(Envs(Broken(), Broken()))
    sampler.submit(EXPLORE)
    with pytest.raises((SamplerError, OSError), match="no pendulum today"):
        sampler.receive()


def test_closing_does_not_wait_for_requests(build):
    sampler = build(pendulums())
    for _ in range(50):
        sampler.submit(Explore(UniformPolicy(1), 100_000))
    time.sleep(0.2)
    began = time.monotonic()
    sampler.close()
    sampler.close()
    assert time.monotonic() - began < 5
