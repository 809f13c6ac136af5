"""One network for both legs: the second call sees the mirror image, and the legs are each other's."""

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
from soleus.nets.single_leg import Legs, Proposals, Silent, SingleLegMlp

OBSERVATION = Mirror((1, 0, 2, 4, 3), (1, 1, -1, -1, -1))
ACTION = Mirror((2, 3, 0, 1), (1, -1, 1, -1))
OUTPUT = ACTION.joined(ACTION.unsigned())
TALKS = {"silent": Silent(), "proposals": Proposals(2)}


def _rows(n=6, width=5):
    return np.random.default_rng(0).normal(2, 3, (n, width)).astype(np.float32)


@pytest.fixture(params=TALKS)
def network(request):
    return SingleLegMlp.of(Mlp((5, 16, 8), "elu", layer_norm=True), OBSERVATION, OUTPUT, TALKS[request.param])


def test_legs_by_hand():
    """Outputs 0, 1 are of the own leg and 2, 3 of the other, of which the last counts the other way there."""
    legs = Legs(ACTION)
    both = np.array([[[1.0, 2.0]], [[3.0, 4.0]]])
    np.testing.assert_array_equal(legs.joined(both), [[1, 2, 3, -4]])
    np.testing.assert_array_equal(legs.columns, [0, 1, 0, 1])
    crossed = Legs(Mirror((1, 0, 3, 2), (1, 1, -1, -1)))
    np.testing.assert_array_equal(crossed.joined(both), [[1, 3, 2, -4]])
    np.testing.assert_array_equal(crossed.columns, [0, 0, 1, 1])
    assert Legs(OUTPUT).first(4) == legs


def test_the_other_leg_is_the_same_network_in_the_mirror(network):
    """a_R = g(s), a_L = M g(M s), whatever the numbers of g are."""
    parameters, x = network.initial(np.random.default_rng(1)), _rows()
    output = network(parameters, x)
    assert (output.shape, output.dtype) == ((6, 8), np.float32)
    assert network.sizes == (5, 16, 8)
    own, image = (network.mlp(parameters, _alone(network, rows)) for rows in (x, OBSERVATION(x)))
    if isinstance(network.talk, Silent):
        np.testing.assert_allclose(output[:, [0, 1, 4, 5]], own, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(output[:, [2, 3, 6, 7]], image * [1, -1, 1, 1], rtol=1e-5, atol=1e-6)
    else:
        told = np.concatenate([x, np.tanh(image[:, :2]), np.ones((6, 1), np.float32)], axis=1)
        np.testing.assert_allclose(output[:, [0, 1, 4, 5]], network.mlp(parameters, told), rtol=1e-5, atol=1e-6)
        assert np.abs(output[:, [0, 1, 4, 5]] - own).max() > 0.05  # they do heed each other


def _alone(network, rows):
    return np.concatenate([rows, np.zeros((len(rows), network.talk.n_told), np.float32)], axis=1)


def test_it_is_symmetric_whatever_its_numbers_are(network):
    parameters, x = network.initial(np.random.default_rng(1)), _rows(50)
    output = network(parameters, x)
    np.testing.assert_allclose(network(parameters, OBSERVATION(x)), OUTPUT(output), rtol=1e-5, atol=1e-5)
    assert np.abs(OUTPUT(output) - output).max() > 0.3


def test_numpy_equals_jax_and_gradients_reach_every_parameter(network):
    parameters = network.initial(np.random.default_rng(1))
    jax_parameters = jax.tree.map(jnp.array, parameters)
    output = jax.jit(network)(jax_parameters, jnp.array(_rows()))
    np.testing.assert_allclose(network(parameters, _rows()), output, rtol=1e-4, atol=1e-5)
    gradients = jax.jit(jax.grad(lambda given: (network(given, jnp.array(_rows())) ** 2).sum()))(jax_parameters)
    for name, gradient in gradients.items():
        assert np.abs(gradient).max() > 0, name


def test_it_has_half_the_outputs_and_comes_back_from_its_description(network):
    assert network.shapes()[network.output_weight] == (16, 4)
    assert network.shapes()["weight0"] == (5 + network.talk.n_told, 16)
    assert form_from(network.description()) == network
    with pytest.raises(ValueError, match="needs"):
        network.check({})


def test_a_muscle_that_belongs_to_no_leg_is_refused():
    with pytest.raises(ValueError, match=r"outputs \[2\] are their own mirror images: .* take another form"):
        Legs(Mirror((1, 0, 2), (1, 1, -1)))


def test_a_network_of_other_widths_is_refused():
    with pytest.raises(
        ValueError, match="a network of 5 inputs and 8 outputs, but for these mirrors one leg has 8 and 4"
    ):
        SingleLegMlp(Mlp((5, 8, 8)), OBSERVATION, OUTPUT, Proposals(2))


@pytest.mark.parametrize("kind", ["actor", "deterministic"])
@pytest.mark.parametrize("talk", TALKS)
def test_a_policy_with_it_is_symmetric_and_comes_back_from_its_file(kind, talk, tmp_path):
    moments = RunningMoments(5)
    moments.receive(OBSERVATION.doubled(_rows(50)))
    output = OUTPUT if kind == "actor" else ACTION
    network = SingleLegMlp.of(Mlp((5, 16, len(output))), OBSERVATION, output, TALKS[talk])
    common = network, network.initial(np.random.default_rng(1)), moments.scaling(10.0)
    policy = ActorPolicy(*common, GaussianHead(4, (-5.0, 2.0))) if kind == "actor" else DeterministicPolicy(*common)
    assert (policy.n_observation, policy.n_action) == (5, 4)
    observation = _rows(100)
    action = policy.act(observation, None)
    np.testing.assert_allclose(policy.act(OBSERVATION(observation), None), ACTION(action), atol=1e-5)
    assert np.abs(action).max() > 0.3
    policy.save(tmp_path / "policy.safetensors")
    loaded = load_policy(tmp_path / "policy.safetensors")
    assert loaded.network == network
    np.testing.assert_array_equal(loaded.act(observation, None), action)
    if kind == "actor":  # mirrored noise draws the mirrored action, as densely
        noise = np.random.default_rng(2).standard_normal((100, 4), dtype=np.float32)
        ours, images = policy.distribution(observation), policy.distribution(OBSERVATION(observation))
        np.testing.assert_allclose(images.action(ACTION(noise)), ACTION(ours.action(noise)), atol=1e-5)
        np.testing.assert_allclose(images.log_density(ACTION(noise)), ours.log_density(noise), rtol=1e-3, atol=1e-3)
        assert np.ptp(ours.log_std) > 0.3
