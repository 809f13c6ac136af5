"""The program as a process."""

import os
import subprocess
import sys

import pytest

from soleus import cli
from soleus.command import doctor
from soleus.run.loop import Stopped


@pytest.mark.skipif(os.name != "posix", reason="a process cannot become another one here")
@pytest.mark.parametrize(("given", "again"), [(None, True), ("2", False)])
def test_products_get_one_thread_unless_the_user_says_otherwise(given, again, monkeypatch):
    calls = []
    monkeypatch.setattr(os, "execv", lambda program, words: calls.append((program, words[1:])))
    monkeypatch.setattr(sys, "argv", ["soleus", "--help"])
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if given:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    cli.main()
    assert calls == ([(sys.executable, sys.orig_argv[1:])] if again else [])
    assert os.environ["OMP_NUM_THREADS"] == (given or "1")


def test_it_says_what_it_would_have_said():
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    words = [sys.executable, "-m", "soleus.cli", "recipes", "sprinter"]
    told = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    assert "sprinter" in told.stdout


@pytest.mark.parametrize("arguments", [["train", "--help"], ["recipes"], ["--help"]])
def test_who_reads_no_further_is_told_nothing(arguments):
    """As head does after some lines."""
    words = [sys.executable, "-m", "soleus.cli", *arguments]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reading:
        reading.stdout.close()
        assert reading.stderr.read() == ""
    assert reading.returncode == 1


@pytest.mark.parametrize(
    ("stopped", "sentence"),
    [(Stopped("go on with: soleus train --resume x"), "--resume x"), (KeyboardInterrupt(), "stopped")],
)
def test_who_stops_a_command_is_told_how_to_go_on(stopped, sentence, monkeypatch, capsys):
    def interrupted(*arguments):
        raise stopped

    monkeypatch.setattr(doctor, "doctor", interrupted)
    with pytest.raises(SystemExit) as exit_:
        cli.main(["doctor"])
    assert exit_.value.code == 130
    assert sentence in capsys.readouterr().out
