"""The flow's densities against autograd, against numerical integrals and against the Gaussian that it starts as."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from soleus.nets.block_flow import BlockFlow
from soleus.nets.distribution import TanhGaussian
from soleus.nets.flow import DENSITIES, TanhFlow
from soleus.nets.head import FlowHead, head_from
from soleus.nets.mlp import Mlp


def _bent(flow, seed=0, size=1.0):
    """Parameters far from where a flow begins."""
    random = np.random.default_rng(seed)
    drawn = flow.initial(random)
    return {name: array + size * random.normal(size=array.shape) for name, array in drawn.items()}


def _distribution(n_action=2, seed=0, n=5, size=0.7, density="exact", units=3, layers=2):
    flow, random = BlockFlow(n_action, units, layers), np.random.default_rng(seed + 100)
    mean, log_std = 0.5 * random.normal(size=(n, n_action)), random.normal(-0.5, 0.3, (n, n_action))
    return TanhFlow(mean, log_std, flow, _bent(flow, seed, size), DENSITIES[density])


def test_two_layers_by_hand():
    """One hidden layer of one unit for each of two actions; log-weights 0 and ln 2, gains and biases 0, but for one."""
    flow = BlockFlow(2, 1, 1)
    parameters = {name: np.zeros(shape) for name, shape in flow.shapes().items()}
    parameters["flow_block0"][1] = np.log(2)
    parameters["flow_lower0"][:] = [[9.0, 1.0], [9.0, 9.0]]  # 9: where nothing may come from
    parameters["flow_gain1"][:] = [np.log(3), 0.0]
    u = np.array([0.5, -0.25])
    # the second column of the first layer is (1, 2), of length sqrt 5; all others have one weight, so length 1
    hidden = np.tanh([0.5, (0.5 - 2 * 0.25) / np.sqrt(5)])
    bent, log_slope = flow.with_log_slope(flow.weights(parameters), u)
    np.testing.assert_allclose(bent, [3 * hidden[0], hidden[1]])
    assert log_slope == pytest.approx(np.log((1 - hidden[0] ** 2) * 3) + np.log((1 - hidden[1] ** 2) * 2 / np.sqrt(5)))


def test_each_action_rises_with_its_own_and_heeds_no_later_one():
    flow = BlockFlow(4, 3, 3)
    layers = flow.weights({name: jnp.array(array) for name, array in _bent(flow).items()})
    slopes = jax.jit(jax.jacfwd(lambda u: flow(layers, u)))
    for u in np.random.default_rng(1).normal(size=(5, 4)):
        jacobian = np.array(slopes(jnp.array(u)))
        assert (np.diag(jacobian) > 0).all()
        np.testing.assert_array_equal(np.triu(jacobian, 1), 0)
        assert (np.tril(jacobian, -1) != 0).sum() == 6


@pytest.mark.parametrize("n_action", [1, 2, 6])
def test_log_density_is_that_of_the_autograd_jacobian(n_action):
    with jax.enable_x64(True):
        slope = jax.jit(lambda distribution, noise: jnp.linalg.slogdet(jax.jacfwd(_action(distribution))(noise))[1])
        for seed in range(3):
            distribution = _distribution(n_action, seed, n=1, layers=3)
            parameters = {name: jnp.array(array) for name, array in distribution.parameters.items()}
            given = jnp.array(distribution.mean[0]), jnp.array(distribution.log_std[0]), parameters
            for noise in np.random.default_rng(seed).normal(size=(4, n_action)):
                expected = -0.5 * (noise**2 + np.log(2 * np.pi)).sum() - slope(given, noise)
                assert distribution.log_density(noise)[0] == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


def _action(given):
    mean, log_std, parameters = given
    n_action = len(mean)
    return TanhFlow(mean, log_std, BlockFlow(n_action, 3, 3), parameters, DENSITIES["exact"]).action


@pytest.mark.parametrize("seed", range(3))
def test_density_integrates_to_one_over_one_action(seed):
    distribution = _distribution(1, seed, n=1)
    noise = np.linspace(-8, 8, 100_001)[:, None]
    density = np.exp(distribution.log_density(noise))
    assert np.trapezoid(density, distribution.action(noise)[:, 0]) == pytest.approx(1, abs=1e-5)


def test_density_integrates_to_one_over_two_actions():
    """Cell by cell: a cell of noise becomes one of actions, whose area is that of its corners."""
    distribution = _distribution(2, n=1)
    edge = np.linspace(-6, 6, 601)
    corner = distribution.action(np.stack(np.meshgrid(edge, edge, indexing="ij"), axis=-1))
    one, other = corner[1:, 1:] - corner[:-1, :-1], corner[1:, :-1] - corner[:-1, 1:]
    area = 0.5 * np.abs(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])
    middle = (edge[1:] + edge[:-1]) / 2
    density = np.exp(distribution.log_density(np.stack(np.meshgrid(middle, middle, indexing="ij"), axis=-1)))
    assert (density * area).sum() == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("layers", [1, 3])
def test_a_fresh_flow_is_the_gaussian_near_0_and_nearly_so_elsewhere(layers):
    random = np.random.default_rng(0)
    head = FlowHead(3, (-3.0, 0.5), layers=layers)
    parameters, noise = head.initial(random), random.normal(size=(200, 3))
    np.testing.assert_allclose(head.flow(head.flow.weights(parameters), np.zeros(3)), 0, atol=1e-6)
    for size, most in ((1e-3, 1e-2), (1.0, 0.2 * layers)):
        mean, log_std = size * random.uniform(-0.5, 0.5, (200, 3)), np.full((200, 3), np.log(0.2 * size))
        flow = TanhFlow(mean, log_std, head.flow, parameters, DENSITIES["exact"])
        gaussian = TanhGaussian(mean, log_std)
        np.testing.assert_allclose(flow.action(noise), gaussian.action(noise), atol=0.1 * size)
        np.testing.assert_allclose(flow.log_density(noise), gaussian.log_density(noise), atol=3 * most)


def test_as_published_is_the_normal_at_the_action():
    """log N(a; 0, I) in place of log N(z; 0, I), and nothing else."""
    exact, published = (_distribution(3, density=density) for density in ("exact", "as_published"))
    noise = np.random.default_rng(0).normal(size=(5, 3))
    action = exact.action(noise)
    np.testing.assert_array_equal(published.action(noise), action)
    difference = published.log_density(noise) - exact.log_density(noise)
    np.testing.assert_allclose(difference, 0.5 * ((noise**2).sum(axis=1) - (action**2).sum(axis=1)))
    # It is no density: far more than 1 in all.
    line = np.linspace(-8, 8, 20_001)[:, None]
    one = _distribution(1, n=1, density="as_published")
    assert np.trapezoid(np.exp(one.log_density(line)), one.action(line)[:, 0]) > 2


HEAD = FlowHead(3, (-5.0, 2.0), units=4, layers=3)
NETWORK = Mlp((3, 8, HEAD.n_output(8)), "elu")


def _actor(size=0.3):
    own = {name: array.astype(np.float32) for name, array in _bent(HEAD.flow, size=size).items()}
    return NETWORK.initial(np.random.default_rng(0)) | own


def test_numpy_equals_jax():
    parameters, random = _actor(), np.random.default_rng(1)
    x, noise = random.normal(size=(7, 3)).astype(np.float32), random.normal(size=(7, 3)).astype(np.float32)

    def told(parameters, x, noise):
        distribution = HEAD.distribution(NETWORK, parameters, NETWORK(parameters, x))
        return distribution.action(noise), distribution.log_density(noise), distribution.mode()

    in_numpy, in_jax = told(parameters, x, noise), jax.jit(told)(parameters, x, noise)
    assert in_numpy[0].dtype == np.float32
    for ours, its in zip(in_numpy, in_jax, strict=True):
        np.testing.assert_allclose(ours, its, rtol=1e-4, atol=1e-4)


def test_gradients_reach_every_parameter():
    parameters = {name: jnp.array(array) for name, array in _actor().items()}
    x, noise = jnp.ones((5, 3)), jnp.array(np.random.default_rng(0).normal(size=(5, 3)), jnp.float32)

    def loss(parameters):
        distribution = HEAD.distribution(NETWORK, parameters, NETWORK(parameters, x))
        return (distribution.log_density(noise) + distribution.action(noise).sum(axis=-1)).sum()

    for name, gradient in jax.jit(jax.grad(loss))(parameters).items():
        assert np.isfinite(gradient).all(), name
        assert np.abs(gradient).max() > 0, name


@pytest.mark.parametrize("size", [-1000.0, 1000.0])
@pytest.mark.parametrize("name", ["flow_block", "flow_lower", "flow_gain", "flow_bias"])
def test_numbers_that_ran_away_give_finite_ones(name, size):
    parameters = {key: jnp.array(array) for key, array in _actor().items()}
    parameters |= {key: array.at[..., 0].set(size) for key, array in parameters.items() if key.startswith(name)}
    x, noise = jnp.ones((5, 3)), jnp.array(np.random.default_rng(0).normal(size=(5, 3)), jnp.float32)

    def log_density(parameters):
        return HEAD.distribution(NETWORK, parameters, NETWORK(parameters, x)).log_density(noise).sum()

    value, gradient = jax.jit(jax.value_and_grad(log_density))(parameters)
    assert np.isfinite(value)
    assert all(np.isfinite(each).all() for each in gradient.values())


def test_it_learns_actions_that_hang_together():
    """By maximum likelihood of what it draws: the second action is about a parabola of the first, as no normal is."""
    flow = BlockFlow(2, 3, 3)
    learnt = jax.tree.map(jnp.array, flow.initial(np.random.default_rng(0)))
    learnt |= {"mean": jnp.zeros(2), "log_std": jnp.full(2, -0.5)}
    optimiser = optax.adam(0.01)

    def off(action):
        return action[:, 1] - 1.5 * action[:, 0] ** 2 + 0.4

    def drawn(learnt, noise):
        distribution = TanhFlow(learnt["mean"], learnt["log_std"], flow, learnt, DENSITIES["exact"])
        return distribution.action(noise), distribution.log_density(noise)

    def divergence(learnt, noise):
        action, log_density = drawn(learnt, noise)
        return (log_density + 0.5 * ((off(action) / 0.1) ** 2 + (action[:, 0] / 0.4) ** 2)).mean()

    def step(state, key):
        learnt, optimiser_state = state
        loss, gradient = jax.value_and_grad(divergence)(learnt, jax.random.normal(key, (256, 2)))
        update, optimiser_state = optimiser.update(gradient, optimiser_state)
        return (optax.apply_updates(learnt, update), optimiser_state), loss

    keys = jax.random.split(jax.random.key(0), 1500)
    (learnt, _), loss = jax.jit(lambda state: jax.lax.scan(step, state, keys))((learnt, optimiser.init(learnt)))
    best = -np.log(2 * np.pi * 0.1 * 0.4)  # minus the logarithm of the target's integral
    assert float(loss[-100:].mean()) - best < 0.15  # 0.6 for actions drawn by themselves
    action, _ = drawn(learnt, jax.random.normal(jax.random.key(1), (2000, 2)))
    assert np.std(off(action)) < 0.13
    assert np.std(action[:, 1]) > 0.2


def test_description_names_all_that_was_chosen():
    head = FlowHead(3, (-5.0, 2.0), 2, 4, "as_published")
    assert head_from(head.description()) == head
    assert head.shapes().keys() == head.initial(np.random.default_rng(0)).keys()


def test_a_flow_of_nothing_is_refused():
    with pytest.raises(ValueError, match="a flow of 0 layers of 3 units .* must be at least 1"):
        BlockFlow(2, 3, 0)


def test_golden():
    """So that a refactoring leaves the flow alone."""
    distribution = _distribution(2, n=2)
    noise = np.array([[0.3, -1.2], [1.5, 0.1]])
    np.testing.assert_allclose(distribution.action(noise), GOLDEN[:2], rtol=1e-5)
    np.testing.assert_allclose(distribution.log_density(noise), GOLDEN[2], rtol=1e-5)


GOLDEN = [[-0.247154, -0.638836], [0.268101, -0.25531], [1.103855, 0.06693]]
"""Two actions, and their log-densities"""
