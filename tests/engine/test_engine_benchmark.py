from dataclasses import replace

import pytest

from soleus.engine.benchmark import measure_rate
from soleus.engine.reference import ReferenceConfig
from soleus.model import learning_to_run
from soleus.model.spec import ObstacleContact

pytestmark = pytest.mark.opensim


def test_rate_counts_everything_once():
    model = replace(learning_to_run(), obstacle=ObstacleContact(2))
    rate = measure_rate(ReferenceConfig().build(model), n_step=20)
    assert 1.0 < rate.steps_per_second < 1.0 / (0.5 * rate.step_median)
    assert 0.0 < rate.step_median <= rate.step_95 <= rate.step_longest
    assert 0.0 < rate.measure_mean < rate.step_median
    assert rate.n_failed == 0
