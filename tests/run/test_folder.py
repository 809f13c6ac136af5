import errno
import json
import resource
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from soleus.engine.reference import ReferenceConfig
from soleus.engine.registry import ENGINES
from soleus.learner import ExplorationConfig, Td3Config
from soleus.learner.registry import LEARNERS
from soleus.run.config import SamplerConfig, from_json, to_json
from soleus.run.error import RunError
from soleus.run.folder import Progress, RunFolder
from soleus.run.recipe import RECIPES, with_learner
from soleus.run.training import TrainingConfig
from soleus.task.bonus import RewardConfig
from soleus.task.start import StartConfig

CONFIG = RECIPES["plain"].build("run2017", "fast")
WHOLE = {"weight": np.array(1)}


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path / "run", CONFIG, {})


def test_a_config_comes_back_from_its_file(folder):
    assert folder.config == CONFIG


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_comes_back_and_an_unnamed_one_is_sac(tmp_path, name):
    config = with_learner(CONFIG, name)
    data = json.loads(to_json(config))
    assert data["learner"]["name"] == name
    assert from_json(json.dumps(data), tmp_path / "config.json") == config
    if name == "sac":
        del data["learner"]["name"]
        assert from_json(json.dumps(data), tmp_path / "config.json") == config


@pytest.mark.parametrize("written", ["pink", ["pink"]])
def test_a_folder_from_before_a_choice_of_noises_names_one(tmp_path, written):
    config = replace(CONFIG, learner=Td3Config(exploration=ExplorationConfig(std=0.3, period=7)))
    data = json.loads(to_json(config))
    data["learner"]["exploration"]["noise"] = written
    exploration = from_json(json.dumps(data), tmp_path).learner.exploration
    assert exploration == ExplorationConfig(("pink",), std=0.3, period=7)


def test_a_folder_from_before_terms_and_starts_had_names_of_their_own(tmp_path):
    data = json.loads(to_json(CONFIG))
    data["training"] = {
        "stride_starts": 0.5, "alive": 0.4, "foot_swing": 0.3, "knee_hyperextension": 1.5, "reward_scale": 2.0,
    }  # fmt: skip
    reward = RewardConfig(alive=0.4, foot_swing=0.3, knee_hyperextension=1.5)
    training = TrainingConfig(reward=reward, starts=StartConfig(stride=0.5), reward_scale=2.0)
    assert from_json(json.dumps(data), tmp_path).training == training


def test_an_unknown_learner_in_a_config_is_named(tmp_path):
    data = json.loads(to_json(CONFIG))
    data["learner"]["name"] = "dqn"
    known = ", ".join(sorted(LEARNERS))
    with pytest.raises(RunError, match=f"unknown learner 'dqn'; known learners are {known}"):
        from_json(json.dumps(data), tmp_path / "config.json")


def test_an_unknown_setting_in_a_config_is_named(tmp_path):
    data = json.loads(to_json(CONFIG))
    data["learner"]["speed"] = 3
    with pytest.raises(RunError, match="speed"):
        from_json(json.dumps(data), tmp_path / "config.json")


def test_a_folder_in_use_is_not_overwritten(folder):
    with pytest.raises(RunError, match=r"exists and is not empty.*--resume"):
        RunFolder.create(folder.path, CONFIG, {})


def test_a_run_that_is_killed_while_it_is_made_leaves_none(tmp_path, monkeypatch):
    """Half of one could be neither gone on with nor begun anew."""
    monkeypatch.setattr("soleus.run.folder.to_json", lambda config: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        RunFolder.create(tmp_path / "run", CONFIG, {})
    assert not (tmp_path / "run").exists()
    monkeypatch.undo()
    (tmp_path / "run").mkdir()
    assert RunFolder.create(tmp_path / "run", CONFIG, {}).config == CONFIG
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_of_two_runs_that_begin_at_the_same_moment_one_is_refused(tmp_path, monkeypatch, folder):
    path, rename = tmp_path / "run2", Path.rename

    def later(draft, target):
        if not target.exists():  # the other one is a moment faster
            target.mkdir()
            (target / "config.json").write_text("{}")
        return rename(draft, target)

    monkeypatch.setattr(Path, "rename", later)
    with pytest.raises(RunError, match="run2 exists and is not empty"):
        RunFolder.create(path, folder.config, {})
    assert [file.name for file in path.iterdir()] == ["config.json"]
    assert not list(tmp_path.glob(".run2*"))


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(RunError, match=r"there is no run folder .*nowhere"):
        RunFolder.open(tmp_path / "nowhere")


def test_a_half_written_folder_is_refused(folder):
    folder.config_file.unlink()
    with pytest.raises(RunError, match=r"config.json or run.json is missing"):
        RunFolder.open(folder.path)


def test_a_truncated_config_is_refused(folder):
    folder.config_file.write_text(to_json(CONFIG)[:100])
    with pytest.raises(RunError, match="not complete JSON"):
        _ = RunFolder.open(folder.path).config


def test_a_folder_of_another_format_is_refused(folder):
    (folder.path / "run.json").write_text('{"format": 99}')
    with pytest.raises(RunError, match="run format 99; this version of Soleus reads format 1"):
        RunFolder.open(folder.path)


def test_two_processes_cannot_train_in_one_folder(folder):
    with folder.locked(), pytest.raises(RunError, match="another process is training"), RunFolder(folder.path).locked():
        pass


def test_the_last_checkpoint_comes_back_and_old_ones_go(folder):
    assert folder.load_checkpoint() is None
    for n in (10, 200, 3000):
        folder.save_checkpoint({"weight": np.array([n])}, Progress(n_env_steps=n, recent_scores=(1.0, 2.0)))
    state, progress = folder.load_checkpoint()
    assert state["weight"] == 3000
    assert progress == Progress(n_env_steps=3000, recent_scores=(1.0, 2.0))
    assert len(list(folder.checkpoints.iterdir())) == 2


def test_a_checkpoint_cut_off_by_a_crash_is_ignored(folder):
    folder.save_checkpoint(WHOLE, Progress(n_env_steps=10))
    draft = folder.checkpoints / ".draft"
    draft.mkdir()
    (draft / "learner.safetensors").write_bytes(b"half")
    assert folder.load_checkpoint()[0] == WHOLE
    folder.save_checkpoint(WHOLE, Progress(n_env_steps=20))
    assert not draft.exists()


def test_a_checkpoint_of_the_same_step_takes_no_place_before_it_is_whole(folder):
    for n_episode in (1, 2):
        folder.save_checkpoint(WHOLE, Progress(n_env_steps=10, n_episodes=n_episode))
        assert folder.load_checkpoint()[1].n_episodes == n_episode
    assert len(list(folder.checkpoints.iterdir())) == 2


@pytest.mark.parametrize("name", ["run.json", "config.json"])
def test_a_file_that_holds_no_object_is_told(folder, name):
    (folder.path / name).write_text("[]")
    with pytest.raises(RunError, match=f"{name} (holds no JSON object|is not complete JSON)"):
        RunFolder.open(folder.path).config  # noqa: B018 - reading it is what fails


def test_where_the_last_checkpoint_is_damaged_the_one_before_counts(folder, caplog):
    for n in (10, 20):
        folder.save_checkpoint(WHOLE, Progress(n_env_steps=n))
    first, last = sorted(folder.checkpoints.iterdir())
    (last / "learner.safetensors").write_bytes(b"half")
    assert folder.load_checkpoint() == (WHOLE, Progress(n_env_steps=10))
    assert "000000000020 is damaged" in caplog.text
    (first / "learner.safetensors").unlink()
    with pytest.raises(RunError, match="000000000010 is damaged .*, and there is no other; start a new run"):
        folder.load_checkpoint()


def test_a_full_disk_is_one_sentence_and_costs_nothing(folder, monkeypatch):
    folder.save_checkpoint(WHOLE, Progress(n_env_steps=10))

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RunError, match=r"is full; free some space, then go on with `soleus train --resume"):
        folder.save_checkpoint(WHOLE, Progress(n_env_steps=20))
    monkeypatch.undo()
    assert folder.load_checkpoint()[0] == WHOLE
    assert [path.name for path in folder.checkpoints.iterdir()] == ["000000000010"]


@pytest.fixture
def small_files():
    """No file grows beyond a megabyte, as where a quota ends."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_the_system_says_of_a_checkpoint_is_told(folder, small_files):
    with pytest.raises(RunError, match=f"cannot write to {folder.path}: File too large"):
        folder.save_checkpoint({"rows": np.zeros(500_000)}, Progress(n_env_steps=20))
    assert not list(folder.checkpoints.iterdir())


def test_a_replay_is_not_copied_to_be_written(folder):
    rows = np.zeros(10_000_000, np.float32)
    tracemalloc.start()
    folder.save_checkpoint({"rows": rows}, Progress(n_env_steps=20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.1 * rows.nbytes


def test_a_run_without_a_policy_says_so(folder):
    with pytest.raises(RunError, match="holds no policy yet"):
        folder.policy_to_play()


def test_progress_survives_numpy_numbers(folder):
    folder.save_checkpoint({}, Progress(n_env_steps=int(np.int64(5)), best_score=float(np.float64(1.5))))
    assert folder.load_checkpoint()[1].best_score == 1.5


# -------------------------------------------------------------------------------------------------------------- engines


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_config_knows_its_engine(recipe, engine, tmp_path):
    config = RECIPES[recipe].config(engine=engine)
    assert json.loads(to_json(config))["engine"]["name"] == engine
    assert from_json(to_json(config), tmp_path) == config


def test_a_folder_from_before_the_fast_engine_is_one_of_opensim(tmp_path):
    data = json.loads(to_json(RECIPES["demo"].build("run2017", "opensim")))
    del data["engine"]["name"], data["sampler"]["worlds"]
    data["sampler"]["kind"] = "process"
    data["engine"]["accuracy"] = 1e-4
    config = from_json(json.dumps(data), tmp_path)
    assert config.engine == ReferenceConfig(accuracy=1e-4)
    assert (config.sampler_kind, config.n_world) == ("process", 1)


def test_in_older_files_one_activation_is_that_of_all_networks(tmp_path):
    data = json.loads(to_json(CONFIG))
    del data["learner"]["actor_activation"], data["learner"]["critic_activation"]
    data["learner"]["activation"] = "tanh"
    learner = from_json(json.dumps(data), tmp_path).learner
    assert (learner.actor_activation, learner.critic_activation) == ("tanh", "tanh")
    data["learner"]["activation"] = "swish"
    with pytest.raises(RunError, match="activation"):
        from_json(json.dumps(data), tmp_path)


def test_an_unknown_engine_or_setting_of_one_is_named(tmp_path):
    data = json.loads(to_json(CONFIG))
    for change, sentence in (({"name": "bullet"}, "unknown engine 'bullet'"), ({"gravity": 3}, "gravity")):
        with pytest.raises(RunError, match=sentence):
            from_json(json.dumps(data | {"engine": data["engine"] | change}), tmp_path)


def test_each_engine_gets_the_sampler_that_suits_it():
    fast, opensim = (RECIPES["plain"].build("run2017", name) for name in ("fast", "opensim"))
    assert (fast.sampler_kind, fast.n_world) == ("thread", 256)
    assert (opensim.sampler_kind, opensim.n_world) == ("process", 1)


def test_a_strategy_shares_the_worlds_out_over_the_cores(monkeypatch):
    """Nothing is learnt while its members play, and each core does their sums as well as their physics."""
    sprinter = RECIPES["sprinter"].config(engine="fast", variant="polish")
    for cores, shared in ((1, ("thread", 1, 256)), (2, ("process", 2, 128)), (48, ("process", 48, 6))):
        monkeypatch.setattr("soleus.run.config.n_core", lambda cores=cores: cores)
        assert (sprinter.sampler_kind, sprinter.n_worker, sprinter.n_world) == shared
    given = replace(sprinter, sampler=SamplerConfig(kind="process", worlds=7, workers=3))
    assert (given.n_worker, given.n_world) == (3, 7)


@pytest.mark.parametrize(
    ("setting", "sentence"), [({"kind": "thread"}, "kind 'process'"), ({"worlds": 8}, "worlds is 8")]
)
def test_a_sampler_that_the_engine_cannot_serve_is_refused(setting, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(RECIPES["plain"].build("run2017", "opensim"), sampler=SamplerConfig(**setting))
