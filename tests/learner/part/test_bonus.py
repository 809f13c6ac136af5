"""What disagreement is and pays, by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner.part.bonus import VARIANCES, Disagreement, GivenScale, NoBonus, ReturnScale
from soleus.nets.moments import Moments

SAID = jnp.array([[[1.0, 5.0], [2.0, 2.0]], [[3.0, 5.0], [2.0, 2.0]], [[5.0, 5.0], [2.0, 8.0]]])
"""Three members, two rows, two quantities"""
MET = Moments(np.float32(9), np.array([0.5], np.float32), np.array([1], np.float32))


def test_variance_over_members_and_the_mean_over_quantities():
    # 1, 3, 5 vary by 8 / 3; 5, 5, 5 not; 2, 2, 2 not; 2, 2, 8 by 8
    np.testing.assert_allclose(VARIANCES["mean"](SAID), [4 / 3, 4], rtol=1e-6)


def test_joint_variance_also_pays_for_what_all_agree_on():
    # 1 3 5 5 5 5: mean 4, squares 9 + 1 + 4 = 14; 2 2 2 2 2 8: mean 3, squares 5 + 25 = 30
    np.testing.assert_allclose(VARIANCES["joint"](SAID), [14 / 6, 5], rtol=1e-6)
    agreed = jnp.array([[[-3.0, 3.0]]] * 4)
    assert float(VARIANCES["mean"](agreed)[0]) == 0
    assert float(VARIANCES["joint"](agreed)[0]) == 9


@pytest.mark.parametrize(("scale", "factor"), [(GivenScale(), 2.0), (ReturnScale(0.9), 0.4)])
def test_a_weight_is_paid_as_given_or_as_a_return(scale, factor):
    # A return of 2 is 0.2 for ever at a discount of 0.9, which is 0.4 of a mean disagreement of 0.5.
    bonus = Disagreement(2.0, VARIANCES["mean"], scale)
    disagreement = bonus.disagreement(SAID)
    np.testing.assert_allclose(bonus.paid(disagreement, MET), factor * disagreement, rtol=1e-6)


def test_before_anything_was_met_a_share_is_nothing():
    paid = Disagreement(2.0, VARIANCES["mean"], ReturnScale(0.9)).paid(jnp.ones(2), Moments.fresh(1))
    np.testing.assert_array_equal(paid, 0)


def test_predictors_that_only_help_to_act_pay_nothing():
    np.testing.assert_array_equal(NoBonus().paid(jnp.ones(2), MET), 0)
