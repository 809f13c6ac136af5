"""What `soleus bench learner` compares with is Stable-Baselines3 at work."""

import pytest

from soleus.learner import CategoricalSacConfig, DdpgConfig, PpoConfig, SacConfig, Td3Config
from soleus.learner.peer import rollout_peer, update_peer

pytest.importorskip("stable_baselines3")

SMALL = {"actor_hidden": (8,), "critic_hidden": (8,), "batch_size": 16, "n_scan": 3}


@pytest.mark.parametrize("config", [SacConfig, Td3Config, DdpgConfig])
def test_the_peer_does_as_many_updates(config):
    run = update_peer(config(critic_layer_norm=False, **SMALL), n_observation=5, n_action=2)
    assert run is not None
    assert run() == 6


def test_a_rollout_counts_its_minibatches():
    config = PpoConfig(actor_hidden=(8,), critic_hidden=(8,), n_epoch=2, n_minibatch=4)
    run = rollout_peer(config, 64, n_observation=5, n_action=2)
    assert run is not None
    assert run() == 8


def test_what_the_peer_does_not_have_is_not_compared():
    assert update_peer(SacConfig(**SMALL), n_observation=5, n_action=2) is None, "it normalises no layers"
    assert update_peer(CategoricalSacConfig(), n_observation=5, n_action=2) is None
