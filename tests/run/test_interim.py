"""When evaluations are due, however long they take."""

from dataclasses import replace

import numpy as np

from soleus.nets import UniformPolicy
from soleus.run import interim
from soleus.run.interim import InterimEvaluation
from soleus.run.recipe import RECIPES
from soleus.sampler.base import Result
from soleus.sampler.batch import Batch, Episode

CONFIG = replace(RECIPES["plain"].build("run2017", "fast"), evaluate_s=60.0, evaluate_steps=0, evaluate_episodes=3)


def played(request):
    """The result of episodes that were asked for."""
    episodes = tuple(Episode(1.0, 10, "time", 2.0, seed, 1.0) for seed in request.seeds)
    none = np.zeros((0, 1), np.float32)
    no = np.zeros(0, bool)
    return Result(request, Batch(none, none, none[:, 0], none, no, no, np.zeros(0, np.int64), episodes=episodes))


def test_none_is_due_before_the_last_one_is_known(monkeypatch):
    """Else evaluations that take longer than their interval would throw each other away, and leave no time to learn."""
    now = 0.0
    monkeypatch.setattr(interim.time, "monotonic", lambda: now)
    evaluation = InterimEvaluation(CONFIG, 0)
    now = 59.0
    assert not evaluation.due(100)
    now = 61.0
    assert evaluation.due(100)
    requests = list(evaluation.begin(UniformPolicy(2), 100, n_play=1))
    assert len(requests) == 3
    now = 500.0
    assert not evaluation.due(10_000)
    assert evaluation.receive(played(requests[0])) == {}
    assert not evaluation.due(10_000)
    assert evaluation.receive(played(requests[1])) == {}
    assert evaluation.receive(played(requests[2])) == {
        "evaluate/score": 1.0,
        "evaluate/distance": 2.0,
        "evaluate/falls": 0.0,
        "evaluate/failures": 0.0,
    }
    now = 559.0
    assert not evaluation.due(10_000), "the interval begins at its end"
    now = 561.0
    assert evaluation.due(10_000)


def test_by_steps_they_are_due_by_steps_once_the_last_one_is_known():
    evaluation = InterimEvaluation(replace(CONFIG, evaluate_steps=1000), 0)
    assert not evaluation.due(999)
    assert evaluation.due(1000)
    (request,) = evaluation.begin(UniformPolicy(2), 1000, n_play=3)
    assert not evaluation.due(2500)
    assert evaluation.receive(played(request))
    assert not evaluation.due(1999)
    assert evaluation.due(2000)
