"""The actor that is judged may be a mean of the last ones."""

from dataclasses import replace

import numpy as np
import pytest

from soleus.learner import SacConfig, Td3Config
from soleus.learner.benchmark import draw_batch
from soleus.learner.replay.average import LastActor, MeanActor
from soleus.learner.replay.ensemble_config import EnsembleConfig

SMALL = SacConfig((4,), (4,), batch_size=4, random_transitions=0, n_scan=2, actor_learning_rate=0.1)


def _actor(number):
    actor = SMALL.build(3, 2, seed=0).policy()
    return replace(actor, parameters={name: np.full_like(x, number) for name, x in actor.parameters.items()})


def _bias(policy):
    return policy.parameters["bias0"][0]


def test_it_is_a_plain_mean_until_the_span_is_full_and_then_forgets():
    """Ones after 2, 4 and 6 updates of a span of 4: 0, then (0 + 6) / 2, then 3 + (9 - 3) / 2."""
    mean = MeanActor(4)
    for number, n_updates, expected in ((0, 2, 0.0), (6, 4, 3.0), (9, 6, 6.0)):
        mean.receive(_actor(number), 2, n_updates)
        assert _bias(mean.judged(_actor(100))) == expected


def test_nothing_is_a_mean_before_the_first_update():
    assert _bias(MeanActor(4).judged(_actor(5))) == 5
    assert _bias(LastActor().judged(_actor(5))) == 5


@pytest.mark.parametrize("config", [SMALL, Td3Config((4,), (4,), batch_size=4, random_transitions=0, n_scan=2)])
def test_the_mean_is_judged_and_the_last_one_explores(config):
    learner = replace(config, actor_average=1000, actor_learning_rate=0.1).build(3, 2, seed=0)
    for _ in range(2):
        learner.receive(draw_batch(60, 3, 2))
        learner.update()
    kept, last = learner.policy(), learner.request(4, 1).policy
    assert any(not np.array_equal(kept.parameters[name], last.parameters[name]) for name in last.parameters)
    assert type(kept) is type(last)


def test_without_a_span_both_are_the_same():
    learner = SMALL.build(3, 2, seed=0)
    learner.receive(draw_batch(60, 3, 2))
    learner.update()
    for name, array in learner.request(4, 1).policy.parameters.items():
        np.testing.assert_array_equal(array, learner.policy().parameters[name])


def test_members_have_no_mean():
    with pytest.raises(ValueError, match="actor_average is 5, but 2 members vote"):
        replace(SMALL, actor_average=5, ensemble=EnsembleConfig(2))
