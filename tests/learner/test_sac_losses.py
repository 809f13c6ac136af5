"""The losses of soft actor-critic against numbers worked out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner.network import critic_loss
from soleus.learner.sac_update import actor_loss
from soleus.learner.temperature import LOG_RANGE, FixedTemperature, LearnedTemperature, temperature_loss
from soleus.learner.valuation import critic_target

VALUES = [jnp.array([1.0, 5.0, 2.0]), jnp.array([3.0, 4.0, 2.5])]  # the lower ones are 1, 4, 2
LOG_DENSITY = jnp.array([0.0, -2.0, 1.0])


def test_critic_target():
    reward, bootstrap = jnp.array([10.0, 20.0, 30.0]), jnp.array([0.5, 0.5, 0.0])
    # 10 + 0.5 (1 - 0), 20 + 0.5 (4 + 0.25 * 2), and 30 alone after a fall
    target = critic_target(reward, bootstrap, VALUES, LOG_DENSITY, 0.25)
    np.testing.assert_allclose(target, [10.5, 22.25, 30])


def test_critic_loss():
    # ((0, 4, 0)^2 sum 16 + (2, 3, 0.5)^2 sum 13.25) / 3; with half the weight 12.5 of it go
    target = jnp.array([1.0, 1.0, 2.0])
    assert float(critic_loss(VALUES, target, jnp.ones(3))) == pytest.approx(29.25 / 3)
    assert float(critic_loss(VALUES, target, jnp.array([1.0, 0.5, 1.0]))) == pytest.approx(16.75 / 3)


def test_actor_loss_and_where_its_gradient_goes():
    # 0.25 mean(0, -2, 1) - mean(1, 4, 2)
    assert float(actor_loss(VALUES, LOG_DENSITY, 0.25)) == pytest.approx(-0.25 / 3 - 7 / 3)
    gradient = jax.grad(lambda values: actor_loss(values, LOG_DENSITY, 0.25))(VALUES)
    np.testing.assert_allclose(gradient[0], [-1 / 3, 0, -1 / 3], rtol=1e-6)
    np.testing.assert_allclose(gradient[1], [0, -1 / 3, 0], rtol=1e-6)


def test_temperature_loss():
    # -log_temperature (mean log-density + target) = -0.5 (-1/3 - 2)
    loss, gradient = jax.value_and_grad(temperature_loss)(0.5, LOG_DENSITY, -2.0)
    assert float(loss) == pytest.approx(0.5 * 7 / 3)
    assert float(gradient) == pytest.approx(7 / 3)
    assert not jax.grad(temperature_loss, argnums=1)(0.5, LOG_DENSITY, -2.0).any()


@pytest.mark.parametrize(("entropy", "direction"), [(-3.0, 1), (-1.0, -1)])
def test_learned_temperature_rises_while_entropy_is_too_low(entropy, direction):
    temperature = LearnedTemperature(temperature=0.1, target_entropy=-2.0, learning_rate=0.01)
    state = temperature.initial()
    assert float(temperature.value(state)) == pytest.approx(0.1)
    state = temperature.update(state, jnp.full(4, -entropy))
    assert float(jnp.log(temperature.value(state) / 0.1)) == pytest.approx(direction * 0.01, rel=1e-3)


def test_learned_temperature_stays_in_bounds():
    temperature = LearnedTemperature(temperature=0.1, target_entropy=0.0, learning_rate=5.0)
    state = temperature.initial()
    for _ in range(5):
        state = temperature.update(state, jnp.full(4, 100.0))
    assert float(temperature.value(state)) == pytest.approx(np.exp(LOG_RANGE[1]))


def test_fixed_temperature_stays():
    temperature = FixedTemperature(0.2)
    state = temperature.update(temperature.initial(), LOG_DENSITY)
    assert float(temperature.value(state)) == pytest.approx(0.2)
