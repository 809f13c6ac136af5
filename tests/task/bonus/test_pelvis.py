"""How the pelvis stands and moves, against what Learn to Move observes of it."""

import numpy as np

from soleus.engine.fast.config import FastConfig
from soleus.engine.registry import make_engine
from soleus.task.bonus.base import Pelvis
from soleus.task.env import VectorEnv
from soleus.task.walk2019 import Walk2019Config

OBSERVED = {
    "height": ["pelvis height"],
    "angles": ["pelvis pitch", "pelvis roll"],
    "own_speed": ["pelvis forward speed", "pelvis leftward speed", "pelvis upward speed"],
    "turning": ["pelvis pitch speed", "pelvis roll speed", "pelvis yaw speed"],
}


def test_terms_and_observations_agree_on_every_sign():
    task = Walk2019Config(difficulty=1, start="random").build()
    env = VectorEnv(task, make_engine(FastConfig(), task.model, 4))
    env.reset(seed=0)
    random = np.random.default_rng(0)
    for _ in range(30):
        observation = env.step(random.uniform(0, 1, (4, 22)))[0]
    now, pelvis = env.snapshot, Pelvis(task)
    yaw = pelvis.angles(now)[:, 2]
    assert np.abs(yaw).max() > 0.05, "they face somewhere else by now"
    for quantity, names in OBSERVED.items():
        found = np.asarray(getattr(pelvis, quantity)(now)).reshape(4, -1)[:, : len(names)]
        expected = observation[:, task.observation.index(*names)]
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5, err_msg=quantity)
    env.close()
