"""Compiled programs on disk, so that a second start takes milliseconds.

A file holds machine code, so it is believed only if everything that went into it is the same (model, processor,
llvmlite, the source of this folder) and its digest is right; anything else is compiled anew. Processes that start
together wait for the first one's file. A cache that cannot be used costs time, never a run.
"""

from __future__ import annotations

import hashlib
import logging
import os
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from soleus.engine.fast.assemble import Targets
from soleus.engine.fast.chebyshev import Chebyshev
from soleus.engine.fast.compile import Library, compile_object, processor, widest
from soleus.engine.fast.merson import Merson
from soleus.engine.fast.program import write_program
from soleus.engine.fast.target import Target
from soleus.model.spec import Model

logger = logging.getLogger(__name__)

FOLDER_VARIABLE = "SOLEUS_CACHE"
"""Environment variable that names another folder for compiled programs; empty: none is kept."""
METHODS = {"merson": Merson, "chebyshev": Chebyshev}
HEAD = b"soleus program\n"
DIGEST_SIZE = hashlib.sha256().digest_size
WAIT_S = 60.0
"""For another process that compiles the same program [s]."""


def load_program(model: Model, target: Target, method: str) -> Library:
    """A model's program, from the cache if it is there."""
    folder = cache_folder()
    key = program_key(model, target, method)
    if folder is None:
        return Library(_compile(model, target, method))
    file = folder / f"{key.hex()}.o"
    code = _read(file, key)
    if code is None:
        try:
            with FileLock(file.with_suffix(".lock"), timeout=WAIT_S):
                code = _read(file, key) or _compile_into(file, key, model, target, method)
        except (Timeout, OSError) as error:
            logger.info("the cache of compiled programs is not used: %s", error)
            code = _compile(model, target, method)
    return Library(code)


def cache_folder() -> Path | None:
    """Where programs are kept; None if there is no folder that belongs to this user alone."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named == "":
        return None
    folder = Path(named) if named else user_cache_path("soleus") / "engine"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        status = folder.stat()
    except OSError as error:
        logger.info("compiled programs are not kept: %s", error)
        return None
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
        logger.warning("compiled programs are not kept in %s: others can write there", folder)
        return None
    return folder


def program_key(model: Model, target: Target, method: str) -> bytes:
    """What the machine code depends on, as a digest."""
    name, features = processor()
    parts = (repr(replace(model, credits="")), repr(target), method, name, *sorted(features), version("llvmlite"))
    return hashlib.sha256("\n".join([*parts, _source()]).encode()).digest()


@cache
def _source() -> str:
    """Digest of the source that writes programs."""
    digest = hashlib.sha256()
    here = Path(__file__).parent
    model = here.parent.parent / "model"
    for file in [*sorted(here.glob("*.py")), model / "function.py", model / "spec.py"]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _read(file: Path, key: bytes) -> bytes | None:
    """The code in a file; None if there is none, or one that is damaged or was made for something else."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    head = HEAD + key
    digest, code = data[len(head) : len(head) + DIGEST_SIZE], data[len(head) + DIGEST_SIZE :]
    if data[: len(head)] == head and hashlib.sha256(code).digest() == digest:
        return code
    logger.warning("the compiled program %s is damaged or foreign, and is made anew", file)
    return None


def _compile_into(file: Path, key: bytes, model: Model, target: Target, method: str) -> bytes:
    """Compile, and write the file at once or not at all."""
    code = _compile(model, target, method)
    part = file.with_suffix(".part")  # one writer at a time: its lock is held
    try:
        part.write_bytes(HEAD + key + hashlib.sha256(code).digest() + code)
        part.replace(file)
    except OSError as error:
        logger.info("a compiled program is not kept: %s", error)
        part.unlink(missing_ok=True)
    return code


def _compile(model: Model, target: Target, method: str) -> bytes:
    targets = Targets(target, target if target.width > 1 else widest(target.precision))
    logger.info("compiling %s for %s ...", model.name, target)
    program = write_program(model, METHODS[method](), targets)
    return compile_object(program.kernel, program.traced)
