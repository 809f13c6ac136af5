"""Fixed-seed metrics of every learner: a refactoring leaves them alone; a change that moves them comes with curves."""

import numpy as np
import pytest

from soleus.learner import find_learner
from soleus.learner.part import MirrorReplay
from soleus.sampler.batch import Batch

GOLDEN = {
    ("sac", "plain"): {
        "actor_loss": 0.261898,
        "critic_loss": 9.445469,
        "entropy": 1.035556,
        "temperature": 0.099056,
        "value": -0.173107,
    },
    ("sac", "mirror"): {
        "actor_loss": 0.37331,
        "critic_loss": 10.607275,
        "entropy": 0.985522,
        "temperature": 0.099057,
        "value": -0.235768,
    },
    ("categorical_sac", "plain"): {
        "actor_loss": 0.008692,
        "critic_loss": 9.112830,
        "entropy": 0.640008,
        "temperature": 0.009897,
        "value": -0.003586,
    },
    ("categorical_sac", "mirror"): {
        "actor_loss": 0.012727,
        "critic_loss": 9.118886,
        "entropy": 0.643685,
        "temperature": 0.009897,
        "value": -0.006048,
    },
    ("td3", "plain"): {
        "actor_loss": 0.341621,
        "critic_loss": 8.410415,
        "value": -0.393311,
    },
    ("td3", "mirror"): {
        "actor_loss": 0.501403,
        "critic_loss": 9.110801,
        "value": -0.552660,
    },
    ("ddpg", "plain"): {
        "actor_loss": 0.285027,
        "critic_loss": 4.876192,
        "value": -0.499302,
    },
    ("ddpg", "mirror"): {
        "actor_loss": 0.399217,
        "critic_loss": 4.677846,
        "value": -0.639438,
    },
}
"""Metrics of updates 21 to 40. float32 sums differ between processors, hence the tolerance."""


def _batch(n=200):
    random = np.random.default_rng(0)
    observation = random.normal(1, 2, (n, 4)).astype(np.float32)
    return Batch(
        observation=observation,
        action=random.uniform(-1, 1, (n, 2)).astype(np.float32),
        reward=observation[:, 0] - observation[:, 1],
        next_observation=random.normal(1, 2, (n, 4)).astype(np.float32),
        terminated=random.random(n) < 0.1,
        truncated=random.random(n) < 0.1,
        world=np.zeros(n, dtype=np.int64),
    )


@pytest.mark.parametrize(("name", "case"), GOLDEN)
def test_metrics_are_what_they_were(name, case):
    swap = np.array([2, 1, 0, 3]), np.ones(4), np.array([1, 0]), np.ones(2)
    parts = {"plain": (), "mirror": (MirrorReplay(*swap),)}[case]
    config = find_learner(name).config(
        actor_hidden=(32, 32),
        critic_hidden=(32, 32),
        batch_size=32,
        random_transitions=0,
        updates_per_transition=0.1,
        actor_learning_rate=1e-3,
        critic_learning_rate=1e-3,
    )
    learner = config.build(4, 2, 0, parts)
    for _ in range(2):
        learner.receive(_batch())
        metrics = learner.update()
    assert learner.n_updates == 40
    assert metrics == pytest.approx(GOLDEN[name, case], rel=1e-3)
