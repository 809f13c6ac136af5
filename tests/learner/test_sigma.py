"""How far parameter noise goes: both rules reach the wanted deviation of actions on a network that stays as it is."""

import numpy as np
import pytest

from soleus.learner.sigma import LEAST, MOST, SIGMA_RULES, AdaptiveSigma, BisectedSigma
from soleus.nets.mlp import Mlp
from soleus.nets.noise.parameter import deviation, draw_direction
from soleus.nets.normalise import Scaling
from soleus.nets.scaled_mlp import ScaledMlp


def test_adaptive_goes_a_hundredth_up_or_down():
    rule = AdaptiveSigma()
    assert rule.next(0.2, lambda sigma: 0.09, 0.1) == pytest.approx(0.202)
    assert rule.next(0.2, lambda sigma: 0.1, 0.1) == pytest.approx(0.2 / 1.01)


def test_bisection_finds_where_deviation_is_as_wanted():
    assert BisectedSigma().next(3.0, lambda sigma: 0.5 * sigma**2, 0.02) == pytest.approx(0.2, rel=3e-4)


@pytest.mark.parametrize("rule", SIGMA_RULES.values())
def test_sigma_stays_where_actions_answer(rule):
    sigma = 0.1
    for _ in range(2000):
        sigma = rule.next(sigma, lambda sigma: 0.0, 0.1)  # an actor that is saturated
    assert sigma == pytest.approx(MOST, rel=1e-3)
    for _ in range(2000):
        sigma = rule.next(sigma, lambda sigma: sigma, 0.0)  # no noise is wanted
    assert sigma == pytest.approx(LEAST, rel=1e-3)


@pytest.fixture
def actor():
    network = Mlp((5, 32, 32, 4), "relu", layer_norm=True)
    scaling = Scaling(np.zeros(5, np.float32), np.ones(5, np.float32), np.float32(10))
    return ScaledMlp(network, network.initial(np.random.default_rng(0)), scaling)


WANTED = 0.15


def _measure(actor, generator):
    observation = np.random.default_rng(7).normal(size=(64, 5))
    return deviation(actor, draw_direction(actor, generator), observation)


def test_adaptive_comes_to_the_wanted_deviation(actor):
    generator, sigma, rule = np.random.default_rng(1), 0.001, AdaptiveSigma()
    for _ in range(800):
        sigma = rule.next(sigma, _measure(actor, generator), WANTED)
    reached = np.median([_measure(actor, generator)(sigma) for _ in range(100)])
    assert reached == pytest.approx(WANTED, rel=0.1)


def test_bisection_is_there_at_once(actor):
    measure = _measure(actor, np.random.default_rng(1))
    assert measure(BisectedSigma().next(0.1, measure, WANTED)) == pytest.approx(WANTED, rel=1e-3)
