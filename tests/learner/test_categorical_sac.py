"""SAC with categorical critics as a learner: what its values mean, what it follows, when its actor moves."""

from dataclasses import replace
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner import CategoricalSacConfig, SacConfig
from soleus.learner.network import unit_weights
from soleus.nets.mlp import Mlp

SMALL = CategoricalSacConfig(
    actor_hidden=(8,), critic_hidden=(8,), batch_size=4, replay_capacity=64, random_transitions=10, n_scan=2
)


def _critic(learner):
    """The first critic's parameters."""
    state = learner.state()
    start = "learnt.critics.0."
    return {name.removeprefix(start): array for name, array in state.items() if name.startswith(start)}


def test_a_fresh_critic_says_zero_with_every_bin_as_likely(draw_batch):
    update = SMALL.update(SMALL.build(5, 2, seed=0)._layout, ())
    critic = update.initial(np.random.default_rng(0)).critics[0]
    logits = update.critic(critic, jnp.array(draw_batch(0, 50).observation @ np.ones((5, 7), np.float32)))
    np.testing.assert_allclose(jax.nn.softmax(logits), 1 / 101, rtol=0.1)
    np.testing.assert_allclose(update.bins.mean(logits), 0, atol=0.05)


def test_weights_into_hidden_units_have_length_one(draw_batch):
    form = Mlp((2, 2, 3))
    network = {"weight0": jnp.array([[3.0, 0.0], [4.0, -2.0]]), "bias0": jnp.ones(2), "weight1": jnp.ones((2, 3))}
    changed = unit_weights(form, network)
    np.testing.assert_allclose(changed["weight0"], [[0.6, 0], [0.8, -1]], rtol=1e-6)
    assert changed["bias0"] is network["bias0"]
    assert changed["weight1"] is network["weight1"]
    learner = SMALL.build(5, 2, seed=0)
    learner.receive(draw_batch(0, 20))
    learner.update()
    np.testing.assert_allclose(np.linalg.norm(_critic(learner)["weight0"], axis=0), 1, rtol=1e-5)


def test_length_says_nothing_where_layers_are_normalised():
    form, random = Mlp((4, 16, 16, 3), layer_norm=True), np.random.default_rng(0)
    network = {name: jnp.array(array) for name, array in form.initial(random).items()}
    even = unit_weights(form, network)  # units of one layer differ in length: make them alike first
    longer = {name: 3 * array if name in ("weight0", "weight1") else array for name, array in even.items()}
    x = jnp.array(random.normal(size=(10, 4)), jnp.float32)
    np.testing.assert_allclose(form(longer, x), form(even, x), atol=1e-3)


def test_the_actor_moves_in_every_second_update(draw_batch):
    learner = replace(SMALL, n_scan=1, updates_per_transition=1.0, random_transitions=0).build(5, 2, seed=0)
    weights = [learner.policy().parameters["weight0"]]
    for seed in range(4):
        learner.receive(draw_batch(seed, 1))
        learner.update()
        weights.append(learner.policy().parameters["weight0"])
    assert [not np.array_equal(before, after) for before, after in pairwise(weights)] == [False, True, False, True]


@pytest.mark.parametrize("kind", [CategoricalSacConfig, SacConfig])
def test_rewards_of_any_size_teach_the_same(kind, draw_batch):
    """With rewards in units of the return; a power of two, so that no rounding differs."""
    learned = []
    for size in (1.0, 1024.0):
        learner = kind(
            actor_hidden=(8,), critic_hidden=(8,), batch_size=4, random_transitions=0, reward_scale="return"
        ).build(5, 2, seed=0)
        for seed in range(3):
            batch = draw_batch(seed, 20)
            learner.receive(replace(batch, reward=np.float32(size) * batch.reward))
            learner.update()
        learned.append(learner.state())
    names = [name for name in learned[0] if name.startswith("learnt.")]
    for name in names:
        np.testing.assert_array_equal(learned[0][name], learned[1][name], err_msg=name)


def test_critics_learn_the_value_of_a_fall_and_of_the_clock(draw_batch):
    """With reward 1 and discount 0.5 a fall is worth 1, and going on for ever 2, whether or not the clock ends it."""
    config = CategoricalSacConfig(
        actor_hidden=(16,),
        critic_hidden=(32,),
        batch_size=64,
        random_transitions=0,
        discount=0.5,
        tau=0.1,
        critic_learning_rate=3e-3,
        initial_temperature=1e-4,
        temperature_learning_rate=1e-6,
        reward_scale="given",
        updates_per_transition=3.0,
    )
    batch = draw_batch(0, 300)
    falls = np.arange(300) % 3 == 0
    batch.observation[:, 0] = np.where(falls, -1, 1)
    batch.next_observation[:, 0] = 1
    learner = config.build(5, 2, seed=0)
    learner.receive(
        replace(batch, reward=np.ones(300, np.float32), terminated=falls, truncated=np.arange(300) % 3 == 1)
    )
    learner.update()
    scaled = jnp.array(learner.policy().scaling(batch.observation))
    update = learner._update
    value = np.array(update.bins.mean(update.critic(_critic(learner), jnp.concat([scaled, batch.action], axis=1))))
    assert value[falls].mean() == pytest.approx(1, abs=0.1)
    assert value[~falls].mean() == pytest.approx(2, abs=0.1)


def test_the_reward_scale_is_saved_and_must_fit(draw_batch):
    learner, restarted = SMALL.build(5, 2, seed=0), SMALL.build(5, 2, seed=1)
    learner.receive(draw_batch(0, 20))
    restarted.load(learner.state())
    assert restarted._reward_scale.value == learner._reward_scale.value != 1
    given = replace(SMALL, reward_scale="given").build(5, 2, seed=0)
    with pytest.raises(ValueError, match=r"rewards.going has shape \(1,\), this learner needs nothing"):
        given.load(learner.state())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_bin": 1}, "n_bin is 1; it must be at least 2"),
        ({"actor_delay": 0}, "actor_delay is 0; it must be at least 1"),
        ({"value_limit": 0.0}, "value_limit is 0.0; it must be positive"),
        ({"initial_temperature": -1.0}, "must be positive"),
        ({"log_std_range": (1.0, 0.0)}, "lower bound first"),
    ],
)
def test_config_refuses_what_cannot_learn(wrong, message):
    with pytest.raises(ValueError, match=message):
        CategoricalSacConfig(**wrong)
