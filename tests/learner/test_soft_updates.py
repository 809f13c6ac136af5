"""SAC, with values and with histograms, against whole updates worked out in float64.

Networks are straight lines, losses are written down again from the papers, and slopes are differences.
"""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from soleus.learner import CategoricalSacConfig, SacConfig
from soleus.learner.categorical_sac_update import CategoricalSacState, Guided
from soleus.learner.replay.storage import RowLayout, Sample
from soleus.learner.replay.update import Noise
from soleus.learner.sac_update import SacState

ROWS = np.array([[0.5, -1.0, 0.25, 2.0, 0.9], [1.0, 0.5, -0.5, 1.0, 0.0], [-0.3, 0.2, 0.1, -0.5, 0.9]], np.float32)
"""s, s', a, reward, bootstrap"""
S, S_NEXT, A, R, D = ROWS.T.astype(np.float64)
WEIGHT = np.array([0.5, 1.0, 0.8], np.float32)
SAMPLE = Sample(jnp.array(ROWS), jnp.array(WEIGHT))
NOISE_NEXT, NOISE_NOW = np.array([0.3, -1.2, 0.7]), np.array([-0.4, 0.9, 0.1])
NOISE = Noise([jnp.array(noise[:, None], jnp.float32) for noise in (NOISE_NEXT, NOISE_NOW)], [])
RATE, TAU, TEMPERATURE = 0.1, 0.25, 0.3
LOW, HIGH = -4.0, 1.0
SMALL = {
    "actor_hidden": (),
    "critic_hidden": (),
    "tau": TAU,
    "initial_temperature": TEMPERATURE,
    "log_std_range": (LOW, HIGH),
}
ACTOR = np.array([[0.3, -0.2], [0.1, 0.4]])
"""Slope and height of the mean, and of what the deviation is made of"""


def _line(network):
    """Slopes and heights -> parameters; shape (n_output, n_input + 1)."""
    return {
        "weight0": jnp.array(network[:, :-1].T, jnp.float32),
        "bias0": jnp.array(network[:, -1], jnp.float32),
    }


def _numbers(parameters):
    return np.concatenate([np.asarray(parameters["weight0"]).T, np.asarray(parameters["bias0"])[:, None]], axis=1)


def _said(network, *inputs):
    """What a line says, shape (n, n_output)."""
    return np.stack([*inputs, np.ones(len(inputs[0]))], axis=1) @ network.T


def _drawn(actor, s, noise):
    """An action tanh(mean + deviation noise) and its log-density."""
    mean, raw = _said(actor, s).T
    log_std = (HIGH + LOW) / 2 + (HIGH - LOW) / 2 * np.tanh(raw)
    action = np.tanh(mean + np.exp(log_std) * noise)
    return action, -0.5 * noise**2 - log_std - 0.5 * np.log(2 * np.pi) - np.log(1 - action**2)


def _descended(loss, network):
    """A step down a loss of a network's numbers, by central differences."""
    slope = np.zeros_like(network)
    for place in np.ndindex(network.shape):
        change = np.zeros_like(network)
        change[place] = 1e-6
        slope[place] = (loss(network + change) - loss(network - change)) / 2e-6
    return network - RATE * slope


def _plain_descent(update):
    return replace(update, actor_optimiser=optax.sgd(RATE), critic_optimiser=optax.sgd(RATE))


def test_a_whole_update_of_sac():
    config = SacConfig(**SMALL, temperature="fixed", critic_layer_norm=False)
    update = _plain_descent(config.update(RowLayout(1, 1), ()))
    critics = [np.array([[0.5, -0.4, 0.1]]), np.array([[0.2, 0.3, 0.0]])]
    slow = [np.array([[1.0, 0.7, -0.3]]), np.array([[-1.0, 0.1, 0.4]])]
    fresh = [_line(critic) for critic in critics]
    state = SacState(
        _line(ACTOR),
        fresh,
        [_line(critic) for critic in slow],
        update.actor_optimiser.init(_line(ACTOR)),
        update.critic_optimiser.init(fresh),
        update.temperature.initial(),
        update.valuation.initial(),
    )
    after, metrics, error = update.update(state, update.layout.unpack(SAMPLE), NOISE)

    next_action, next_density = _drawn(ACTOR, S_NEXT, NOISE_NEXT)
    next_value = np.min([_said(critic, S_NEXT, next_action)[:, 0] for critic in slow], axis=0)
    target = R + D * (next_value - TEMPERATURE * next_density)

    def loss_of_critic(critic):
        return (WEIGHT * (_said(critic, S, A)[:, 0] - target) ** 2).mean()

    new = [_descended(loss_of_critic, critic) for critic in critics]

    def loss_of_actor(actor):
        action, density = _drawn(actor, S, NOISE_NOW)
        hoped = np.min([_said(critic, S, action)[:, 0] for critic in new], axis=0)
        return (TEMPERATURE * density - hoped).mean()

    np.testing.assert_allclose(_numbers(after.actor), _descended(loss_of_actor, ACTOR), rtol=1e-4, atol=1e-6)
    for i in range(2):
        np.testing.assert_allclose(_numbers(after.critics[i]), new[i], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(_numbers(after.targets[i]), 0.75 * slow[i] + 0.25 * new[i], rtol=1e-4, atol=1e-6)
    assert float(metrics["critic_loss"]) == pytest.approx(sum(map(loss_of_critic, critics)), rel=1e-4)
    assert float(metrics["actor_loss"]) == pytest.approx(loss_of_actor(ACTOR), rel=1e-4)
    assert float(metrics["entropy"]) == pytest.approx(-_drawn(ACTOR, S, NOISE_NOW)[1].mean(), rel=1e-4)
    np.testing.assert_allclose(error, np.abs(_said(critics[0], S, A)[:, 0] - target), rtol=1e-4)


CENTRES = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


def _shares(logits):
    weight = np.exp(logits)
    return weight / weight.sum(axis=1, keepdims=True)


def _projected(shares, shift, factor):
    """Each bin's share goes to where its value goes, divided between the two bins that it falls between."""
    result = np.zeros_like(shares)
    for row in range(len(shares)):
        for share, centre in zip(shares[row], CENTRES, strict=True):
            value = np.clip(shift[row] + factor[row] * centre, -2.0, 2.0)
            result[row] += share * np.maximum(0.0, 1.0 - np.abs(CENTRES - value))
    return result


def test_a_whole_update_of_sac_with_histograms():
    """Neither of the slow critics is the lower one in all rows, so that a histogram of the wrong one would show."""
    config = CategoricalSacConfig(**SMALL, n_bin=5, value_limit=2.0, actor_delay=1)
    update = _plain_descent(config.update(RowLayout(1, 1), ()))
    random = np.random.default_rng(0)
    critics, slow = random.normal(size=(2, 2, 5, 3))
    fresh = [_line(critic) for critic in critics]
    guided = Guided(
        _line(ACTOR),
        update.actor_optimiser.init(_line(ACTOR)),
        update.temperature.initial(),
        jnp.float32(0),
        jnp.float32(0),
    )
    state = CategoricalSacState(
        fresh, [_line(critic) for critic in slow], update.critic_optimiser.init(fresh), guided, jnp.int32(0)
    )
    after, metrics, error = update.update(state, update.layout.unpack(SAMPLE), NOISE)

    next_action, next_density = _drawn(ACTOR, S_NEXT, NOISE_NEXT)
    each = [_shares(_said(critic, S_NEXT, next_action)) for critic in slow]
    lower = np.argmin([shares @ CENTRES for shares in each], axis=0)
    assert len(set(lower)) == 2
    believed = np.array([each[which][row] for row, which in enumerate(lower)])
    target = _projected(believed, R - D * TEMPERATURE * next_density, D)

    def loss_of_critic(critic):
        return -(WEIGHT * (target * np.log(_shares(_said(critic, S, A)))).sum(axis=1)).mean()

    new = [_descended(loss_of_critic, critic) for critic in critics]

    def loss_of_actor(actor):
        action, density = _drawn(actor, S, NOISE_NOW)
        hoped = np.min([_shares(_said(critic, S, action)) @ CENTRES for critic in new], axis=0)
        return (TEMPERATURE * density - hoped).mean()

    np.testing.assert_allclose(_numbers(after.guided.actor), _descended(loss_of_actor, ACTOR), rtol=1e-4, atol=1e-6)
    for i in range(2):
        np.testing.assert_allclose(_numbers(after.critics[i]), new[i], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(_numbers(after.targets[i]), 0.75 * slow[i] + 0.25 * new[i], rtol=1e-4, atol=1e-5)
    assert float(metrics["critic_loss"]) == pytest.approx(sum(map(loss_of_critic, critics)), rel=1e-4)
    assert float(metrics["actor_loss"]) == pytest.approx(loss_of_actor(ACTOR), rel=1e-4)
    value = _shares(_said(critics[0], S, A)) @ CENTRES
    np.testing.assert_allclose(error, np.abs(value - target @ CENTRES), rtol=1e-4)
