"""What predictors say and what that means, by hand: networks without hidden layers."""

import jax.numpy as jnp
import numpy as np
import pytest

from soleus.nets.moments import Moments
from soleus.nets.predictor import Predictor, predictor_from
from soleus.nets.whitening import WHITENINGS, RunningWhitening, Statistics

FORM = Predictor(3, 1, (0, 2), 2, (), RunningWhitening())


def moments(mean, deviation):
    mean, deviation = (np.array(each, np.float32) for each in (mean, deviation))
    return Moments(np.float32(100), mean, deviation**2)


STATISTICS = Statistics(moments([1, 0], [2, 1]), moments([0.5, 0], [0.1, 0.2]), moments([3], [4]))
PARAMETERS = {
    # inputs: fields 0 and 2, action; outputs: changes of both, reward, end
    "weight0": np.array([[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0]], [[0, 0, 0, 0]] * 3], np.float32),
    "bias0": np.array([[[0, 0, 0, 0.25]], [[1, -1, 0.5, 7]]], np.float32),
}
OBSERVATION = np.array([[3, 9, -2], [1, 9, 0]], np.float32)
ACTION = np.array([[0.5], [-1]], np.float32)


def test_a_prediction_by_hand():
    # whitened: (3 - 1) / 2 = 1 and -2; then 0 and 0
    said = FORM.said(PARAMETERS, STATISTICS, OBSERVATION, ACTION)
    np.testing.assert_allclose(said[0], [[1, -2, 1, 0.25], [0, 0, -2, 0.25]])
    np.testing.assert_allclose(said[1], [[1, -1, 0.5, 7]] * 2)
    predicted = FORM(PARAMETERS, STATISTICS, OBSERVATION, ACTION)
    # field + mean change + deviation x said; what is not predicted stays
    np.testing.assert_allclose(predicted.observation[0], [[3.6, 9, -2.4], [1.5, 9, 0]], rtol=1e-6)
    np.testing.assert_allclose(predicted.observation[1], [[3.6, 9, -2.2], [1.6, 9, -0.2]], rtol=1e-6)
    np.testing.assert_allclose(predicted.reward, [[7, -5], [5, 5]])
    np.testing.assert_allclose(predicted.end, [[0.25, 0.25], [1, 1]])


def test_each_member_goes_on_from_where_it_is():
    own = np.stack([OBSERVATION, OBSERVATION[::-1]])
    predicted = FORM(PARAMETERS, STATISTICS, own, np.stack([ACTION, ACTION[::-1]]))
    straight = FORM(PARAMETERS, STATISTICS, OBSERVATION, ACTION)
    np.testing.assert_allclose(predicted.observation[0], straight.observation[0])
    np.testing.assert_allclose(predicted.observation[1], straight.observation[1][::-1])


def test_jax_and_numpy_say_the_same():
    form = Predictor(3, 2, (0, 1, 2), 4, (8, 8), RunningWhitening())
    parameters = form.initial(np.random.default_rng(0))
    statistics = Statistics(*(moments([0.1] * n, [1.5] * n) for n in (3, 3, 1)))
    action = np.random.default_rng(1).uniform(-1, 1, (2, 2)).astype(np.float32)
    told = [{name: xp.array(array) for name, array in parameters.items()} for xp in (np, jnp)]
    ours = form(told[0], statistics, OBSERVATION, action)
    theirs = form(told[1], statistics, jnp.array(OBSERVATION), jnp.array(action))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert ours.observation.shape == (4, 2, 3)
    assert ours.reward.std(axis=0).min() > 0  # members are drawn apart


@pytest.mark.parametrize("kind", WHITENINGS)
def test_a_description_builds_it_again(kind):
    form = Predictor(3, 1, (0, 2), 2, (4,), WHITENINGS[kind])
    assert predictor_from(form.description()) == form
    with pytest.raises(ValueError, match="unknown whitening 'white'; known are running, batch"):
        predictor_from(form.description() | {"whitening": "white"})
