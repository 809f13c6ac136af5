"""What a run folder holds, and how it is written: a reader never sees half a file.

config.json            what the run is (RunConfig)
run.json               versions, commit, machine and command that started it
metrics.jsonl          one JSON object a line; tensorboard/ holds those of them that are no counters
checkpoints/<steps>/   learner.safetensors (all that a continued run needs) and progress.json
policy.safetensors     the policy of the last checkpoint
best.safetensors       the policy with the best evaluation so far
evaluation.json        what `soleus evaluate` found last; official.json: what it did with --official
videos/, *.png         what the reports draw
"""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile

from filelock import FileLock, Timeout
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from soleus.nets.file import replace_file, write_arrays_synced, write_synced
from soleus.nets.policy import Policy
from soleus.nets.registry import save_policy
from soleus.nets.signature import UNKNOWN, Signature
from soleus.run.config import RunConfig, from_json, to_json
from soleus.run.error import RunError

logger = logging.getLogger(__name__)

FORMAT = 1
"""Version of the folder's layout; a reader refuses another one."""
N_CHECKPOINT_KEPT = 2


@dataclass(frozen=True)
class Progress:
    """How far a run has come; saved with each checkpoint."""

    n_env_steps: int = 0
    n_transitions: int = 0
    n_episodes: int = 0
    n_restarts: int = 0
    time_s: float = 0.0
    """Training time, all sessions added up [s]"""
    cpu_s: float = 0.0
    """Processor time of the process that trains and of its workers, all threads and sessions added up [s]"""
    best_score: float | None = None
    """Mean score of the best evaluation so far, under the rules of the present stage"""
    stage: int = 0
    """Stages that have begun"""
    stage_began: int = 0
    """Control steps when the present one did"""
    recent_scores: tuple[float, ...] = field(default=())
    """Scores of the last training episodes"""

    @classmethod
    def read(cls, file: Path) -> Progress:
        """What was saved; RunError when the file is damaged."""
        data = read_json(file)
        return cls(**{**data, "recent_scores": tuple(data["recent_scores"])})


class RunFolder:
    """Paths of a run folder, and the reading and writing of its files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config_file = path / "config.json"
        self.metrics_file = path / "metrics.jsonl"
        self.tensorboard = path / "tensorboard"
        self.checkpoints = path / "checkpoints"
        self.policy_file = path / "policy.safetensors"
        self.best_file = path / "best.safetensors"
        self.evaluation_file = path / "evaluation.json"
        self.official_file = path / "official.json"
        self.learning_curve = path / "learning_curve.png"
        self.videos = path / "videos"

    @classmethod
    def create(cls, path: Path, config: RunConfig, origin: dict[str, object]) -> RunFolder:
        """A new run folder; RunError when there is something in the way."""
        check_free(path)
        # So that there is never half a run, nor one of two processes that begin at the same moment.
        draft = cls(path.with_name(f".{path.name}.{os.getpid()}.draft"))
        with disk_errors(path):
            shutil.rmtree(draft.path, ignore_errors=True)  # of a process that was killed
            draft.checkpoints.mkdir(parents=True)
            write_text(draft.path / "run.json", json.dumps({"format": FORMAT, **origin}, indent=2) + "\n")
            write_text(draft.config_file, to_json(config))
            try:
                if path.exists():
                    path.rmdir()  # it is empty
                draft.path.rename(path)
            except OSError:
                shutil.rmtree(draft.path, ignore_errors=True)
                check_free(path)  # or no longer
                raise
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run folder; RunError when it is missing, half-written or of another format."""
        if not path.is_dir():
            raise RunError(f"there is no run folder {path}; `soleus train` makes one")
        if not (path / "config.json").is_file() or not (path / "run.json").is_file():
            raise RunError(f"{path} is no run folder: config.json or run.json is missing; `soleus train` makes one")
        found = read_json(path / "run.json").get("format")
        if found != FORMAT:
            raise RunError(f"{path} has the run format {found}; this version of Soleus reads format {FORMAT}")
        return cls(path)

    @cached_property
    def config(self) -> RunConfig:
        """What the run is; RunError for a file that does not fit."""
        return from_json(self.config_file.read_text(encoding="utf-8", errors="replace"), self.config_file)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one training process."""
        lock = FileLock(self.path / "run.lock")
        with disk_errors(self.path):
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise RunError(
                    f"another process is training in {self.path}; stop it first, or choose another --out"
                ) from None
        try:
            yield
        finally:
            lock.release()

    def policy_to_play(self) -> Path:
        """The best policy of the run, or the last one when none was evaluated."""
        for file in (self.best_file, self.policy_file):
            if file.is_file():
                return file
        raise RunError(f"{self.path} holds no policy yet: the run has not reached its first checkpoint")

    def save_checkpoint(self, learner: Mapping[str, NDArray], progress: Progress) -> None:
        """Write a checkpoint beside the last ones, then drop the oldest; a crash leaves the last ones whole."""
        with disk_errors(self.path):
            target, draft = self.checkpoints / f"{progress.n_env_steps:012d}", self.checkpoints / ".draft"
            while target.exists():  # of the same step: it stays until this one is whole
                target = target.with_name(f"{target.name}+")
            shutil.rmtree(draft, ignore_errors=True)  # of a process that was killed
            draft.mkdir(parents=True)
            try:
                write_arrays_synced(draft / "learner.safetensors", learner)
                write_synced(draft / "progress.json", json.dumps(asdict(progress)).encode())
                draft.rename(target)
            except OSError:
                shutil.rmtree(draft, ignore_errors=True)
                raise
            for old in self._checkpoints()[:-N_CHECKPOINT_KEPT]:
                shutil.rmtree(old, ignore_errors=True)

    def load_checkpoint(self) -> tuple[dict[str, NDArray], Progress] | None:
        """The last checkpoint that can be read, or None before the first; RunError when none can."""
        damaged = ""
        for path in reversed(self._checkpoints()):
            try:
                return load_file(path / "learner.safetensors"), Progress.read(path / "progress.json")
            except (OSError, SafetensorError, RunError, KeyError, TypeError) as error:
                damaged = f"the checkpoint {path} is damaged ({error})"
                logger.warning("%s; looking for the one before", damaged)
        if damaged:
            raise RunError(f"{damaged}, and there is no other; start a new run")
        return None

    def write(self, file: Path, content: bytes) -> None:
        """Replace a file of the folder at once."""
        with disk_errors(self.path):
            replace_file(file, content)

    def metrics(self) -> list[dict[str, float]]:
        """All whole records of the run; a line cut off by a crash is skipped."""
        if not self.metrics_file.is_file():
            return []
        records = []
        for line in self.metrics_file.read_text(encoding="utf-8").splitlines():
            try:
                records.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return records

    def save_policy(self, file: Path, policy: Policy, signature: Signature = UNKNOWN) -> None:
        """Replace a policy file of the folder at once; the signature says what the policy was made for."""
        with disk_errors(self.path):
            save_policy(file, policy, signature)

    def _checkpoints(self) -> list[Path]:
        return sorted(path for path in self.checkpoints.glob("[0-9]*") if (path / "progress.json").is_file())


def check_free(path: Path) -> None:
    """RunError where a new run would find something in its way."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise RunError(
            f"{path} exists and is not empty; go on with it by `soleus train --resume {path}`, or choose another --out"
        )


def write_text(file: Path, text: str) -> None:
    """Write a small new file whole."""
    write_synced(file, text.encode())


def write_report(file: Path, content: bytes) -> None:
    """Write a file anywhere, whole or not at all; RunError when it cannot be written."""
    with _report_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, content)


def check_report(file: Path) -> None:
    """RunError for a file that cannot be written later on, before hours go into what it is to tell. Its folder is made.

    What is in a file that is there already stays.
    """
    with _report_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder; name a file in it")
        with NamedTemporaryFile(dir=file.parent):
            pass


@contextmanager
def _report_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"cannot write {file}: {error.strerror or error}") from error


def read_json(file: Path) -> dict:
    """A JSON object; RunError when the file is damaged."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{file} cannot be read ({error}); the run folder is damaged") from error
    if not isinstance(data, dict):
        raise RunError(f"{file} holds no JSON object; the run folder is damaged")
    return data


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn errors of the disk into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise RunError(
                f"the disk of {path} is full; free some space, then go on with `soleus train --resume {path}` "
                "(the checkpoints written so far are whole)"
            ) from error
        raise RunError(f"cannot write to {path}: {error.strerror or error}") from error
