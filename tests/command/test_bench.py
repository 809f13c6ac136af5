"""`soleus bench engine` in small."""

import pytest

from soleus.cli import main


@pytest.mark.opensim
def test_engines_are_listed_beside_opensim(capsys):
    main(["bench", "engine", "--steps", "2", "--repeats", "1"])
    told = capsys.readouterr().out
    for word in ("opensim 5e-5", "fast 256, chebyshev 1e-3", "Two threads make", "from the cache", "floor"):
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
