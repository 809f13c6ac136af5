import numpy as np
import pytest

from soleus.nets import ConstantPolicy, UniformPolicy
from soleus.sampler.base import Explore, Play
from soleus.sampler.serial import SerialSampler
from soleus.sampler.worker import Worker
from worlds import N_STEP, pendulums


def test_exploring_goes_on_where_it_stopped():
    worker = Worker(pendulums(), seed=3)
    first = worker.serve(Explore(UniformPolicy(1), 7))
    second = worker.serve(Explore(UniformPolicy(1), 5))
    assert (len(first), len(second)) == (7, 5)
    assert second.observation[0].tolist() == first.next_observation[-1].tolist()


def test_an_episode_s_end_keeps_its_last_observation_and_starts_afresh():
    batch = Worker(pendulums(), seed=3).serve(Explore(UniformPolicy(1), N_STEP + 3))
    assert np.flatnonzero(batch.truncated).tolist() == [N_STEP - 1]
    assert not batch.terminated.any()
    assert batch.next_observation[N_STEP - 1].tolist() != batch.observation[N_STEP].tolist()
    (episode,) = batch.episodes
    assert episode.n_env_steps == N_STEP
    assert episode.end == "time"
    assert episode.score == pytest.approx(float(batch.reward[:N_STEP].sum()), rel=1e-5)
    assert batch.n_env_steps == N_STEP + 3


def test_transitions_follow_each_other_world_by_world():
    batch = Worker(pendulums(n_world=2), seed=3).serve(Explore(UniformPolicy(1), 10))
    for world in (slice(0, 5), slice(5, 10)):
        assert batch.observation[world][1:].tolist() == batch.next_observation[world][:-1].tolist()
    assert batch.observation[0].tolist() != batch.observation[5].tolist()


def test_playing_from_a_seed_is_repeatable_and_whole():
    worker = Worker(pendulums(), seed=3)
    play = Play(ConstantPolicy((0.5,)), seed=11)
    first, again = worker.serve(play), worker.serve(play)
    assert len(first) == N_STEP
    assert first.reward.tolist() == again.reward.tolist()
    noisy = worker.serve(Play(UniformPolicy(1), seed=11, noise=True))
    assert noisy.observation[0].tolist() == first.observation[0].tolist()
    assert len(np.unique(noisy.action)) > 10


def test_the_serial_sampler_is_repeatable():
    def sample():
        with SerialSampler(pendulums(), seed=5) as sampler:
            sampler.submit(Explore(UniformPolicy(1), 60))
            return sampler.receive().batch

    assert sample().observation.tolist() == sample().observation.tolist()
