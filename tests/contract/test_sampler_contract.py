"""Every kind of sampler gets the same requests."""

import time

import pytest

from soleus.nets import ConstantPolicy, UniformPolicy
from soleus.sampler.base import Explore, Play, SamplerError
from soleus.sampler.process import ProcessSampler
from soleus.sampler.serial import SerialSampler
from soleus.sampler.threads import ThreadSampler
from soleus.sampler.worker import Envs
from worlds import N_STEP, Broken, pendulums

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
