"""The perceptron: worked numbers, and NumPy held equal to JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.nets.mlp import ACTIVATIONS, Mlp

HAND = {
    "weight0": np.array([[1.0, -1.0], [2.0, 1.0]]),
    "bias0": np.array([0.5, -4.0]),
    "weight1": np.array([[3.0], [5.0]]),
    "bias1": np.array([0.25]),
}


def test_worked_numbers():
    # hidden = relu([1 + 4 + 0.5, -1 + 2 - 4]) = [5.5, 0]; output = 16.5 + 0.25
    assert Mlp((2, 2, 1))(HAND, np.array([[1.0, 2.0]])) == pytest.approx(16.75)


def test_worked_layer_norm():
    # pre-activation [5.5, -3] has mean 1.25 and deviation 4.25: normalised to [1, -1]; gain and shift give [2, -1.5]
    parameters = HAND | {"gain0": np.array([2.0, 1.0]), "shift0": np.array([0.0, -0.5])}
    output = Mlp((2, 2, 1), "relu", layer_norm=True)(parameters, np.array([[1.0, 2.0]]))
    assert output == pytest.approx(6.25, abs=1e-5)


def test_activations():
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_allclose(ACTIVATIONS["relu"](x), [0, 0, 2])
    np.testing.assert_allclose(ACTIVATIONS["elu"](x), [np.exp(-1) - 1, 0, 2])
    np.testing.assert_allclose(ACTIVATIONS["tanh"](x), np.tanh(x))
    np.testing.assert_allclose(ACTIVATIONS["leaky_relu"](x), [-0.01, 0, 2])
    np.testing.assert_allclose(ACTIVATIONS["selu"](x), [1.0507 * 1.6733 * (np.exp(-1) - 1), 0, 2.1014], rtol=5e-5)


def test_selu_keeps_mean_and_variance():
    """Of a normal number, by the trapezoid rule: what its two constants are made for."""
    x = np.linspace(-12, 12, 200_001)
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    selu = ACTIVATIONS["selu"](x)
    mean = np.trapezoid(density * selu, x)
    assert mean == pytest.approx(0, abs=1e-8)
    assert np.trapezoid(density * selu**2, x) - mean**2 == pytest.approx(1, abs=1e-8)
    network = Mlp((100, *[200] * 12, 1), "selu")
    parameters, x = network.initial(np.random.default_rng(0)), np.random.default_rng(1).standard_normal((500, 100))
    assert network(parameters, x).std() == pytest.approx(1, abs=0.3)


def test_far_out_nothing_overflows():
    x = np.array([-1e4, 1e4], np.float32)
    with np.errstate(all="raise"):
        for name, activation in ACTIVATIONS.items():
            assert np.isfinite(activation(x)).all(), name
            assert activation(x).dtype == np.float32, name
            gradient = jax.grad(lambda x, activation=activation: activation(x).sum())(jnp.array(x))
            assert np.isfinite(gradient).all(), name


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("layer_norm", [False, True])
def test_numpy_equals_jax_and_gradients_reach_every_parameter(activation, layer_norm):
    network = Mlp((5, 16, 16, 3), activation, layer_norm)
    parameters = network.initial(np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((7, 5), dtype=np.float32)
    output = network(parameters, x)
    assert output.dtype == np.float32
    np.testing.assert_allclose(output, jax.jit(network)(parameters, jnp.array(x)), rtol=2e-5, atol=2e-6)
    gradient = jax.grad(lambda parameters: (network(parameters, jnp.array(x)) ** 2).sum())(parameters)
    assert gradient.keys() == network.shapes().keys()
    assert all((np.abs(leaf) > 0).any() for leaf in gradient.values())


def test_initial_keeps_variance_and_scales_the_output():
    network = Mlp((400, 300, 200), "tanh", layer_norm=True)
    parameters = network.initial(np.random.default_rng(0), output_scale=0.01)
    assert parameters["weight0"].std() == pytest.approx(1 / 20, rel=0.02)
    assert parameters["weight1"].std() == pytest.approx(0.01 / np.sqrt(300), rel=0.02)
    assert (parameters["gain0"] == 1).all()
    assert not parameters["bias0"].any()
    network.check(parameters)


def test_refusals_name_what_is_wrong():
    with pytest.raises(ValueError, match="'swish': choose one of relu, leaky_relu, elu, selu, tanh"):
        Mlp((2, 1), "swish")
    with pytest.raises(ValueError, match="layer sizes"):
        Mlp((2, 0, 1))
    with pytest.raises(ValueError, match=r"needs .*weight1.* given"):
        Mlp((2, 2, 1)).check({"weight0": HAND["weight0"]})
    with pytest.raises(ValueError, match=r"weight0 has shape \(2, 2\), sizes \(3, 2, 1\) need \(3, 2\)"):
        Mlp((3, 2, 1)).check(HAND)
