"""The tanh-Gaussian's density, against numerical integration and the autograd Jacobian."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.nets.distribution import TanhGaussian, before_tanh


def test_worked_number():
    # u = 0.5 + 2 * 0.25 = 1; log N = -(0.25^2)/2 - log(2 pi)/2 - log 2; log(1 - tanh(1)^2) = -0.867562
    distribution = TanhGaussian(np.array([[0.5]]), np.log(np.array([[2.0]])))
    noise = np.array([[0.25]])
    assert distribution.action(noise) == pytest.approx(np.tanh(1.0))
    assert distribution.log_density(noise) == pytest.approx(-0.03125 - 0.9189385 - 0.6931472 + 0.8675617, abs=1e-6)
    assert distribution.mode() == pytest.approx(np.tanh(0.5))


@pytest.mark.parametrize(("mean", "std"), [(0.0, 0.2), (0.7, 0.5), (-1.5, 1.5)])
def test_density_integrates_to_one_over_actions(mean, std):
    noise = np.linspace(-8, 8, 200_001)[:, None]
    shape = np.ones_like(noise)
    distribution = TanhGaussian(mean * shape, np.log(std) * shape)
    density = np.exp(distribution.log_density(noise))
    assert np.trapezoid(density, distribution.action(noise)[:, 0]) == pytest.approx(1, abs=1e-5)


def test_log_density_equals_the_autograd_jacobian():
    random = np.random.default_rng(0)
    mean, log_std, noise = (jnp.array(random.standard_normal(5), jnp.float32) for _ in range(3))
    distribution = TanhGaussian(mean, 0.5 * log_std)
    _, log_slope = jnp.linalg.slogdet(jax.jacfwd(distribution.action)(noise))
    expected = jax.scipy.stats.norm.logpdf(noise).sum() - log_slope
    assert float(distribution.log_density(noise)) == pytest.approx(float(expected), abs=1e-4)


def test_saturated_actions_keep_a_finite_density_and_gradient():
    def log_density(mean):
        return TanhGaussian(mean, jnp.zeros_like(mean)).log_density(jnp.zeros_like(mean)).sum()

    mean = jnp.array([[-40.0], [0.0], [40.0]])
    # Far out 1 - tanh(u)^2 is 4 exp(-2|u|): the log-density grows by 2 for each unit of u.
    assert float(log_density(mean[2:])) == pytest.approx(-0.9189385 + 80 - np.log(4), abs=1e-4)
    np.testing.assert_allclose(jax.grad(log_density)(mean)[:, 0], [-2, 0, 2], atol=1e-6)


def test_numpy_equals_jax_and_deviations_stay_in_range():
    random = np.random.default_rng(0)
    output = 10 * random.standard_normal((6, 8), dtype=np.float32)
    noise = random.standard_normal((6, 4), dtype=np.float32)
    in_numpy = TanhGaussian.from_output(output, (-5.0, 2.0))
    in_jax = TanhGaussian.from_output(jnp.array(output), (-5.0, 2.0))
    assert in_numpy.log_std.min() >= -5
    assert in_numpy.log_std.max() <= 2
    np.testing.assert_allclose(in_numpy.action(noise), in_jax.action(noise), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(in_numpy.log_density(noise), in_jax.log_density(noise), rtol=1e-4)


@pytest.mark.parametrize(("before", "error"), [(1.0, 1e-6), (3.0, 5e-5), (5.0, 2e-3), (7.0, 0.1)])
def test_what_was_before_tanh_is_found_as_well_as_rounding_allows(before, error):
    unbounded = np.linspace(-before, before, 1001, dtype=np.float32)
    for action in (np.tanh(unbounded), jnp.tanh(jnp.array(unbounded))):
        found = before_tanh(action)
        assert found.dtype == np.float32
        assert np.abs(np.array(found) - unbounded).max() < error


def test_what_was_before_a_saturated_tanh_is_finite():
    ends = np.array([-1, 1], np.float32)
    np.testing.assert_allclose(before_tanh(ends), [-7.25, 7.25], atol=0.03)
    np.testing.assert_allclose(before_tanh(jnp.array(ends)), before_tanh(ends), rtol=1e-4)


def test_density_and_entropy_before_tanh():
    random = np.random.default_rng(0)
    mean, log_std = random.standard_normal((2, 3))
    distribution = TanhGaussian(mean, log_std)
    noise = random.standard_normal((200_000, 3))
    unbounded = mean + np.exp(log_std) * noise
    log_density = distribution.log_density_before_tanh(unbounded)
    slope = np.log1p(-(np.tanh(unbounded) ** 2)).sum(axis=-1)
    np.testing.assert_allclose(log_density, distribution.log_density(noise) + slope, rtol=1e-6)
    assert distribution.entropy_before_tanh() == pytest.approx(-log_density.mean(), abs=0.02)
    # three unit normals: 3/2 log(2 pi e)
    unit = TanhGaussian(np.zeros(3), np.zeros(3))
    assert unit.entropy_before_tanh() == pytest.approx(4.256816, abs=1e-5)
