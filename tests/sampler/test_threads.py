"""What only threads do; tests/contract holds what every sampler does."""

import threading
import time

import pytest

from soleus.nets import UniformPolicy
from soleus.sampler.base import Explore, Play, SamplerError
from soleus.sampler.serial import SerialSampler
from soleus.sampler.threads import ThreadSampler
from worlds import pendulums, stumble


def test_a_seed_samples_what_it_samples_in_turn():
    """Played episodes in between change nothing."""

    def sample(kind, n_play):
        with kind(pendulums(n_world=2), seed=5) as sampler:
            for seed in range(n_play):
                sampler.submit(Play(UniformPolicy(1), (seed,)))
            sampler.submit(Explore(UniformPolicy(1), 60))
            results = [sampler.receive() for _ in range(1 + n_play)]
            return next(result.batch for result in results if isinstance(result.request, Explore))

    assert sample(ThreadSampler, 3).observation.tolist() == sample(SerialSampler, 0).observation.tolist()


def test_playing_does_not_hold_up_exploring():
    with ThreadSampler(pendulums(), seed=0) as sampler:
        sampler.submit(Play(UniformPolicy(1), tuple(range(1000))))
        sampler.submit(Explore(UniformPolicy(1), 8))
        assert isinstance(sampler.receive().request, Explore)


def test_sampling_goes_on_in_the_background():
    with ThreadSampler(pendulums(), seed=0) as sampler:
        sampler.submit(Explore(UniformPolicy(1), 8))
        deadline = time.monotonic() + 5
        while sampler._results.empty() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not sampler._results.empty()


def test_an_exception_brings_its_traceback(tmp_path):
    with ThreadSampler(pendulums(flag=tmp_path / "done", what=stumble), seed=0) as sampler:
        sampler.submit(Explore(UniformPolicy(1), 8))
        with pytest.raises(SamplerError, match=r"in stumble(.|\n)*ZeroDivisionError: the world tripped"):
            sampler.receive()


def test_no_thread_stays_behind():
    before = set(threading.enumerate())
    sampler = ThreadSampler(pendulums(), seed=0)
    sampler.submit(Explore(UniformPolicy(1), 1_000_000))
    assert len(threading.enumerate()) == len(before) + 2
    sampler.close()
    assert set(threading.enumerate()) == before
