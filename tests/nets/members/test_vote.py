"""How critics come to one score for each proposal."""

import numpy as np
import pytest

from soleus.nets.members import RULES

VALUES = np.array([[1.0, 2.0, 3.0], [30.0, 20.0, 10.0]])[:, :, None]
"""Of two critics on three proposals in one world: they do not agree, and the second sees larger differences"""


def test_mean_lets_the_louder_critic_decide():
    np.testing.assert_allclose(RULES["mean"](VALUES)[:, 0], [15.5, 11.0, 6.5])


def test_standardised_gives_both_as_much_to_say():
    np.testing.assert_allclose(RULES["standardised"](VALUES)[:, 0], 0, atol=1e-12)
    three = np.concatenate([VALUES, [[[0.0], [1.0], [5.0]]]])
    assert RULES["standardised"](three)[:, 0].argmax() == 2


def test_a_critic_to_whom_all_is_alike_abstains():
    same = np.concatenate([VALUES[:1], np.full((1, 3, 1), 7.0)])
    scores = RULES["standardised"](same)[:, 0]
    np.testing.assert_allclose(scores, [-(1.5**0.5) / 2, 0, 1.5**0.5 / 2])


def test_share_is_as_published_and_turns_around_below_0():
    np.testing.assert_allclose(RULES["share"](VALUES)[:, 0], [1 / 12 + 1 / 4, 1 / 3, 1 / 4 + 1 / 12])
    for rule, best in (("mean", 2), ("standardised", 2), ("share", 0)):
        assert RULES[rule](VALUES[:1] - 10)[:, 0].argmax() == best


@pytest.mark.parametrize("rule", RULES)
def test_worlds_do_not_see_each_other(rule):
    random = np.random.default_rng(0)
    values = random.uniform(1, 2, (3, 4, 5))
    together = RULES[rule](values)
    alone = np.concatenate([RULES[rule](values[:, :, [world]]) for world in range(5)], axis=1)
    np.testing.assert_allclose(together, alone)
