import numpy as np
import pytest

from soleus.sampler.batch import Batch


@pytest.fixture
def draw_batch():
    """Random transitions of 5 observations and 2 actions; by (seed, n)."""

    def draw(seed, n):
        random = np.random.default_rng(seed)
        return Batch(
            observation=random.normal(2, 3, (n, 5)).astype(np.float32),
            action=random.uniform(-1, 1, (n, 2)).astype(np.float32),
            reward=random.standard_normal(n, dtype=np.float32),
            next_observation=random.normal(2, 3, (n, 5)).astype(np.float32),
            terminated=random.random(n) < 0.1,
            truncated=random.random(n) < 0.1,
            world=np.zeros(n, dtype=np.int64),
        )

    return draw
