"""The actor that is judged may be a mean of the last ones."""

from dataclasses import replace
from functools import partial

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


def test_it_is_over_a_tenth_of_all_updates_and_then_over_its_span():
    """Every 5 updates of a span of 10: 0, then all of 5 in a tenth of 50, then halves of 5 in 10."""
    mean = MeanActor(10)
    for number, n_updates, expected in ((0, 20, 0.0), (4, 50, 4.0), (8, 100, 6.0), (9, 1000, 7.5)):
        mean.receive(partial(_actor, number), 5, n_updates)
        assert _bias(mean.judged(_actor(100))) == expected


def test_nothing_is_a_mean_before_the_first_update():
    assert _bias(MeanActor(4).judged(_actor(5))) == 5
    assert _bias(LastActor().judged(_actor(5))) == 5


@pytest.mark.parametrize("config", [SMALL, Td3Config((4,), (4,), batch_size=4, random_transitions=0, n_scan=2)])
def test_the_mean_is_judged_and_the_last_one_explores(config):
    learner = replace(config, actor_average=1000, actor_learning_rate=0.1).build(3, 2, seed=0)
    for _ in range(30):
        learner.receive(draw_batch(4, 3, 2))
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


def test_each_member_has_a_mean_of_its_own():
    learner = replace(SMALL, actor_average=1000, ensemble=EnsembleConfig(3)).build(3, 2, seed=0)
    for _ in range(30):
        learner.receive(draw_batch(4, 3, 2))
        learner.update()
    kept, last = learner.policy(), learner.request(4, 1).policy
    assert len(kept.members) == 3
    assert len({_bias(member) for member in kept.members}) == 3
    assert all(_bias(mean) != _bias(member) for mean, member in zip(kept.members, last.members, strict=True))
    other = replace(SMALL, actor_average=1000, ensemble=EnsembleConfig(3)).build(3, 2, seed=1)
    other.load(learner.state())
    assert [_bias(member) for member in other.policy().members] == [_bias(member) for member in kept.members]
