"""What tests of several commands need."""

import pytest

from soleus.cli import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def check_refused(here, capsys):
    """Run a command that has to end with a sentence, without a trace and without a file."""

    def check(arguments, sentence):
        with pytest.raises(SystemExit) as exit_:
            main(arguments)
        said = " ".join(capsys.readouterr().err.split())
        assert exit_.value.code == 2
        assert sentence in said
        assert "Traceback" not in said
        assert list(here.iterdir()) == []

    return check
