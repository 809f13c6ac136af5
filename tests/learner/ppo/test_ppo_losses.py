"""The pieces of proximal policy optimisation against numbers worked out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner.ppo.update import clipped_loss, divergence, next_pace

RATIO = jnp.array([1.5, 1.1, 0.5, 1.5, 0.9, 0.5])
ADVANTAGE = jnp.array([2.0, 2.0, 2.0, -2.0, -2.0, -2.0])


def test_clipped_loss():
    # good: 1.2, 1.1, 0.5 times 2; bad: 1.5, 0.9, 0.8 times -2
    loss = clipped_loss(jnp.log(RATIO), ADVANTAGE, 0.2)
    assert float(loss) == pytest.approx(-(2.4 + 2.2 + 1.0 - 3.0 - 1.8 - 1.6) / 6, rel=1e-5)


def test_beyond_the_clip_there_is_no_gradient_but_back_there_is():
    gradient = jax.grad(lambda log_ratio: clipped_loss(log_ratio, ADVANTAGE, 0.2))(jnp.log(RATIO))
    # d ratio / d log ratio is the ratio; good actions that are likelier and bad ones that are rarer have done enough
    np.testing.assert_allclose(gradient, [0, -2.2 / 6, -1 / 6, 3 / 6, 1.8 / 6, 0], rtol=1e-5, atol=1e-7)


def test_divergence_of_two_normals():
    """Of N(0.1, 1.2) from N(0, 1): log 1.2 + (1 + 0.01) / (2 x 1.44) - 1/2, from actions of the latter."""
    action = np.random.default_rng(0).standard_normal(2_000_000)
    log_ratio = -((action - 0.1) ** 2) / (2 * 1.44) - np.log(1.2) + action**2 / 2
    assert float(divergence(jnp.array(log_ratio))) == pytest.approx(np.log(1.2) + 1.01 / 2.88 - 0.5, rel=0.01)
    assert float(divergence(jnp.zeros(3))) == 0


@pytest.mark.parametrize(
    ("pace", "kl", "expected"),
    [(1.0, 0.021, 1 / 1.5), (1.0, 0.019, 1.0), (1.0, 0.006, 1.0), (1.0, 0.004, 1.5), (2.5, 0.0, 3.0), (0.2, 1.0, 0.2)],
)
def test_the_pace_follows_the_divergence_within_bounds(pace, kl, expected):
    assert float(next_pace(jnp.float32(pace), kl, 0.01, (0.2, 3.0))) == pytest.approx(expected)
