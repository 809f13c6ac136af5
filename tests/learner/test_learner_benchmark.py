"""The benchmark counts operations by hand and measures a real learner."""

import pytest

from soleus.learner.benchmark import flop, measure_update
from soleus.learner.categorical_sac_config import CategoricalSacConfig
from soleus.learner.ddpg_config import DdpgConfig
from soleus.learner.sac_config import SacConfig
from soleus.learner.td3_config import Td3Config


def test_operations_of_an_update_counted_by_hand():
    # actor 2 -> 3 -> 2: 12 weights, 4 passes less 6; critics 3 -> 3 -> 1: 12 weights, 6 passes less 9; batch 10
    config = SacConfig(actor_hidden=(3,), critic_hidden=(3,), batch_size=10)
    assert flop(config, n_observation=2, n_action=1) == 2 * 10 * (48 - 6 + 2 * (72 - 9))


def test_operations_of_categorical_critics_counted_by_hand():
    # actor 2 -> 3 -> 2: 12 weights; critics 3 -> 3 -> 5: 24 weights; first layers 6 and 9; batch 10; actor every 2nd
    config = CategoricalSacConfig(actor_hidden=(3,), critic_hidden=(3,), batch_size=10, n_bin=5)
    expected = 12 + 2 * (24 + 72 - 9) + (36 - 6 + 2 * 48) / 2
    assert flop(config, n_observation=2, n_action=1) == 2 * 10 * expected


def test_operations_of_the_deterministic_learners_counted_by_hand():
    # actor 2 -> 3 -> 1: 9 weights; critics 3 -> 3 -> 1: 12 weights; first layers 6 and 9; batch 10
    sizes = {"actor_hidden": (3,), "critic_hidden": (3,), "batch_size": 10}
    actor_learns, critic_learns, critic_guides = 27 - 6, 36 - 9, 24
    expected = 9 + 12 + critic_learns + actor_learns + critic_guides
    assert flop(DdpgConfig(**sizes), n_observation=2, n_action=1) == 2 * 10 * expected
    expected = 9 + 2 * (12 + critic_learns) + (actor_learns + critic_guides) / 2
    assert flop(Td3Config(**sizes), n_observation=2, n_action=1) == 2 * 10 * expected


def test_operations_at_the_size_of_the_2019_challenge():
    assert flop(SacConfig(), n_observation=97, n_action=22) == pytest.approx(0.756e9, rel=1e-3)


def test_an_update_takes_longer_than_its_products():
    config = SacConfig(actor_hidden=(16,), critic_hidden=(16,), batch_size=16, n_scan=2)
    speed = measure_update(config, n_observation=5, n_action=2)
    assert 0 < speed.limit_ms < speed.update_ms
    assert speed.share_of_limit == pytest.approx(speed.limit_ms / speed.update_ms)
