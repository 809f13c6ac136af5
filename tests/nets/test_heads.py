"""Every head gets the same checks by being registered."""

import jax.numpy as jnp
import numpy as np
import pytest

from soleus.nets.head import HEADS, head_from
from soleus.nets.mlp import Mlp

N_ACTION, N_LATENT = 3, 8
SETTINGS = {"log_std_range": (-4.0, 1.0)}


def make_head(kind, n_action=N_ACTION):
    """A head of a kind; only what is off or on has no deviations."""
    return HEADS[kind](n_action, **({} if kind == "bernoulli" else SETTINGS))


@pytest.fixture(params=HEADS)
def head(request):
    return make_head(request.param)


def _actor(head):
    network = Mlp((4, N_LATENT, head.n_output(N_LATENT)), "elu")
    random = np.random.default_rng(0)
    return network, network.initial(random) | head.initial(random)


def test_its_description_is_enough(head):
    assert head_from(head.description()) == head
    assert HEADS[head.description()["kind"]] is type(head)


def test_its_own_numbers_are_as_it_says(head):
    drawn = head.initial(np.random.default_rng(0))
    assert {name: array.shape for name, array in drawn.items()} == head.shapes()
    assert all(array.dtype == np.float32 for array in drawn.values())
    assert not drawn.keys() & Mlp((1, 1, 1), layer_norm=True).shapes().keys()
    head.check_own(drawn)
    for name in drawn:
        with pytest.raises(ValueError, match=f"{name} has shape nothing, a {head.kind} actor"):
            head.check_own({key: array for key, array in drawn.items() if key != name})


def test_its_first_outputs_are_actions_before_tanh(head):
    """So that an actor can be told where to begin."""
    network, parameters = _actor(head)
    bias = 0 * parameters[network.output_bias]
    bias[:N_ACTION] = np.arctanh(-0.5)
    parameters |= {network.output_weight: 0 * parameters[network.output_weight], network.output_bias: bias}
    noise = np.random.default_rng(1).standard_normal((4000, N_ACTION), dtype=np.float32)
    output = network(parameters, np.zeros((4000, 4), np.float32))
    drawn = head.distribution(network, parameters, output).action(noise)
    assert np.abs(drawn).max() <= 1
    np.testing.assert_allclose(
        np.median(drawn, axis=0) if head.kind != "bernoulli" else drawn.mean(axis=0), -0.5, atol=0.06
    )


def test_numpy_equals_jax(head):
    network, parameters = _actor(head)
    random = np.random.default_rng(1)
    x, noise = (random.normal(size=(7, n)).astype(np.float32) for n in (4, N_ACTION))
    in_numpy = head.distribution(network, parameters, network(parameters, x))
    for_jax = {name: jnp.array(array) for name, array in parameters.items()}
    in_jax = head.distribution(network, for_jax, network(for_jax, jnp.array(x)))
    assert in_numpy.action(noise).dtype == in_numpy.mode().dtype == np.float32
    np.testing.assert_allclose(in_numpy.action(noise), in_jax.action(noise), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(in_numpy.log_density(noise), in_jax.log_density(noise), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(in_numpy.mode(), in_jax.mode(), rtol=1e-4, atol=1e-5)


def test_it_refuses_a_network_with_other_outputs(head):
    network, _ = _actor(head)
    head.check(network)
    with pytest.raises(ValueError, match=f"a {head.kind} actor of 3 actions needs {head.n_output(N_LATENT)}"):
        head.check(Mlp((*network.sizes[:-1], 5)))


def test_an_unknown_head_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown head 'oracle'; known are gaussian, lattice, flow, bernoulli"):
        head_from({"kind": "oracle", "n_action": 1})
