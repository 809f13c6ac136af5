"""The mirror used twice, and networks that cannot tell left from right."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.nets import ActorPolicy, DeterministicPolicy, load_policy
from soleus.nets.form import form_from
from soleus.nets.head import GaussianHead
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import Mlp
from soleus.nets.normalise import RunningMoments
from soleus.nets.symmetric import SymmetricMlp

OBSERVATION = Mirror((1, 0, 2, 4, 3), (1, 1, -1, -1, -1))
ACTION = Mirror((1, 0, 2), (1, 1, -1))
OUTPUT = ACTION.joined(ACTION.unsigned())


def _rows(n=6, width=5):
    return np.random.default_rng(0).normal(2, 3, (n, width)).astype(np.float32)


def test_an_image_by_hand():
    rows = np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
    np.testing.assert_array_equal(OBSERVATION(rows), [[2, 1, -3, -5, -4]])
    np.testing.assert_array_equal(OBSERVATION.doubled(rows), [rows[0], [2, 1, -3, -5, -4]])
    np.testing.assert_array_equal(OUTPUT(np.arange(6)), [1, 0, -2, 4, 3, 5])
    np.testing.assert_array_equal(OBSERVATION(OBSERVATION(rows)), rows)
    assert OBSERVATION(_rows()).dtype == np.float32


def test_a_mirror_that_is_no_mirror_is_refused():
    for permutation, sign, sentence in (
        ((1, 2, 0), (1, 1, 1), r"used twice must change nothing, but this one changes places \[0, 1, 2\]"),
        ((1, 0, 2), (1, -1, 1), r"changes places \[0, 1\]"),
        ((0, 0), (1, 1), "no permutation of 0 ... 1"),
        ((0, 1), (1, 1, 1), "2 places and 3 signs"),
        ((0, 1), (1, 0.5), r"the signs \[0.5\]; allowed are 1 and -1"),
    ):
        with pytest.raises(ValueError, match=sentence):
            Mirror.of(permutation, sign)


@pytest.mark.parametrize("layer_norm", [False, True])
def test_the_form_is_symmetric_whatever_its_numbers_are(layer_norm):
    network = SymmetricMlp(Mlp((5, 16, 6), "elu", layer_norm), OBSERVATION, OUTPUT)
    parameters = network.initial(np.random.default_rng(1))
    x = _rows()
    output = network(parameters, x)
    assert (output.shape, output.dtype) == ((6, 6), np.float32)
    np.testing.assert_allclose(network(parameters, OBSERVATION(x)), OUTPUT(output), rtol=1e-6, atol=1e-6)
    plain = network.mlp(parameters, x)
    np.testing.assert_allclose(output, (plain + OUTPUT(network.mlp(parameters, OBSERVATION(x)))) / 2, rtol=1e-6)
    assert np.abs(network.mlp(parameters, OBSERVATION(x)) - OUTPUT(plain)).max() > 0.1  # f itself is not symmetric


def test_numpy_equals_jax_and_gradients_reach_every_parameter():
    network = SymmetricMlp(Mlp((5, 16, 3), "tanh", layer_norm=True), OBSERVATION, ACTION.unsigned())
    parameters = network.initial(np.random.default_rng(1))
    jax_parameters = jax.tree.map(jnp.array, parameters)
    output = jax.jit(network)(jax_parameters, jnp.array(_rows()))
    np.testing.assert_allclose(network(parameters, _rows()), output, rtol=1e-4, atol=1e-5)
    gradients = jax.grad(lambda given: (network(given, jnp.array(_rows())) ** 2).sum())(jax_parameters)
    for name, gradient in gradients.items():
        assert np.abs(gradient).max() > 0, name


def test_it_looks_like_the_perceptron_that_it_wraps():
    plain = Mlp((5, 8, 3))
    network = SymmetricMlp(plain, OBSERVATION, ACTION)
    assert (network.sizes, network.shapes(), network.output_bias) == (plain.sizes, plain.shapes(), plain.output_bias)
    drawn = [form.initial(np.random.default_rng(2), output_scale=0.1) for form in (plain, network)]
    for name, array in drawn[0].items():
        np.testing.assert_array_equal(array, drawn[1][name])
    with pytest.raises(ValueError, match="needs"):
        network.check({})
    for form in (plain, network):
        assert form_from(form.description()) == form


def test_mirrors_of_other_widths_are_refused():
    with pytest.raises(ValueError, match="mirrors of 5 inputs and 3 outputs, but the network has 5 and 6"):
        SymmetricMlp(Mlp((5, 8, 6)), OBSERVATION, ACTION)


@pytest.mark.parametrize("kind", ["actor", "deterministic"])
def test_a_policy_with_it_is_symmetric_and_comes_back_from_its_file(kind, tmp_path):
    moments = RunningMoments(5)
    moments.receive(OBSERVATION.doubled(_rows(50)))
    output = OUTPUT if kind == "actor" else ACTION
    network = SymmetricMlp(Mlp((5, 16, len(output))), OBSERVATION, output)
    common = network, network.initial(np.random.default_rng(1)), moments.scaling(10.0)
    policy = ActorPolicy(*common, GaussianHead(3, (-5.0, 2.0))) if kind == "actor" else DeterministicPolicy(*common)
    assert (policy.n_observation, policy.n_action) == (5, 3)
    observation = _rows(100)
    action = policy.act(observation, None)
    np.testing.assert_allclose(policy.act(OBSERVATION(observation), None), ACTION(action), atol=1e-6)
    assert np.abs(action).max() > 0.3
    policy.save(tmp_path / "policy.safetensors")
    loaded = load_policy(tmp_path / "policy.safetensors")
    assert loaded.network == network
    np.testing.assert_array_equal(loaded.act(observation, None), action)
    if kind == "actor":
        ours, images = policy.distribution(observation), policy.distribution(OBSERVATION(observation))
        np.testing.assert_allclose(images.log_std, ACTION.unsigned()(ours.log_std), atol=1e-6)
        assert np.ptp(ours.log_std) > 0.3
