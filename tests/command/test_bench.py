"""`soleus bench` in small."""

import pytest

from soleus.cli import main
from soleus.command import bench_learner
from soleus.learner import LEARNERS, benchmark


@pytest.mark.opensim
def test_engines_are_listed_beside_opensim(capsys):
    main(["bench", "engine", "--steps", "2", "--repeats", "1"])
    told = capsys.readouterr().out
    for word in ("opensim 5e-5", "fast 256, chebyshev 1e-3", "Two threads make", "from the cache", "floor"):
        assert word in told


def test_learners_are_listed_beside_their_floor(capsys, monkeypatch):
    monkeypatch.setattr(benchmark, "N_ROUND", 1)
    monkeypatch.setattr(bench_learner, "N_ROW", 256)
    monkeypatch.setattr(bench_learner, "MINIBATCHES", (64,))
    monkeypatch.setattr(bench_learner, "LEARNERS", {"ddpg": LEARNERS["ddpg"]})
    main(["bench", "learner"])
    told = capsys.readouterr().out
    for word in ("ddpg, norm", "sac, norm, demo", "ppo, 64 rows", "share", "act 256"):
        assert word in told


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "gait10dof"], "unknown model 'gait10dof'; known models are gait9dof18musc"),
        (["--repeats", "0"], "--repeats is 0; at least 1 is needed"),
    ],
)
def test_what_is_asked_wrong_is_explained(arguments, sentence, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["bench", "engine", *arguments])
    assert exit_.value.code == 2
    assert sentence in " ".join(capsys.readouterr().err.split())
