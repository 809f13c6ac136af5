"""Real processes that really die."""

import operator
import os
import pickle
import signal
import time

import pytest

from soleus.learner import find_learner
from soleus.nets import UniformPolicy
from soleus.sampler.base import Explore, Play, SamplerError
from soleus.sampler.process import ProcessSampler
from soleus.sampler.worker import Envs
from worlds import N_STEP, Broken, die, hang, pendulums, stumble

EXPLORE = Explore(UniformPolicy(1), 8)


def test_workers_explore_different_episodes():
    with ProcessSampler(pendulums(), n_worker=2, seed=0) as sampler:
        for _ in range(4):
            sampler.submit(EXPLORE)
        starts = {tuple(sampler.receive().batch.observation[0]) for _ in range(4)}
        assert len(starts) == 4


def test_a_killed_worker_is_replaced_and_counted():
    with ProcessSampler(pendulums(), n_worker=2, seed=0) as sampler:
        for _ in range(4):
            sampler.submit(EXPLORE)
        sampler.receive()
        victim = sampler.process_ids[0]
        os.kill(victim, signal.SIGKILL)
        for _ in range(12):
            sampler.submit(EXPLORE)
        results = [sampler.receive() for _ in range(15)]
        assert sum(len(result.batch) for result in results) == 15 * 8
        assert sampler.n_restart == 1
        assert victim not in sampler.process_ids
        assert len(sampler.process_ids) == 2


def test_time_of_workers_counts_though_they_are_gone():
    with ProcessSampler(pendulums(), n_worker=1, seed=0) as sampler:
        sampler.submit(Explore(UniformPolicy(1), 200))
        sampler.receive()
        before = sampler.cpu_s
        assert before > 0.0
        os.kill(sampler.process_ids[0], signal.SIGKILL)
        sampler.submit(Explore(UniformPolicy(1), 200))
        sampler.receive()
        assert sampler.n_restart == 1
        both = sampler.cpu_s
        assert both > before
    assert sampler.cpu_s >= both


HELD = 212_992
"""Bytes that a pipe holds"""


@pytest.fixture(scope="module")
def large():
    return find_learner("sac").config(random_transitions=0).build(3, 1, seed=0).policy()


def test_large_policies_and_large_batches_pass_each_other(large):
    """Both larger than a pipe holds: who sends must not wait for who sends."""
    request = Explore(large, 12_000)
    with ProcessSampler(pendulums(), n_worker=1, seed=0) as sampler:
        for _ in range(4):
            sampler.submit(request)
        results = [sampler.receive() for _ in range(4)]
    assert min(len(pickle.dumps(each)) for each in (request, results[0].batch)) > HELD


def test_a_slow_learner_hears_of_all_workers():
    with ProcessSampler(pendulums(), n_worker=3, seed=0) as sampler:
        for _ in range(6):
            sampler.submit(EXPLORE)
        heard = []
        for _ in range(9):
            time.sleep(0.1)
            heard.append(int(sampler.receive().batch.world[0]))
            sampler.submit(EXPLORE)
        assert len(set(heard[-3:])) == 3


@pytest.mark.parametrize("what", [die, hang, stumble])
def test_a_request_survives_the_worker_that_had_it(tmp_path, what):
    make_env = pendulums(flag=tmp_path / "done", what=what)
    with ProcessSampler(make_env, n_worker=1, seed=0, step_timeout_s=3.0) as sampler:
        sampler.submit(Play(UniformPolicy(1), (4,)))
        assert len(sampler.receive().batch) == N_STEP
        assert sampler.n_restart == 1


def test_nobody_waits_for_a_worker_that_hangs_and_reads_nothing(tmp_path, large):
    flag = tmp_path / "done"
    request = Explore(large, 8)
    assert len(pickle.dumps(request)) > HELD
    with ProcessSampler(pendulums(flag=flag, what=hang), n_worker=1, seed=0, step_timeout_s=3.0) as sampler:
        sampler.submit(EXPLORE)
        while not flag.exists():
            time.sleep(0.1)
        began_at = time.monotonic()
        sampler.submit(request)
        assert time.monotonic() - began_at < 2.0
        assert [len(sampler.receive().batch) for _ in range(2)] == [8, 8]
        assert sampler.n_restart == 1


@pytest.mark.parametrize("what", [die, hang])
def test_an_episode_that_nobody_comes_back_from_is_a_failure(what):
    """While others get on, it would be tried again and again, and an evaluation would never end."""
    worlds = pendulums(deadly=3, what=what)
    envs = Envs(worlds.explore, worlds.play, failure_score=-500.0)
    with ProcessSampler(envs, n_worker=2, seed=0, step_timeout_s=3.0) as sampler:
        for seed in range(6):
            sampler.submit(Play(UniformPolicy(1), (seed,)))
        played = {each.seed: each for _ in range(6) for each in sampler.receive().batch.episodes}
        assert sampler.n_restart == 2
        sampler.submit(EXPLORE)
        assert len(sampler.receive().batch) == 8
    failed = played.pop(3)
    assert (failed.failed, failed.score, failed.distance, failed.n_env_steps) == (True, -500.0, 0.0, 0)
    assert sorted(played) == [0, 1, 2, 4, 5]
    assert all(episode.completed for episode in played.values())


def test_an_episode_that_a_fault_ends_every_time_ends_sampling_with_the_reason():
    with ProcessSampler(pendulums(deadly=3, what=stumble), n_worker=2, seed=0) as sampler:
        for seed in range(6):
            sampler.submit(Play(UniformPolicy(1), (seed,)))
        with pytest.raises(SamplerError, match=r"of the same episodes(.|\n)*the world tripped"):
            [sampler.receive() for _ in range(6)]


def test_workers_that_keep_dying_end_sampling_with_the_reason():
    with ProcessSampler(Envs(Broken(), Broken()), n_worker=1, seed=0) as sampler:
        sampler.submit(EXPLORE)
        with pytest.raises(SamplerError, match="no pendulum today"):
            sampler.receive()


class Unreadable(UniformPolicy):
    """Cannot be unpickled."""

    def __reduce__(self):
        return operator.truediv, (1, 0)


def test_a_request_that_a_worker_cannot_read_ends_sampling_with_the_reason():
    with ProcessSampler(pendulums(), n_worker=1, seed=0) as sampler:
        sampler.submit(Explore(Unreadable(1), 8))
        with pytest.raises(SamplerError, match="division by zero"):
            sampler.receive()


def test_no_process_stays_behind():
    sampler = ProcessSampler(pendulums(), n_worker=2, seed=0)
    ids = sampler.process_ids
    sampler.submit(EXPLORE)
    sampler.close()
    sampler.close()
    deadline = time.monotonic() + 5
    while any(_alive(process) for process in ids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(process) for process in ids)


def _alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
