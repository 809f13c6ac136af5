"""Formulas of reward terms on the arrays of other libraries."""

import jax.numpy as jnp
import numpy as np
import pytest

from soleus.task import terms

RANDOM = np.random.default_rng(0)
GIVEN = {
    "nearness": RANDOM.uniform(0, 2, (1, 7)),
    "arrival": RANDOM.uniform(0, 0.6, (1, 7)),
    "go_or_stop": np.stack([RANDOM.uniform(0, 0.6, 7), RANDOM.normal(0, 1, 7)]),
    "toppling": RANDOM.normal(0, 1, (2, 7)),
    "drift": RANDOM.normal(0, 1, (1, 7)),
    "crouch": RANDOM.uniform(0.5, 0.9, (1, 7)),
    "turning": RANDOM.normal(0, 0.01, (2, 7)),
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_prediction_in_jax_is_paid_as_what_has_happened(name):
    """A learner that looks ahead pays what its model predicts."""
    formula, given = getattr(terms, name), GIVEN[name]
    paid = formula(*given)
    assert np.ptp(paid) > 0.01, "the numbers must tell right from wrong"
    np.testing.assert_allclose(formula(*jnp.asarray(given)), paid, rtol=1e-4, atol=1e-6)
