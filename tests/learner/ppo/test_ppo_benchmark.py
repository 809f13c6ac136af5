"""The benchmark of rollouts counts operations by hand and measures a real learner."""

from soleus.learner.ppo.benchmark import measure_rollout, n_update, rollout_flop
from soleus.learner.ppo.config import PpoConfig

SMALL = PpoConfig(actor_hidden=(3,), critic_hidden=(3,), n_epoch=2, n_minibatch=4)


def test_operations_of_a_rollout_counted_by_hand():
    # actor 2 -> 3 -> 2: 12 weights; critic 2 -> 3 -> 1: 9 weights; first layers 6; of 10 rows 8 are learnt from, twice
    look, learn = 12 + 2 * 9, 3 * 12 - 6 + 3 * 9 - 6
    assert rollout_flop(SMALL, 10, n_observation=2, n_action=1) == 2 * (10 * look + 2 * 8 * learn)
    assert n_update(SMALL) == 8


def test_a_rollout_takes_longer_than_its_products():
    speed = measure_rollout(SMALL, 200, n_observation=5, n_action=2)
    assert 0 < speed.limit_ms < speed.update_ms
