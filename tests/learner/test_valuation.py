"""Critics with a value for each term of the reward, beside those that tell nothing apart."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from soleus.learner import find_learner
from soleus.learner.replay.storage import Transitions
from soleus.learner.replay.terms_config import TermsConfig
from soleus.learner.valuation import OneValue, TermValues

TERMS = TermsConfig(("speed", "effort"))
REWARD = np.array([6.0, 5.0, 4.0])
PAID = np.array([[4.0, -1.0], [3.0, -2.0], [2.0, 0.0]])
"""So that the rest is 3, 4 and 2"""
BOOTSTRAP = np.array([0.5, 0.5, 0.0])
LOG_DENSITY = np.array([2.0, -4.0, 1.0])
TEMPERATURE = 0.25
FIRST = np.array([[10.0, -2.0, 1.0, 3.0], [8.0, -1.0, 2.0, 1.0], [9.0, 9.0, 9.0, 9.0]])
SECOND = np.array([[9.0, -3.0, 2.0, 3.0], [9.0, -1.0, 1.0, 2.0], [0.0, 0.0, 0.0, 0.0]])
"""What two target critics say of speed, effort, the rest and entropy: 12 and 11, 10 and 11, 36 and 0 in all"""


def _batch():
    nothing = jnp.zeros((3, 1))
    return Transitions(nothing, nothing, nothing, *map(jnp.array, (REWARD, BOOTSTRAP, np.ones(3), PAID)))


def _target(valuation, said, n_update=0):
    state = jnp.int32(n_update) if isinstance(valuation, TermValues) else ()
    given = [jnp.array(each) for each in said]
    return np.array(valuation.target(state, _batch(), given, jnp.array(LOG_DENSITY), jnp.float32(TEMPERATURE)))


def test_targets_worked_out():
    target = _target(TermValues(TERMS), (FIRST, SECOND))
    np.testing.assert_allclose(target[0], [4 + 4.5, -1 - 1.5, 3 + 1, 0.5 * (3 - 0.5)])  # of the second critic
    np.testing.assert_allclose(target[1], [3 + 4, -2 - 0.5, 4 + 1, 0.5 * (1 + 1)])  # of the first
    np.testing.assert_allclose(target[2], [2, 0, 2, 0])  # after a fall


def test_values_add_up_to_the_one_value_when_weights_are_1():
    apart = _target(TermValues(TERMS), (FIRST, SECOND))
    together = _target(OneValue(), [each.sum(axis=1, keepdims=True) for each in (FIRST, SECOND)])
    np.testing.assert_allclose(apart.sum(axis=1), together[:, 0], rtol=1e-6)
    np.testing.assert_allclose(together[:, 0], [6 + 0.5 * (11 - 0.5), 5 + 0.5 * (10 + 1), 4])


def test_the_weighted_sum_decides_which_critic_is_believed():
    weighted = TermValues(replace(TERMS, weights=(0.0, 3.0)))  # -2 and -4 in the first row: the second again
    np.testing.assert_allclose(_target(weighted, (FIRST, SECOND))[0, 0], 4 + 4.5)
    other = TermValues(replace(TERMS, weights=(-2.0, 1.0)))  # -18 and -16: now the first
    np.testing.assert_allclose(_target(other, (FIRST, SECOND))[0, 0], 4 + 5)


def test_weights_change_in_a_straight_line_and_stay():
    valuation = TermValues(TermsConfig(("speed", "effort"), (1.0, 0.0), (0.0, 2.0), 10))
    for n_update, expected in ((0, [1, 0]), (5, [0.5, 1]), (10, [0, 2]), (99, [0, 2])):
        np.testing.assert_allclose(valuation.weight(jnp.int32(n_update)), [*expected, 1, 1])
    said = jnp.array(FIRST)
    assert valuation.value(jnp.int32(0), said)[0] == 10 + 1 + 3
    assert valuation.value(valuation.following(jnp.int32(9)), said)[0] == -4 + 1 + 3


def test_metrics_name_every_term():
    metrics = TermValues(TERMS).metrics(jnp.array(FIRST))
    assert {name: float(value) for name, value in metrics.items()} == {
        "value_speed": 9.0,
        "value_effort": 2.0,
        "value_rest": 4.0,
        "value_entropy": pytest.approx(13 / 3),
    }


SMALL = {"actor_hidden": (8,), "critic_hidden": (8,), "batch_size": 4, "random_transitions": 0, "n_scan": 1}


def _paying(batch):
    terms = np.stack([batch.reward * 0, batch.reward * 0 + 7, batch.reward], axis=1)
    return replace(batch, reward_terms=terms, term_names=("nothing", "seven", "all"))


def test_terms_are_found_by_name_and_divided_like_the_reward(draw_batch):
    config = find_learner("sac").config(**SMALL, terms=TermsConfig(("all", "nothing")), reward_scale="return", n_step=2)
    learner = config.build(5, 2, 0)
    learner.receive(_paying(draw_batch(0, 40)))
    rows = learner.state()["replay.rows"]
    assert rows.shape[1] == 2 * 5 + 2 + 2 + 2
    np.testing.assert_array_equal(rows[:, -4], rows[:, -2])
    assert not rows[:, -3].any()
    metrics = learner.update()
    assert {"value_all", "value_nothing", "value_rest", "value_entropy"} <= metrics.keys()


def test_rows_are_as_narrow_as_before_without_terms(draw_batch):
    learner = find_learner("sac").config(**SMALL).build(5, 2, 0)
    learner.receive(_paying(draw_batch(0, 40)))
    assert learner.state()["replay.rows"].shape[1] == 2 * 5 + 2 + 2


def test_refuses_terms_that_nobody_pays(draw_batch):
    learner = find_learner("sac").config(**SMALL, terms=TermsConfig(("all", "speed"))).build(5, 2, 0)
    with pytest.raises(ValueError, match="terms names has speed, but the task pays nothing, seven, all"):
        learner.receive(_paying(draw_batch(0, 40)))
    with pytest.raises(ValueError, match="but the task pays no terms by name"):
        learner.receive(draw_batch(0, 40))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"names": ("a", "a")}, "name each once"),
        ({"names": ("rest",)}, "neither rest nor entropy"),
        ({"names": ("a",), "weights": (1.0, 2.0)}, "one number for each name"),
        ({"weights_end": (1.0,)}, "one number for each name"),
        ({"names": ("a",), "weights": (float("nan"),)}, "must be finite"),
        ({"weight_updates": 0}, "must be at least 1"),
    ],
)
def test_refuses_settings_that_mean_nothing(settings, reason):
    with pytest.raises(ValueError, match=reason):
        TermsConfig(**settings)


@pytest.mark.parametrize("name", ["categorical_sac", "td3", "ddpg"])
def test_others_refuse_terms_with_the_reason(name):
    with pytest.raises(ValueError, match="only the critics of sac have a value for each term"):
        find_learner(name).config(terms=TERMS)
