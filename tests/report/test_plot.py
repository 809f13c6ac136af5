import json

import numpy as np
import pytest

from soleus.report.plot import plot_learning_curve, read_series, run_name, running_mean
from soleus.run.error import RunError
from soleus.run.folder import RunFolder


@pytest.fixture
def run(tmp_path):
    """Makes a run folder with a metrics file of n records, as training would have left it."""

    def make(name, n=40, **extra):
        path = tmp_path / name
        path.mkdir()
        with (path / "metrics.jsonl").open("w") as file:
            for i in range(n):
                record = {"time_s": 6.0 * i, "n_env_steps": 500 * i, "n_updates": i, "episode/score": i % 7, **extra}
                if i % 10 == 9:
                    record |= {"evaluate/score": i / 2}
                if i > 5:
                    record |= {"critic_loss": 1 / i, "entropy": -i, "temperature": 0.1}
                file.write(json.dumps(record) + "\n")
        return RunFolder(path)

    return make


def size(file):
    data = file.read_bytes()
    assert data.startswith(b"\x89PNG")
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def test_series_skip_records_without_the_key_and_a_line_cut_off(run):
    folder = run("first")
    with folder.metrics_file.open("a") as file:
        file.write('{"time_s": 240.0, "n_env')
    series = read_series(folder)
    np.testing.assert_allclose(series["evaluate/score"].value, [4.5, 9.5, 14.5, 19.5])
    np.testing.assert_allclose(series["evaluate/score"].minutes, [0.9, 1.9, 2.9, 3.9])
    np.testing.assert_allclose(series["evaluate/score"].n_env_steps, [4500, 9500, 14500, 19500])
    assert len(series["episode/score"].value) == 40


def test_a_running_mean_looks_back_only():
    np.testing.assert_allclose(running_mean(np.array([2.0, 4.0, 0.0, 6.0]), 2), [2.0, 3.0, 2.0, 3.0])


def test_a_picture_is_written_for_one_run_and_for_several(run):
    first, second = run("first"), run("second", n=12)
    assert size(plot_learning_curve([first], first.learning_curve)) == size(
        plot_learning_curve([first, second], first.path / "both.png")
    )
    assert sorted(file.name for file in first.path.iterdir()) == ["both.png", "learning_curve.png", "metrics.jsonl"]


def test_runs_of_one_name_are_told_apart(tmp_path):
    """By as much of their paths as it takes: in one picture, each is a curve of its own."""
    paths = ["a/demo/seed0", "b/demo/seed0", "b/plain/seed0", "b/demo/seed1"]
    folders = [RunFolder(tmp_path / path) for path in paths]
    assert [run_name(folder, folders) for folder in folders] == ["a/demo/seed0", "b/demo/seed0", "plain/seed0", "seed1"]
    assert run_name(folders[0], [folders[0]] * 2) == "seed0"


def test_a_picture_goes_into_a_new_folder_and_is_a_png(run, tmp_path):
    folder = run("first")
    assert size(plot_learning_curve([folder], tmp_path / "new" / "both.png"))
    with pytest.raises(ValueError, match=r"both\.txt would not be a png"):
        plot_learning_curve([folder], tmp_path / "both.txt")


def test_every_metric_of_the_learner_gets_a_panel(run):
    few, more = run("few"), run("more", value=3.0, actor_loss=0.2)
    low = size(plot_learning_curve([few], few.learning_curve))[1]
    high = size(plot_learning_curve([more], more.learning_curve))[1]
    assert high > low + 150


def test_a_run_before_its_first_episode_can_be_drawn(run, tmp_path):
    folder = run("young", n=3)
    folder.metrics_file.write_text('{"time_s": 1.0, "n_env_steps": 100}\n')
    assert plot_learning_curve([folder], folder.learning_curve).is_file()


def test_a_run_without_metrics_is_named(run):
    folder = run("empty", n=0)
    with pytest.raises(RunError, match="empty holds no metrics yet"):
        plot_learning_curve([folder], folder.learning_curve)
