"""The protocols of the rounds, as data."""

import pytest

from soleus.engine.reference import ReferenceConfig
from soleus.engine.registry import ENGINES
from soleus.run.error import RunError
from soleus.run.official import check_official, graded_engine
from soleus.task.arm import ArmConfig
from soleus.task.prosthetics2018 import Prosthetics2018Config
from soleus.task.protocol import PROTOCOLS, contradictions, find_protocol
from soleus.task.run2017 import Run2017Config


@pytest.mark.parametrize("key", PROTOCOLS, ids=str)
def test_a_protocol_can_be_followed(key):
    protocol = PROTOCOLS[key]
    assert protocol.episodes >= 1
    assert key[0][-4:] in protocol.title
    assert f"round {key[1]}" in protocol.title
    assert graded_engine(protocol).accuracy == protocol.accuracy
    scores = [each.score for each in protocol.leaderboard]
    places = [each.place for each in protocol.leaderboard]
    assert scores == sorted(scores, reverse=True)
    assert places == sorted(set(places))


def test_no_two_rounds_share_a_seed():
    seeds = [seed for each in PROTOCOLS.values() for seed in range(each.first_seed, each.first_seed + each.episodes)]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) > 1000, "seeds that `soleus evaluate` takes by default are for every day"


def test_the_final_of_2017():
    protocol = find_protocol("run2017", Run2017Config())
    assert (protocol.episodes, protocol.accuracy, protocol.first_seed) == (10, 1e-3, 20172000)
    assert protocol.score([1.0] * 10 + [100.0]) == 1.0
    assert find_protocol("run2017", Run2017Config(round=1)).episodes == 3


def test_a_task_that_was_never_graded_is_refused():
    with pytest.raises(
        ValueError, match="arm was never graded in a challenge; --official is for prosthetics2018, run2017"
    ):
        find_protocol("arm", ArmConfig())


def test_contradictions_are_named():
    assert contradictions(Run2017Config(), Run2017Config()) == []
    given = Run2017Config(round=1, difficulty=0, fixed_obstacle_size=False)
    assert contradictions(given, given.graded) == [
        "difficulty is 0, graded with 2",
        "fixed-obstacle-size is False, graded with True",
    ]


def test_what_only_a_policy_is_told_contradicts_nothing():
    given = Prosthetics2018Config(observe_target=True)
    assert contradictions(given, given.graded) == []
    other = Prosthetics2018Config(observe_target=True, prosthesis=False)
    assert contradictions(other, other.graded) == ["prosthesis is False, graded with True"]


def test_official_settings_are_the_round_s_own():
    protocol = find_protocol("run2017", Run2017Config())
    check_official(protocol, Run2017Config(), ReferenceConfig(), 10)
    check_official(protocol, Run2017Config(), ReferenceConfig(), 200)
    with pytest.raises(RunError, match=r"round 2 was graded otherwise: --engine is fast, graded with opensim"):
        check_official(protocol, Run2017Config(), ENGINES["fast"].config(), 10)
    with pytest.raises(RunError, match=r"--engine.minimum-step is 1e-06, graded with 1e-07"):
        check_official(protocol, Run2017Config(), ReferenceConfig(minimum_step=1e-6), 10)
