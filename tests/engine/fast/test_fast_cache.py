"""The cache of compiled programs: believed only when everything is right, never in the way when it is not."""

import functools
import logging
import os
import shutil
import stat
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from soleus.engine import Parameters, Status, default_state, make_engine
from soleus.engine.fast import cache
from soleus.engine.fast.compile import target_of
from soleus.engine.fast.config import FastConfig
from soleus.model import hopper, learning_to_run

MODEL, OTHER = hopper(), learning_to_run()
TARGET = target_of("float64", 1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SOLEUS_CACHE", str(folder))
    return folder


compile_really = cache._compile
compile_once = functools.cache(cache._compile)


@pytest.fixture
def compiled(monkeypatch):
    """The names of the models that are compiled, which really happens once for all tests."""
    names = []

    def compile_and_tell(model, target, method):
        names.append(model.name)
        return compile_once(model, target, method)

    monkeypatch.setattr(cache, "_compile", compile_and_tell)
    return names


def load(model=MODEL):
    return cache.load_program(model, TARGET, "merson")


def works(library):
    """Whether a program is the hopper's: it measures where its bodies are."""
    return all(library.function(name) for name in ("advance", "evaluate", "measure"))


def only_file(folder):
    (file,) = folder.glob("*.o")
    return file


# ----------------------------------------------------------------------------------------------------------- as it is


def test_a_second_start_does_not_compile(folder, compiled):
    assert works(load())
    assert works(load())
    assert compiled == [MODEL.name]


def test_other_models_targets_and_methods_have_other_files(folder, compiled):
    keys = {
        cache.program_key(model, target_of(precision, width), method)
        for model in (MODEL, OTHER)
        for precision in ("float64", "float32")
        for width in (1, 4)
        for method in ("merson", "chebyshev")
    }
    assert len(keys) == 16


def test_the_key_holds_what_the_code_is_made_from(monkeypatch):
    before = cache.program_key(MODEL, TARGET, "merson")
    for name, value in (
        ("processor", lambda: ("another", frozenset())),
        ("version", lambda package: "0.0"),
        ("_source", lambda: "changed"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(cache, name, value)
            assert cache.program_key(MODEL, TARGET, "merson") != before, name
    assert cache.program_key(MODEL, TARGET, "merson") == before


def test_the_folder_is_the_users_alone(folder, compiled):
    load()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_empty_name_keeps_nothing(monkeypatch, tmp_path, compiled):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOLEUS_CACHE", "")
    assert works(load())
    assert works(load())
    assert len(compiled) == 2
    assert list(tmp_path.iterdir()) == []


def test_without_a_name_it_is_the_users_cache_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("SOLEUS_CACHE")
    monkeypatch.setattr(cache, "user_cache_path", lambda name: tmp_path / name)
    assert cache.cache_folder() == tmp_path / "soleus" / "engine"


# --------------------------------------------------------------------------------------------------------- bad content


def damaged(data, how):
    match how:
        case "empty":
            return b""
        case "truncated":
            return data[: len(data) // 2]
        case "head only":
            return data[:60]
        case "flipped bit":
            return data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]
        case "longer":
            return data + b"\x00"
        case "text":
            return b"hello\n" * 1000


@pytest.mark.parametrize("how", ["empty", "truncated", "head only", "flipped bit", "longer", "text"])
def test_a_damaged_file_is_made_anew(folder, compiled, caplog, how):
    load()
    file = only_file(folder)
    good = file.read_bytes()
    file.write_bytes(damaged(good, how))
    with caplog.at_level(logging.WARNING):
        assert works(load())
    assert compiled == [MODEL.name] * 2
    assert "damaged or foreign" in caplog.text
    assert str(file) in caplog.text
    assert file.read_bytes() == good
    assert works(load())
    assert len(compiled) == 2


def test_another_models_program_under_this_name_is_not_believed(folder, compiled, caplog):
    load(OTHER)
    foreign = only_file(folder)
    load(MODEL)
    own = next(file for file in folder.glob("*.o") if file != foreign)
    shutil.copy(foreign, own)
    with caplog.at_level(logging.WARNING):
        load(MODEL)
    assert compiled == [OTHER.name, MODEL.name, MODEL.name]
    assert "foreign" in caplog.text


def test_a_folder_in_place_of_the_file(folder, compiled):
    load()
    file = only_file(folder)
    file.unlink()
    file.mkdir()
    assert works(load())
    assert not list(folder.glob("*.part"))


# ----------------------------------------------------------------------------------------------------- a bad place


def test_a_full_disk_costs_time_only(folder, compiled, monkeypatch, caplog):
    def full(path, data):
        path.touch()
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
        patch.setattr(Path, "write_bytes", full)
        assert works(load())
    assert "No space left" in caplog.text
    assert not list(folder.glob("*.part"))
    assert not list(folder.glob("*.o"))
    assert works(load())
    assert only_file(folder).stat().st_size > 1000


def test_a_write_that_is_cut_off_leaves_no_file(folder, compiled, monkeypatch):
    """Killed between writing and naming: the next start finds no file, or a whole one."""

    def die(self, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", die)
        with pytest.raises(KeyboardInterrupt):
            load()
    assert not list(folder.glob("*.o"))
    assert works(load())
    assert only_file(folder)


@pytest.mark.parametrize("place", ["/proc/soleus", "file"])
def test_a_folder_that_cannot_be_made(monkeypatch, tmp_path, compiled, place):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SOLEUS_CACHE", str(tmp_path / place / "engine"))
    assert cache.cache_folder() is None
    assert works(load())


def test_a_folder_that_cannot_be_written(folder, compiled, monkeypatch, caplog):
    """Read-only for us: as a root, whom modes do not stop, we hear it from the lock."""

    class Refusing:
        def __init__(self, *_, **__):
            pass

        def __enter__(self):
            raise PermissionError(13, "Permission denied")

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(cache, "FileLock", Refusing)
    with caplog.at_level(logging.INFO):
        assert works(load())
    assert "Permission denied" in caplog.text
    assert not list(folder.glob("*.o"))


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="modes do not stop root")
def test_a_read_only_folder_is_read(folder, compiled):
    load()
    folder.chmod(0o500)
    assert works(load())
    assert compiled == [MODEL.name]
    assert works(load(OTHER))
    folder.chmod(0o700)
    assert len(list(folder.glob("*.o"))) == 1


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX modes")
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_in_which_others_write_is_refused(folder, compiled, caplog, mode):
    """Machine code of somebody else would run as this user."""
    folder.mkdir()
    folder.chmod(mode)
    with caplog.at_level(logging.WARNING):
        assert works(load())
    assert "others can write there" in caplog.text
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs POSIX owners")
def test_a_folder_of_somebody_else_is_refused(folder, compiled, monkeypatch):
    load()
    monkeypatch.setattr(os, "getuid", lambda: folder.stat().st_uid + 1)
    assert cache.cache_folder() is None


# ------------------------------------------------------------------------------------------------------ many processes


def fall(_):
    """A process of its own: a step of the hopper, and whether the program had to be compiled for it."""
    made = []

    def watch(*arguments):
        made.append(1)
        return compile_really(*arguments)

    cache._compile = watch
    engine = make_engine(FastConfig("merson"), MODEL)
    n_muscle = len(MODEL.muscles)
    plain = Parameters(np.ones((1, n_muscle)), np.zeros((1, 0, 3)))
    engine.reset(np.arange(1), default_state(MODEL), plain, equilibrate=True)
    engine.step(np.full((1, n_muscle), 0.05))
    assert engine.status()[0] == Status.RUNNING
    return len(made), engine.state().q.tobytes()


def test_processes_that_start_together_compile_once(folder):
    with get_context("spawn").Pool(4) as pool:
        found = pool.map(fall, range(4), chunksize=1)
    assert sum(made for made, _ in found) == 1
    assert len({state for _, state in found}) == 1
    assert only_file(folder)


def test_a_lock_that_is_never_given_back_is_not_waited_for_forever(folder, compiled, monkeypatch):
    folder.mkdir(mode=0o700)
    key = cache.program_key(MODEL, TARGET, "merson")
    lock = folder / f"{key.hex()}.lock"
    holder = "from filelock import FileLock\n"
    holder += f"lock = FileLock({str(lock)!r}); lock.acquire(); print('held', flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", holder], **pipes) as process:
        assert process.stdout.readline() == b"held\n"
        monkeypatch.setattr(cache, "WAIT_S", 0.05)
        assert works(load())
        process.communicate(b"\n")
    assert not list(folder.glob("*.o"))
