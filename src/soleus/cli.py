"""The command line: arguments -> a command. No logic."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
from collections.abc import Sequence

from rich.console import Console

USAGE = """\
soleus: train, judge and watch controllers of musculoskeletal bodies

  soleus train TASK        train a policy                soleus train run2017 --minutes 10 --out runs/first
  soleus evaluate POLICY   its official score            soleus evaluate runs/first --official
  soleus video POLICY      watch it                      soleus video runs/first
  soleus export RUN        its policy as an ONNX file    soleus export runs/first --onnx runner.onnx
  soleus plot RUN          its learning curve            soleus plot runs/first
  soleus demo              all of it in ten minutes      soleus demo --out runs/demo
  soleus recipes [NAME]    set-ups to train with        soleus recipes demo
  soleus policies [NAME]   trained ones that are here    soleus policies sprinter
  soleus tasks [NAME]      tasks, or what one observes   soleus tasks run2017
  soleus doctor            is everything installed?      soleus doctor
  soleus verify MODEL      fast engine against OpenSim   soleus verify gait9dof18musc
  soleus bench [WHAT]      measure speed                 soleus bench engine

Every command explains itself with --help."""

COMMANDS = {
    "train": "soleus.command.train:train",
    "evaluate": "soleus.command.evaluate:evaluate",
    "video": "soleus.command.video:video",
    "export": "soleus.command.export:export",
    "plot": "soleus.command.plot:plot",
    "demo": "soleus.command.demo:demo",
    "recipes": "soleus.command.recipes:recipes",
    "policies": "soleus.command.policies:policies",
    "tasks": "soleus.command.tasks:tasks",
    "doctor": "soleus.command.doctor:doctor",
    "verify": "soleus.command.verify:verify",
    "bench": "soleus.command.bench:bench",
}
"""Where each command lives; imported when it is called, so that the others cost nothing."""


EXTRAS = {
    "cmaes": "train",
    "jax": "train",
    "optax": "train",
    "tensorboardX": "train",
    "matplotlib": "view",
    "imageio_ffmpeg": "view",
    "onnx": "onnx",
    "onnxruntime": "onnx",
}
"""Packages that a bare install lacks, and the extra that brings each."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `soleus` program. Exit code 2 for what a user can put right, 130 after Ctrl-C."""
    if arguments is None:
        _compute_on_one_thread()
    logging.basicConfig(level=logging.WARNING, format="soleus: %(message)s")
    console = Console(markup=False, emoji=False)  # a folder may be called sweep[alive=1], a policy module:runner
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in ("-h", "--help"):
        console.print(USAGE, highlight=False, markup=False)
        return
    try:
        if given[0] not in COMMANDS:
            raise ValueError(
                f"unknown command {given[0]!r}; the commands are {', '.join(COMMANDS)} (see `soleus --help`)"
            )
        module, _, function = COMMANDS[given[0]].partition(":")
        getattr(importlib.import_module(module), function)(given[1:], console)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        _fail(f'{error.name} is not installed; this command needs it: pip install "soleus[{EXTRAS[error.name]}]"')
    except BrokenPipeError:  # who read along, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except MemoryError as error:
        _fail(f"there is not enough memory: {error}; ask for fewer worlds, or smaller networks and populations")
    except _user_errors() as error:
        _fail(str(error))
    except KeyboardInterrupt as stopped:
        if arguments is None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left is to leave
        console.print(str(stopped) or "stopped", highlight=False, markup=False)
        sys.exit(130)


def _compute_on_one_thread() -> None:
    """Begin anew with one thread for each of NumPy's products, unless the user says how many.

    NumPy reads that when it is loaded, which importing this package has done. A sampler that acts with as many threads
    as there are cores waits for the cores that the learner has: it made two thirds of the steps.
    """
    if os.name == "posix" and "OMP_NUM_THREADS" not in os.environ:
        os.environ["OMP_NUM_THREADS"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _fail(sentence: str) -> None:
    Console(stderr=True, emoji=False).print(f"soleus: {sentence}", highlight=False, markup=False, soft_wrap=True)
    sys.exit(2)


def _user_errors() -> tuple[type[Exception], ...]:
    """Errors that tell a user what to put right; anything else is ours, and keeps its traceback."""
    from soleus.engine.base import EngineError
    from soleus.run.error import RunError
    from soleus.view.error import ViewError

    return RunError, EngineError, ViewError, ValueError


if __name__ == "__main__":
    main()
