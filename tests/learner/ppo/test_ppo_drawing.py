"""What PPO asks of its actor: how likely actions are, by enumeration where they can be counted."""

from dataclasses import replace
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner.part import MirrorData, SingleLeg
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.ppo.drawing import BernoulliDrawing, GaussianDrawing, build_drawing, build_head
from soleus.learner.ppo.update import clipped_loss, divergence
from soleus.nets import load_policy
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import Mlp
from soleus.nets.single_leg import Silent, SingleLegMlp

N_ACTION = 3
EVERY = np.array(list(product([-1.0, 1.0], repeat=N_ACTION)), np.float32)
SMALL = PpoConfig(actor_hidden=(8,), critic_hidden=(8,), n_epoch=2, n_minibatch=3, n_decision=10, n_transition=1)
BINARY = replace(SMALL, distribution="bernoulli")


def _drawing(config, n_action=N_ACTION):
    head = build_head(config, n_action)
    return build_drawing(config, Mlp((5, 8, head.n_output(8))), head)


@pytest.fixture
def actors():
    """A Bernoulli drawing, and the numbers of an old and of a new actor."""
    drawing = _drawing(BINARY)
    drawn = (drawing.form.initial(np.random.default_rng(seed)) for seed in range(2))
    old, new = (jax.tree.map(jnp.array, each) for each in drawn)
    return drawing, old, {name: 0.8 * old[name] + 0.2 * new[name] for name in old}


def test_probabilities_of_all_actions_sum_to_one_and_make_the_entropy(actors):
    drawing, actor, _ = actors
    for row in np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32):
        observation = jnp.tile(row, (len(EVERY), 1))
        log_probability, entropy = drawing.density(actor, observation, EVERY)
        probability = np.exp(np.asarray(log_probability, np.float64))
        assert probability.sum() == pytest.approx(1, abs=1e-5)
        assert float(entropy) == pytest.approx(-(probability * np.log(probability)).sum(), abs=1e-5)
        np.testing.assert_allclose(drawing.act(actor, observation)[0], probability @ EVERY, atol=1e-5)


def test_the_divergence_that_sets_the_pace_is_that_of_all_actions(actors):
    """Its mean over actions of the old policy, each as often as it is drawn, is sum p log(p / q)."""
    drawing, old, new = actors
    observation = jnp.tile(jnp.array([0.3, -1.0, 0.5, 2.0, 0.1]), (len(EVERY), 1))
    before, after = (np.asarray(drawing.density(each, observation, EVERY)[0], np.float64) for each in (old, new))
    expected = (np.exp(before) * (before - after)).sum()
    terms = np.array([float(divergence(jnp.array([ratio]))) for ratio in after - before])
    assert (np.exp(before) * terms).sum() == pytest.approx(expected, rel=1e-3)
    assert expected > 1e-3


def test_the_gradient_of_the_loss_is_the_policy_gradient(actors):
    """At the old actor: minus the mean over actions of advantage x the gradient of log-probability."""
    drawing, actor, _ = actors
    observation = jnp.tile(jnp.array([0.3, -1.0, 0.5, 2.0, 0.1]), (len(EVERY), 1))
    advantage = jnp.array(np.random.default_rng(1).normal(size=len(EVERY)), jnp.float32)
    old, _ = drawing.density(actor, observation, EVERY)
    bias = drawing.form.output_bias

    def loss(actor):
        return clipped_loss(drawing.density(actor, observation, EVERY)[0] - old, advantage, 0.2)

    found = jax.jit(jax.grad(loss))(actor)[bias]
    # d log p(a) / d output = a - tanh(output), as the output is half the log-odds
    expected = -(np.asarray(advantage)[:, None] * (EVERY - np.asarray(drawing.act(actor, observation)))).mean(axis=0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_fresh_bernoulli_actor_does_on_average_what_it_is_told(draw_batch):
    learner = replace(BINARY, initial_action=-0.6).build(5, 2, seed=0)
    batch = draw_batch(0, 2000)
    learner.receive(batch)
    policy = learner.policy()
    action = policy.act(batch.observation, np.random.default_rng(0))
    assert set(np.unique(action)) == {-1.0, 1.0}
    np.testing.assert_allclose(action.mean(axis=0), -0.6, atol=0.06)
    np.testing.assert_array_equal(policy.act(batch.observation, None), -1)


@pytest.mark.parametrize("parts", [(), (MirrorData(Mirror.of([1, 0, 2, 3, 4], [1] * 5), Mirror.of([1, 0], [1, 1])),)])
def test_it_learns_what_is_paid_at_its_pace(draw_batch, parts):
    """Paid for both muscles where the third observation is large, and for neither where it is small: so it is in the
    mirror.
    """
    learner = replace(BINARY, actor_learning_rate=0.02, discount=0.0).build(5, 2, 0, parts)
    random = np.random.default_rng(0)
    for seed in range(30):
        batch = draw_batch(seed, 200)
        action = learner.policy().act(batch.observation, random)
        worth = action.sum(axis=1) * np.sign(batch.observation[:, 2] - 2)
        learner.receive(replace(batch, action=action, reward=worth.astype(np.float32)))
        metrics = learner.update()
        assert 0 <= metrics["kl"] < 0.5
        assert 0 <= metrics["entropy"] <= 2 * np.log(2) + 1e-5
    observation = draw_batch(99, 400).observation
    action = learner.policy().act(observation, None)
    assert (action == np.sign(observation[:, 2:3] - 2)).mean() > 0.9


def test_a_bernoulli_policy_comes_back_from_its_file(draw_batch, tmp_path):
    learner = BINARY.build(5, 2, seed=0)
    learner.receive(draw_batch(0, 30))
    learner.update()
    learner.policy().save(tmp_path / "policy")
    observation = draw_batch(1, 30).observation
    loaded = load_policy(tmp_path / "policy")
    assert loaded.head == learner.policy().head
    for seed in (0, None):
        ours, its = (
            each.act(observation, None if seed is None else np.random.default_rng(seed))
            for each in (learner.policy(), loaded)
        )
        np.testing.assert_array_equal(ours, its)


@pytest.mark.parametrize("config", [SMALL, BINARY])
def test_one_leg_is_prepared_as_both_are(config):
    """Legs share columns of the last layer: deviations are told from means all the same."""
    mirrors = Mirror((1, 0, 2, 3, 4), (1, 1, -1, 1, 1)), Mirror((1, 0), (1, 1))
    learner = replace(config, initial_action=-0.5).build(5, 2, 0, [SingleLeg(*mirrors, Silent())])
    policy = learner.policy()
    assert isinstance(policy.network, SingleLegMlp)
    distribution = policy.head.distribution(
        policy.network, policy.parameters, policy.network(policy.parameters, np.zeros((1, 5), np.float32))
    )
    if config is SMALL:
        np.testing.assert_allclose(distribution.mode(), -0.5, atol=1e-3)
        np.testing.assert_allclose(distribution.log_std, -1.0, rtol=1e-5)
    else:
        np.testing.assert_allclose(distribution.mean(), -0.5, atol=1e-3)


def test_a_config_decides_how_actions_are_drawn():
    assert isinstance(_drawing(SMALL), GaussianDrawing)
    assert isinstance(_drawing(BINARY), BernoulliDrawing)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"distribution": "flow"}, "must know how likely actions of old were, .* choose one of gaussian, bernoulli"),
        ({"distribution": "lattice"}, "or take --learner sac"),
        ({"distribution": "beta"}, "distribution is 'beta'; choose one of gaussian, bernoulli"),
        ({"distribution": "bernoulli", "initial_log_std": -2.0}, "bernoulli has none, so leave them out"),
        ({"distribution": "bernoulli", "log_std_range": (-2.0, 0.0)}, "bernoulli has none, so leave them out"),
    ],
)
def test_config_refuses_what_it_cannot_judge(wrong, message):
    with pytest.raises(ValueError, match=message):
        PpoConfig(**wrong)
