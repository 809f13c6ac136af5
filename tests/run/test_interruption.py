"""A real run in a process of its own, stopped in every way and gone on with."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from soleus.run.folder import RunFolder

ENGINES = [
    pytest.param(["--engine", "fast", "--sampler.worlds", "16"], id="fast"),
    pytest.param(["--engine", "opensim", "--sampler.workers", "1"], id="opensim", marks=pytest.mark.opensim),
]
TRAIN = [
    "train", "run2017", "--task.difficulty", "0", "--checkpoint-s", "1", "--evaluate-s", "3",
    "--evaluate-episodes", "1", "--learner.random-transitions", "16", "--learner.batch-size", "16",
    "--learner.actor-hidden", "16", "--learner.critic-hidden", "16", "--learner.n-scan", "4",
]  # fmt: skip


def soleus(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "soleus.cli", *map(str, arguments)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        preexec_fn=hear_ctrl_c,
    )


def hear_ctrl_c():
    """A suite that runs in the background of a shell ignores Ctrl-C, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(condition, process, timeout_s=90):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.1)


def n_env_steps(folder):
    found = folder.load_checkpoint()
    return found[1].n_env_steps if found else 0


def alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_survives_kill_and_ctrl_c_and_goes_on(tmp_path, engine):
    folder = RunFolder(tmp_path / "run")

    killed = soleus(*TRAIN, *engine, "--out", folder.path)
    wait_for(lambda: n_env_steps(folder) > 200, killed)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    state, before = folder.load_checkpoint()
    n_updates = int(state["n_updates"])
    assert n_updates > 0

    second = soleus("train", "--resume", folder.path)
    wait_for(lambda: n_env_steps(folder) > before.n_env_steps + 200, second)
    third = soleus("train", "--resume", folder.path)
    assert third.wait(timeout=60) == 2
    assert "another process is training" in " ".join(third.stderr.read().split())
    os.kill(second.pid, signal.SIGINT)
    assert second.wait(timeout=60) == 130

    state, after = folder.load_checkpoint()
    assert after.n_env_steps > before.n_env_steps
    assert after.time_s > before.time_s
    assert int(state["n_updates"]) > n_updates
    steps = [record["n_env_steps"] for record in folder.metrics()]
    assert steps == sorted(steps), "what a crash undid is not told twice"
    assert folder.policy_to_play().is_file()
    assert json.loads((folder.path / "run.json").read_text())["packages"]["opensim"]

    deadline = time.monotonic() + 10
    while any(map(alive, (killed.pid, second.pid))) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(alive, (killed.pid, second.pid))), "workers stayed behind"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_finished_run_is_judged_filmed_and_drawn(tmp_path, monkeypatch, capsys, engine):
    from soleus.cli import main

    monkeypatch.chdir(tmp_path)
    main([*TRAIN, *engine, "--out", "run", "--steps", "600"])
    main(["evaluate", "run", "--seeds", "2", "--workers", "1", *engine[:2]])
    main(["video", "run", "--frames-per-second", "10", *engine[:2]])
    main(["plot", "run"])
    told = capsys.readouterr().out
    folder = RunFolder.open(tmp_path / "run")
    judged = json.loads(folder.evaluation_file.read_text())
    assert [episode["seed"] for episode in judged["episodes"]] == [0, 1]
    assert judged["rules"]["difficulty"] == 2
    assert judged["engine"]["name"] == engine[1]
    assert f"{judged['episodes'][0]['score']:.2f}" in told
    assert (folder.videos / "seed-0.mp4").stat().st_size > 10_000
    assert folder.learning_curve.stat().st_size > 10_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"], "nothing is left outside the run folder"
