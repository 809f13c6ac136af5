"""The worlds of a run, and those of its judge."""

from dataclasses import replace

from soleus.engine.fast.config import FastConfig
from soleus.nets import UniformPolicy
from soleus.run.build import build_sampler
from soleus.run.candidate import Candidate
from soleus.run.config import SamplerConfig
from soleus.run.evaluate import judge
from soleus.run.recipe import RECIPES
from soleus.sampler.base import Explore, Play

IMPATIENT = FastConfig(max_evaluations=100)
"""Gives up in the first control step"""
CONFIG = replace(
    RECIPES["plain"].build("run2017", "fast"),
    engine=IMPATIENT,
    sampler=SamplerConfig(kind="serial", worlds=2),
    evaluate_episodes=2,
)


def test_a_failure_of_the_simulator_costs_a_fall_in_training_and_the_task_s_price_before_a_judge():
    """A price of hundreds in one of 32 episodes would decide which policy of a run is kept."""
    policy = UniformPolicy(18)
    with build_sampler(CONFIG, seed=0) as sampler:
        sampler.submit(Play(policy, (0, 1)))
        sampler.submit(Explore(policy, 1))
        in_training = [episode for _ in range(2) for episode in sampler.receive().batch.episodes]
    judged = judge(Candidate("random", policy, CONFIG.control), CONFIG.task, IMPATIENT, range(2))
    assert len(in_training) >= 3
    assert all(episode.failed for episode in (*in_training, *judged))
    assert [round(episode.score) for episode in in_training] == [0] * len(in_training)
    assert [round(episode.score) for episode in judged] == [-500, -500]


def test_workers_share_out_an_evaluation():
    """Who has nothing to play waits, and in a strategy so does the next generation."""
    config = replace(CONFIG, sampler=SamplerConfig(kind="process", worlds=2, workers=2), evaluate_episodes=7)
    with build_sampler(config, seed=0) as sampler:
        assert sampler.n_play == 4
