"""The best of some actions, by hand: predictors without hidden layers, on one observation and one action."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.nets import ActorPolicy, GaussianHead, OrnsteinUhlenbeck, UniformPolicy
from soleus.nets.critics import Critics
from soleus.nets.mlp import Mlp
from soleus.nets.moments import Moments
from soleus.nets.normalise import Scaling
from soleus.nets.planning import Plan, PlanningPolicy
from soleus.nets.predictor import Predictor
from soleus.nets.whitening import RunningWhitening, Statistics

PLAIN = Scaling(np.zeros(1, np.float32), np.ones(1, np.float32), np.float32(100))
SLOPE = 0.5
ACTOR = ActorPolicy(
    Mlp((1, 2)),
    {"weight0": np.array([[SLOPE, 0]], np.float32), "bias0": np.zeros(2, np.float32)},
    PLAIN,
    GaussianHead(1, (-5.0, 2.0)),
)
"""tanh(s / 2), with a deviation of exp(-1.5) before tanh"""
UNIT = Moments(np.float32(9), np.zeros(1, np.float32), np.ones(1, np.float32))
STATISTICS = Statistics(UNIT, UNIT, UNIT)
END = 0.25


def members(*rewards):
    """Networks that predict: the observation grows by the action, the reward is a multiple of the action."""
    weight = np.array([[[0, 0, 0], [1, reward, 0]] for reward in rewards], np.float32)
    bias = np.tile(np.array([[0, 0, END]], np.float32), (len(rewards), 1, 1))
    return {"weight0": weight, "bias0": bias}


def planning(n_step, penalty=0.0, rewards=(2.0, 4.0), critics=None, n_sample=8, when="always"):
    form = Predictor(1, 1, (0,), len(rewards), (), RunningWhitening())
    plan = Plan(n_sample, n_step, penalty, 0.9, when)
    return PlanningPolicy(ACTOR, form, members(*rewards), STATISTICS, plan, critics)


CRITIC = {"weight0": np.array([[10], [1]], np.float32), "bias0": np.array([3], np.float32)}
OTHER = {"weight0": np.array([[10], [1]], np.float32), "bias0": np.array([2], np.float32)}
CRITICS = Critics(Mlp((2, 1)), (CRITIC, OTHER), PLAIN)
"""10 s + a + 3, and one that says 1 less"""
S, A = np.array([[0.0], [1.0]], np.float32), np.array([[0.5], [-0.2]], np.float32)


def test_one_step_scores_predicted_rewards():
    np.testing.assert_allclose(planning(1).score(S, A), [1.5, -0.6], rtol=1e-6)  # mean of 2 a and 4 a


def test_what_members_disagree_about_is_charged():
    np.testing.assert_allclose(planning(1, penalty=0.5).score(S, A), [1.5 - 0.25, -0.6 - 0.1], rtol=1e-6)


def test_some_steps_and_the_lower_critic_s_value():
    own = 3.0  # mean of rewards' multiples
    expected = []
    for s, a in zip(S[:, 0], A[:, 0], strict=True):
        s1 = s + a
        a1 = np.tanh(SLOPE * s1)
        s2 = s1 + a1
        value = 10 * s2 + np.tanh(SLOPE * s2) + 2
        expected.append(own * a + 0.9 * (1 - END) * own * a1 + 0.9**2 * (1 - END) ** 2 * value)
    np.testing.assert_allclose(planning(2, critics=CRITICS).score(S, A), expected, rtol=1e-5)


def test_critics_that_say_a_histogram_are_asked_for_its_mean():
    logits = {"weight0": np.zeros((2, 3), np.float32), "bias0": np.log([1, 1, 2]).astype(np.float32)}
    critics = Critics(Mlp((2, 3)), (logits,), PLAIN, limit=5.0)
    np.testing.assert_allclose(critics(S, A), [1.25, 1.25], rtol=1e-6)  # (-5 + 0 + 2 x 5) / 4


@pytest.mark.parametrize("rewards", [(1.0, 1.0), (-1.0, -1.0)])
def test_the_best_of_what_the_actor_draws_is_done(rewards):
    observation = np.linspace(-1, 1, 5, dtype=np.float32)[:, None]
    noise = np.random.default_rng(3).standard_normal((8, 5, 1), dtype=np.float32)
    drawn = np.tanh(SLOPE * observation + np.exp(-1.5) * noise)
    best = drawn.max(axis=0) if rewards[0] > 0 else drawn.min(axis=0)
    done = planning(1, rewards=rewards).act(observation, np.random.default_rng(3))
    np.testing.assert_allclose(done, best, rtol=1e-5)
    assert done.dtype == np.float32


def test_among_one_there_is_no_choice():
    policy = planning(3, critics=CRITICS, n_sample=1)
    np.testing.assert_array_equal(policy.act(S, None), ACTOR.act(S, None))
    np.testing.assert_allclose(policy.act(S, np.random.default_rng(0)), ACTOR.act(S, np.random.default_rng(0)))


def test_without_noise_it_does_no_worse_than_the_actor_and_the_same_whoever_is_beside():
    policy, observation = planning(1, critics=CRITICS), np.linspace(-2, 2, 7, dtype=np.float32)[:, None]
    done = policy.act(observation, None)
    np.testing.assert_array_equal(policy.act(observation, None), done)
    np.testing.assert_allclose(policy.act(observation[3:4], None), done[3:4], rtol=1e-6)
    gain = policy.score(observation, done) - policy.score(observation, ACTOR.act(observation, None))
    assert gain.min() >= 0
    assert gain.max() > 0.1


@pytest.mark.parametrize(("when", "explores", "plays"), [("exploring", True, False), ("playing", False, True)])
def test_it_looks_where_it_is_told_to(when, explores, plays):
    policy = planning(1, when=when)
    for chooses, seed in ((explores, 0), (plays, None)):
        done, alone = (each.act(S, None if seed is None else np.random.default_rng(seed)) for each in (policy, ACTOR))
        assert np.array_equal(done, alone) != chooses


def test_the_actor_s_memory_goes_on():
    wandering = replace(ACTOR, colour=OrnsteinUhlenbeck(1e6, 0.01))
    old = replace(planning(1, when="playing"), actor=wandering)
    new = replace(old, actor=replace(ACTOR, colour=OrnsteinUhlenbeck(1e6, 0.01)))
    before = old.act(S, np.random.default_rng(0))
    new.follow(old)
    np.testing.assert_allclose(new.act(S, np.random.default_rng(1)), before, atol=1e-3)
    new.begin(np.array([0]))
    changed = np.abs(new.act(S, np.random.default_rng(2)) - before)[:, 0] > 1e-3
    assert changed.tolist() == [True, False]
    new.follow(UniformPolicy(1))


def test_an_actor_of_another_task_is_refused():
    form = Predictor(2, 1, (0, 1), 2, (), RunningWhitening())
    with pytest.raises(ValueError, match="the actor's n_observation is 1 and the predictor's 2"):
        replace(planning(1), predictor=form)
