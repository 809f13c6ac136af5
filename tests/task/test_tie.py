"""Tied legs: one action for both."""

import numpy as np
import pytest

from observed import TASKS
from soleus.task.layout import Field, Layout
from soleus.task.tie import Tie


def test_each_action_excites_the_muscles_of_both_legs():
    tie = Tie(TASKS["run2017"].action)
    assert len(tie.action) == 9
    assert tie.action.names[:2] == ("hamstrings_r and hamstrings_l", "bifemsh_r and bifemsh_l")
    assert tie.of_muscle.tolist() == [*range(9), *range(9)]
    assert tie.first.tolist() == list(range(9))


@pytest.mark.parametrize("task", ["run2017", "walk2019", "prosthetics2018 with two legs"])
def test_the_image_of_an_action_is_itself(task):
    excitation = TASKS[task].action
    tie = Tie(excitation)
    n = len(tie.action)
    assert 2 * n == len(excitation)
    assert (tie.action.mirror_index == np.arange(n)).all()
    assert (tie.action.mirror_sign == 1).all()
    action = np.random.default_rng(0).uniform(size=n)
    both = action[tie.of_muscle]
    assert np.array_equal(both[excitation.mirror_index], both)
    assert np.array_equal(both[tie.first], action)


def test_a_muscle_in_the_middle_has_its_own_action():
    layout = Layout((Field("back", "1"), Field("soleus_r", "1", "soleus_l"), Field("soleus_l", "1", "soleus_r")))
    tie = Tie(layout)
    assert tie.action.names == ("back", "soleus_r and soleus_l")
    assert tie.of_muscle.tolist() == [0, 1, 1]


def test_a_body_without_two_equal_legs_is_refused():
    with pytest.raises(ValueError, match="gastroc_l has no partner gastroc_r"):
        Tie(TASKS["prosthetics2018"].excitation)
    with pytest.raises(ValueError, match="TRIlong has no partner"):
        Tie(TASKS["arm"].excitation)
