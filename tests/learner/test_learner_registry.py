"""Choosing another learner."""

import pytest

from soleus.learner import (
    LEARNERS,
    CategoricalSacConfig,
    CmaEsConfig,
    EsConfig,
    ExplorationConfig,
    SacConfig,
    Td3Config,
)
from soleus.learner.registry import find_learner, learner_name, switched

REPLAY = ["sac", "td3", "ddpg"]


@pytest.mark.parametrize("name", REPLAY)
def test_another_learner_from_replay_keeps_what_both_share(name):
    config = SacConfig(batch_size=17, n_step=4, initial_temperature=0.7)
    other = switched(config, name)
    assert learner_name(other) == name
    assert (other.batch_size, other.n_step) == (17, 4)
    assert other == config if name == "sac" else other == find_learner(name).config(batch_size=17, n_step=4)


def test_what_was_not_set_is_as_the_other_has_it_by_default():
    assert switched(SacConfig(), "categorical_sac") == CategoricalSacConfig()
    assert switched(CategoricalSacConfig(batch_size=17), "sac") == SacConfig(batch_size=17)


@pytest.mark.parametrize("name", [*REPLAY, "categorical_sac", "ppo"])
def test_another_learner_keeps_what_was_set_and_has_its_own_defaults(name):
    config = switched(SacConfig(discount=0.9, actor_hidden=(7,), batch_size=17), name)
    assert (config.discount, config.actor_hidden) == (0.9, (7,))
    usual = type(config)()
    assert (config.critic_hidden, config.gradient_limit) == (usual.critic_hidden, usual.gradient_limit)


@pytest.mark.parametrize("name", LEARNERS)
def test_a_learner_of_another_kind_keeps_what_means_the_same(name):
    other = switched(SacConfig(initial_action=-0.6, batch_size=17), name)
    assert learner_name(other) == name
    assert getattr(other, "worker", other).initial_action == -0.6


def test_what_was_not_set_is_as_the_other_has_it():
    assert switched(SacConfig(), "es") == EsConfig()
    assert switched(EsConfig(), "cma_es") == CmaEsConfig()
    assert switched(EsConfig(hidden=(5,)), "cma_es") == CmaEsConfig(hidden=(5,))


def test_what_only_one_has_starts_at_its_default():
    config = Td3Config(exploration=ExplorationConfig(std=0.5))
    assert switched(config, "ddpg").exploration.std == 0.5
    assert switched(switched(config, "sac"), "ddpg").exploration == ExplorationConfig()
    assert switched(config, "td3") is config
