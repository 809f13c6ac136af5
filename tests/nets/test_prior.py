"""A network on top of one that never learns."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner.product import evaluated
from soleus.nets.form import form_from
from soleus.nets.mirror import Mirror
from soleus.nets.mlp import Mlp
from soleus.nets.prior import PriorForm
from soleus.nets.symmetric import SymmetricMlp

MLP = Mlp((4, 8, 3), layer_norm=True)
FORM = PriorForm(MLP, 2.5)


@pytest.fixture
def inputs():
    return np.random.default_rng(1).standard_normal((6, 4), dtype=np.float32)


def test_is_the_sum_of_both(inputs):
    parameters = FORM.initial(np.random.default_rng(0))
    prior = {name.removeprefix("prior_"): array for name, array in parameters.items() if name.startswith("prior_")}
    own = {name: array for name, array in parameters.items() if not name.startswith("prior_")}
    np.testing.assert_allclose(FORM(parameters, inputs), MLP(own, inputs) + 2.5 * MLP(prior, inputs), rtol=1e-6)
    assert np.abs(MLP(own, inputs) - MLP(prior, inputs)).max() > 0.1


def test_a_small_start_is_one_of_what_learns(inputs):
    parameters = FORM.initial(np.random.default_rng(0), output_scale=0.0)
    assert np.abs(FORM(parameters, inputs)).max() > 0.5
    assert not np.any(parameters["weight1"])


def test_no_gradient_reaches_the_prior_and_all_else_gets_one(inputs):
    parameters = jax.tree.map(jnp.array, FORM.initial(np.random.default_rng(0)))
    gradient = jax.grad(lambda parameters: (evaluated(FORM, parameters, jnp.array(inputs)) ** 2).sum())(parameters)
    for name, array in gradient.items():
        assert np.any(array) == (not name.startswith("prior_")), name


def test_the_gradient_to_inputs_goes_through_both(inputs):
    parameters = jax.tree.map(jnp.array, FORM.initial(np.random.default_rng(0)))

    def total(form):
        return lambda x: form(x).sum()

    fast = jax.grad(total(lambda x: evaluated(FORM, parameters, x, n_given=2)))(jnp.array(inputs))
    plain = jax.grad(total(lambda x: FORM(parameters, x)))(jnp.array(inputs))
    np.testing.assert_allclose(fast[:, 2:], plain[:, 2:], rtol=1e-4, atol=1e-6)
    assert not np.any(fast[:, :2])


@pytest.mark.parametrize("symmetric", [False, True])
def test_description_builds_it_again(symmetric, inputs):
    mirrors = Mirror.of([1, 0, 2, 3], np.ones(4)), Mirror.of([1, 0, 2], np.ones(3))
    form = PriorForm(SymmetricMlp(MLP, *mirrors) if symmetric else MLP, 2.5)
    assert form_from(form.description()) == form
    parameters = form.initial(np.random.default_rng(0))
    form.check(parameters)
    if symmetric:
        mirrored = mirrors[1](form(parameters, mirrors[0](inputs)))
        np.testing.assert_allclose(form(parameters, inputs), mirrored, rtol=1e-4, atol=1e-5)


def test_refuses_numbers_of_another_network():
    parameters = FORM.initial(np.random.default_rng(0))
    with pytest.raises(ValueError, match="weight0 has shape"):
        FORM.check({**parameters, "prior_weight0": np.zeros((5, 8))})
    with pytest.raises(ValueError, match="needs"):
        FORM.check(MLP.initial(np.random.default_rng(0)))
