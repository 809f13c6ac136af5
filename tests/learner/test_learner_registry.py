"""Choosing another learner."""

import pytest

from soleus.learner import LEARNERS, CmaEsConfig, EsConfig, ExplorationConfig, SacConfig, Td3Config
from soleus.learner.registry import learner_name, switched


@pytest.mark.parametrize("name", ["sac", "td3", "ddpg"])
def test_another_learner_keeps_what_both_share(name):
    config = SacConfig(batch_size=17, n_step=4, initial_temperature=0.7)
    other = switched(config, name)
    assert learner_name(other) == name
    assert (other.batch_size, other.n_step) == (17, 4)
    assert other == config if name == "sac" else not hasattr(other, "initial_temperature")


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_of_another_kind_keeps_what_means_the_same(name):
    other = switched(SacConfig(initial_action=-0.6, batch_size=17), name)
    assert learner_name(other) == name
    assert other.initial_action == -0.6


def test_what_was_not_set_is_as_the_other_has_it():
    assert switched(SacConfig(), "es") == EsConfig()
    assert switched(EsConfig(), "cma_es") == CmaEsConfig()
    assert switched(EsConfig(hidden=(5,)), "cma_es") == CmaEsConfig(hidden=(5,))


def test_what_only_one_has_starts_at_its_default():
    config = Td3Config(exploration=ExplorationConfig(std=0.5))
    assert switched(config, "ddpg").exploration == ExplorationConfig()
    assert switched(config, "td3") is config
