"""The demo in small: a minute of the real thing."""

import pytest

from soleus.cli import main
from soleus.command.demo import _free_folder

pytestmark = pytest.mark.opensim


def test_the_demo_trains_judges_draws_and_films(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    main(["demo", "--minutes", "0.2", "--seeds", "2"])
    told = capsys.readouterr().out
    for word in ("trained", "random", "constant", "runs/demo/learning_curve.png", "Done in"):
        assert word in told
    assert (tmp_path / "runs" / "sprinter.mp4").stat().st_size > 10_000
    run = tmp_path / "runs" / "demo"
    assert (run / "learning_curve.png").stat().st_size > 10_000
    assert [video.stat().st_size > 10_000 for video in (run / "videos").iterdir()] == [True]


def test_a_second_demo_finds_a_folder_of_its_own(tmp_path):
    assert _free_folder(tmp_path / "demo") == tmp_path / "demo"
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo-2").mkdir()
    assert _free_folder(tmp_path / "demo") == tmp_path / "demo-3"
