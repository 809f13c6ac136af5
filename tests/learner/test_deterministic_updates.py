"""TD3 and DDPG against numbers worked out by hand: targets, and a whole update of networks that are straight lines."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from soleus.learner import DdpgConfig, ExplorationConfig, Td3Config, ddpg_update, td3_update
from soleus.learner.network import critic_loss
from soleus.learner.replay.storage import RowLayout, Sample

REWARD, BOOTSTRAP = jnp.array([10.0, 20.0, 30.0]), jnp.array([0.5, 0.5, 0.0])


def test_targets():
    # 10 + 0.5 * 1, 20 + 0.5 * 4, and 30 alone after a fall
    values = [jnp.array([1.0, 5.0, 2.0]), jnp.array([3.0, 4.0, 2.5])]
    np.testing.assert_allclose(td3_update.critic_target(REWARD, BOOTSTRAP, values), [10.5, 22, 30])
    np.testing.assert_allclose(ddpg_update.critic_target(REWARD, BOOTSTRAP, values[0]), [10.5, 22.5, 30])
    # of the first critic: 9.5^2 + 17^2 + 28^2
    assert float(critic_loss(values[:1], jnp.array([10.5, 22.0, 30.0]), jnp.ones(3))) == pytest.approx(1163.25 / 3)


def test_smoothed_action_stays_near_and_in_range():
    action, noise = jnp.array([[0.0, 0.0, 0.9]]), jnp.array([[1.0, -9.0, 2.0]])
    # 0.2, cut at -0.5, and 0.9 + 0.4 cut at 1
    np.testing.assert_allclose(td3_update.smoothed(action, noise, 0.2, 0.5), [[0.2, -0.5, 1.0]], rtol=1e-6)


# One observation, one action, no hidden layers: an actor tanh(w s + b), critics u s + v a + c.
ROWS = np.array([[0.5, -1.0, 0.25, 2.0, 0.9], [1.0, 0.5, -0.5, 1.0, 0.0]], np.float32)
"""s, s', a, reward, bootstrap"""
WEIGHT = np.array([0.5, 1.0], np.float32)
SAMPLE = Sample(jnp.array(ROWS), jnp.array(WEIGHT))
RATE, TAU = 0.1, 0.25
W, B = 0.3, -0.2
S, S_NEXT, A, R, D = ROWS.T.astype(np.float64)
SMALL = {"actor_hidden": (), "critic_hidden": (), "tau": TAU}


def _actor(w=W, b=B):
    return {"weight0": jnp.array([[w]], jnp.float32), "bias0": jnp.array([b], jnp.float32)}


def _critic(u, v, c):
    return {"weight0": jnp.array([[u], [v]], jnp.float32), "bias0": jnp.array([c], jnp.float32)}


def _flat(network):
    return np.concatenate([np.ravel(network["weight0"]), network["bias0"]])


def _plain_descent(update):
    return replace(update, actor_optimiser=optax.sgd(RATE), critic_optimiser=optax.sgd(RATE))


def _critic_after(critic, target):
    """A step down the weighted mean squared error."""
    u, v, c = critic
    error = 2 * WEIGHT * (u * S + v * A + c - target) / len(S)
    return np.array(critic) - RATE * np.array([(error * S).sum(), (error * A).sum(), error.sum()])


def _actor_after(v):
    """A step up the value, of which the action's part is v tanh(w s + b)."""
    slope = v * (1 - np.tanh(W * S + B) ** 2) / len(S)
    return np.array([W, B]) + RATE * np.array([(slope * S).sum(), slope.sum()])


def test_a_whole_update_of_ddpg():
    update = _plain_descent(DdpgConfig(**SMALL).update(RowLayout(1, 1), ()))
    critic, target_critic, target_actor = (0.5, -0.4, 0.1), (1.0, 0.7, -0.3), (0.6, 0.2)
    state = ddpg_update.DdpgState(
        _actor(),
        _critic(*critic),
        _actor(*target_actor),
        _critic(*target_critic),
        update.actor_optimiser.init(_actor()),
        update.critic_optimiser.init(_critic(*critic)),
    )
    after, metrics, error = update.update(state, update.layout.unpack(SAMPLE), update.noise(jax.random.key(0), len(S)))

    next_action = np.tanh(target_actor[0] * S_NEXT + target_actor[1])
    target = R + D * (target_critic[0] * S_NEXT + target_critic[1] * next_action + target_critic[2])
    new_critic = _critic_after(critic, target)
    new_actor = _actor_after(new_critic[1])
    np.testing.assert_allclose(_flat(after.critic), new_critic, rtol=1e-5)
    np.testing.assert_allclose(_flat(after.actor), new_actor, rtol=1e-5)
    np.testing.assert_allclose(
        _flat(after.target_critic), 0.75 * np.array(target_critic) + 0.25 * new_critic, rtol=1e-5
    )
    np.testing.assert_allclose(_flat(after.target_actor), 0.75 * np.array(target_actor) + 0.25 * new_actor, rtol=1e-5)
    value = critic[0] * S + critic[1] * A + critic[2]
    hoped = new_critic[0] * S + new_critic[1] * np.tanh(W * S + B) + new_critic[2]
    assert float(metrics["critic_loss"]) == pytest.approx((WEIGHT * (value - target) ** 2).mean(), rel=1e-5)
    np.testing.assert_allclose(error, np.abs(value - target), rtol=1e-5)
    assert float(metrics["value"]) == pytest.approx(value.mean(), rel=1e-5)
    assert float(metrics["actor_loss"]) == pytest.approx(-hoped.mean(), rel=1e-5)


def test_two_updates_of_td3():
    """The first leaves actor and targets alone, the second moves them, after the first critic alone."""
    config = Td3Config(**SMALL, policy_delay=2, target_noise=0.0)
    update = _plain_descent(config.update(RowLayout(1, 1), ()))
    critics, targets, target_actor = (
        [(0.5, -0.4, 0.1), (0.2, 0.3, 0.0)],
        [(1.0, 0.7, -0.3), (-1.0, 0.1, 0.0)],
        (0.6, 0.2),
    )
    fresh = [_critic(*critic) for critic in critics]
    slow = [_critic(*critic) for critic in targets]
    delayed = td3_update.Delayed(
        _actor(), update.actor_optimiser.init(_actor()), _actor(*target_actor), slow, jnp.float32(0)
    )
    state = td3_update.Td3State(fresh, update.critic_optimiser.init(fresh), delayed, jnp.int32(0))
    one, _, error = update.update(state, update.layout.unpack(SAMPLE), update.noise(jax.random.key(0), len(S)))
    two, metrics, _ = update.update(one, update.layout.unpack(SAMPLE), update.noise(jax.random.key(1), len(S)))

    next_action = np.tanh(target_actor[0] * S_NEXT + target_actor[1])
    target = R + D * np.min([u * S_NEXT + v * next_action + c for u, v, c in targets], axis=0)
    u, v, c = critics[0]
    np.testing.assert_allclose(error, np.abs(u * S + v * A + c - target), rtol=1e-5)
    new = [_critic_after(critic, target) for critic in critics]
    for i in range(2):
        np.testing.assert_allclose(_flat(one.critics[i]), new[i], rtol=1e-5)
    assert jax.tree.all(jax.tree.map(jnp.array_equal, one.delayed, delayed))
    new = [_critic_after(critic, target) for critic in new]
    new_actor = _actor_after(new[0][1])
    np.testing.assert_allclose(_flat(two.delayed.actor), new_actor, rtol=1e-5)
    np.testing.assert_allclose(
        _flat(two.delayed.target_actor), 0.75 * np.array(target_actor) + 0.25 * new_actor, rtol=1e-5
    )
    for i in range(2):
        np.testing.assert_allclose(_flat(two.critics[i]), new[i], rtol=1e-5)
        followed = 0.75 * np.array(targets[i]) + 0.25 * new[i]
        np.testing.assert_allclose(_flat(two.delayed.target_critics[i]), followed, rtol=1e-5)
    hoped = new[0][0] * S + new[0][1] * np.tanh(W * S + B) + new[0][2]
    assert float(metrics["actor_loss"]) == pytest.approx(-hoped.mean(), rel=1e-5)


@pytest.mark.parametrize("kind", [Td3Config, DdpgConfig])
def test_policy_is_the_actor_with_the_noise_of_the_moment(kind, draw_batch):
    config = kind(
        actor_hidden=(8,),
        critic_hidden=(8,),
        batch_size=4,
        random_transitions=10,
        updates_per_transition=2.0,
        initial_action=-0.5,
        exploration=ExplorationConfig(std=0.4, std_end=0.2, transitions=40),
    )
    learner = config.build(5, 2, seed=0)
    batch = draw_batch(0, 20)
    learner.receive(batch)
    policy = learner.policy()
    assert policy.noise.std == pytest.approx(0.3)
    np.testing.assert_allclose(policy.act(batch.observation, None), -0.5, atol=0.1)
    learner.update()
    assert np.abs(policy.act(batch.observation, None) - learner.policy().act(batch.observation, None)).max() < 0.2
    assert not np.array_equal(policy.act(batch.observation, None), learner.policy().act(batch.observation, None))


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        (Td3Config, {"policy_delay": 0}, "policy_delay is 0; it must be at least 1"),
        (Td3Config, {"target_noise": -0.1}, "target_noise is -0.1; it must not be negative"),
        (DdpgConfig, {"batch_size": 3, "replay_capacity": 2}, "a batch must fit in"),
    ],
)
def test_configs_refuse_what_cannot_learn(kind, wrong, message):
    with pytest.raises(ValueError, match=message):
        kind(**wrong)
