"""Lattice's covariance and density, against the formula, numerical integration and a plain multivariate normal."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.nets.head import GaussianHead, LatticeHead
from soleus.nets.lattice import TanhLattice
from soleus.nets.mlp import Mlp

N_ACTION, N_LATENT = 4, 6


def _distribution(n=5, n_action=N_ACTION, seed=0, dtype=np.float64):
    random = np.random.default_rng(seed)
    drawn = (
        0.5 * random.normal(size=(n, n_action)),
        np.exp(random.normal(-1, 0.3, (n, n_action))),
        np.exp(random.normal(-1, 0.3, (n, N_LATENT))),
        random.normal(size=(N_LATENT, n_action)),
    )
    return TanhLattice(*(array.astype(dtype) for array in drawn))


def test_covariance_by_hand():
    """Two latents of variance 4 and 9; the first moves both actions, the second the second one the other way."""
    distribution = TanhLattice(
        mean=np.zeros((1, 2)),
        action_std=np.array([[1.0, 0.5]]),
        latent_std=np.array([[2.0, 3.0]]),
        weight=np.array([[1.0, 1.0], [0.0, -2.0]]),
    )
    np.testing.assert_allclose(distribution.covariance, [[[4 + 1, 4], [4, 4 + 36 + 0.25]]], rtol=1.1e-4)


def test_covariance_is_the_formula_and_what_is_drawn():
    distribution = _distribution(1)
    weight, latent, own = distribution.weight, distribution.latent_std[0], distribution.action_std[0]
    formula = weight.T @ np.diag(latent**2) @ weight + np.diag(own**2)
    np.testing.assert_allclose(distribution.covariance[0], formula, rtol=1.1e-4)
    noise = np.random.default_rng(1).normal(size=(200_000, N_ACTION))
    drawn = np.arctanh(distribution.action(noise))
    np.testing.assert_allclose(np.cov(drawn.T), formula, atol=0.03 * formula.max())
    np.testing.assert_allclose(drawn.mean(axis=0), distribution.mean[0], atol=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_density_integrates_to_one_over_one_action(seed):
    distribution = _distribution(1, n_action=1, seed=seed)
    noise = np.linspace(-8, 8, 100_001)[:, None]
    density = np.exp(distribution.log_density(noise))
    assert np.trapezoid(density, distribution.action(noise)[:, 0]) == pytest.approx(1, abs=1e-5)


def test_density_integrates_to_one_over_two_actions():
    """On a grid of actions: the noise that leads to each is found backwards."""
    distribution = _distribution(1, n_action=2)
    edge = np.linspace(-1, 1, 1501)
    middle = (edge[1:] + edge[:-1]) / 2
    action = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
    noise = np.linalg.solve(distribution.factor[0], (np.arctanh(action) - distribution.mean[0]).T).T
    density = np.exp(distribution.log_density(noise))
    assert density.sum() * (edge[1] - edge[0]) ** 2 == pytest.approx(1, abs=2e-3)


def test_log_density_is_that_of_a_multivariate_normal_and_tanh():
    """-((u - m)^T C^-1 (u - m) + log det 2 pi C) / 2 - sum log(1 - tanh(u)^2), with no factor in it."""
    distribution = _distribution()
    noise = np.random.default_rng(2).normal(size=(5, N_ACTION))
    action = distribution.action(noise)
    u = np.arctanh(action)
    for i in range(5):
        off, covariance = u[i] - distribution.mean[i], distribution.covariance[i]
        _, log_det = np.linalg.slogdet(2 * np.pi * covariance)
        expected = -0.5 * (off @ np.linalg.solve(covariance, off) + log_det) - np.log(1 - action[i] ** 2).sum()
        assert distribution.log_density(noise)[i] == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(distribution.mode(), np.tanh(distribution.mean))


def test_log_density_equals_the_autograd_jacobian():
    distribution = _distribution(1)
    mean, own, latent, weight = (
        jnp.array(part, jnp.float32)
        for part in (distribution.mean[0], distribution.action_std[0], distribution.latent_std[0], distribution.weight)
    )
    in_jax = TanhLattice(mean, own, latent, weight)
    noise = jnp.array(np.random.default_rng(3).normal(size=N_ACTION), jnp.float32)
    _, log_slope = jnp.linalg.slogdet(jax.jacfwd(in_jax.action)(noise))
    expected = jax.scipy.stats.norm.logpdf(noise).sum() - log_slope
    assert float(in_jax.log_density(noise)) == pytest.approx(float(expected), abs=1e-4)


def test_without_latent_noise_it_is_a_gaussian():
    random = np.random.default_rng(0)
    output = random.normal(size=(6, 2 * N_ACTION))
    gaussian = GaussianHead(N_ACTION, (-5.0, 2.0)).distribution(Mlp((1, 1)), {}, output)
    lattice = TanhLattice(
        gaussian.mean, np.exp(gaussian.log_std), np.zeros((6, N_LATENT)), random.normal(size=(N_LATENT, N_ACTION))
    )
    noise = random.normal(size=(6, N_ACTION))
    np.testing.assert_allclose(lattice.action(noise), gaussian.action(noise), rtol=2e-4)
    np.testing.assert_allclose(lattice.log_density(noise), gaussian.log_density(noise), atol=5e-3)


HEAD = LatticeHead(N_ACTION, (-5.0, 2.0))
NETWORK = Mlp((3, N_LATENT, HEAD.n_output(N_LATENT)), "elu")


def _parameters(scale=1.0):
    return {name: scale * array for name, array in NETWORK.initial(np.random.default_rng(0)).items()}


def test_head_weighs_latents_as_the_means_do():
    parameters, x = _parameters(), np.random.default_rng(1).normal(size=(2, 3)).astype(np.float32)
    output = NETWORK(parameters, x)
    distribution = HEAD.distribution(NETWORK, parameters, output)
    assert HEAD.n_output(N_LATENT) == 2 * N_ACTION + N_LATENT
    np.testing.assert_array_equal(distribution.weight, parameters["weight1"][:, :N_ACTION])
    np.testing.assert_array_equal(distribution.mean, output[:, :N_ACTION])
    std = np.exp(-1.5 + 3.5 * np.tanh(output[:, N_ACTION:]))
    np.testing.assert_allclose(distribution.action_std, std[:, :N_ACTION], rtol=1e-5)
    np.testing.assert_allclose(distribution.latent_std, std[:, N_ACTION:], rtol=1e-5)


def test_numpy_equals_jax():
    parameters, random = _parameters(), np.random.default_rng(1)
    x, noise = random.normal(size=(7, 3)).astype(np.float32), random.normal(size=(7, N_ACTION)).astype(np.float32)
    in_numpy = HEAD.distribution(NETWORK, parameters, NETWORK(parameters, x))
    for_jax = {name: jnp.array(array) for name, array in parameters.items()}
    in_jax = HEAD.distribution(NETWORK, for_jax, NETWORK(for_jax, jnp.array(x)))
    assert in_numpy.action(noise).dtype == np.float32
    np.testing.assert_allclose(in_numpy.action(noise), in_jax.action(noise), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(in_numpy.log_density(noise), in_jax.log_density(noise), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(in_numpy.mode(), in_jax.mode(), rtol=1e-5, atol=1e-6)


def test_float32_factors_the_worst_covariance():
    """30 actions that all hang on one latent of the largest deviation, with the smallest of their own."""
    n_action, n_latent = 30, 256
    distribution = TanhLattice(
        mean=np.zeros((3, n_action), np.float32),
        action_std=np.full((3, n_action), np.exp(-5), np.float32),
        latent_std=np.full((3, n_latent), np.exp(2), np.float32),
        weight=np.ones((n_latent, n_action), np.float32),
    )
    noise = np.ones((3, n_action), np.float32)
    assert np.isfinite(distribution.log_density(noise)).all()
    in_jax = TanhLattice(*(jnp.array(part) for part in vars(distribution).values() if part.ndim < 3))
    assert np.isfinite(in_jax.log_density(noise)).all()


def test_gradients_reach_every_number_and_stay_finite():
    parameters = {name: jnp.array(array) for name, array in _parameters(scale=3.0).items()}
    x, noise = jnp.ones((5, 3)), jnp.array(np.random.default_rng(0).normal(size=(5, N_ACTION)), jnp.float32)

    def log_density(parameters):
        return HEAD.distribution(NETWORK, parameters, NETWORK(parameters, x)).log_density(noise).sum()

    for name, gradient in jax.grad(log_density)(parameters).items():
        assert np.isfinite(gradient).all(), name
        assert np.abs(gradient).max() > 0, name
