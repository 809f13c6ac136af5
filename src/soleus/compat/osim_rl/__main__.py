"""python -m soleus.compat.osim_rl [--engine fast] script.py [arguments]: runs a script that imports osim-rl."""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from pathlib import Path

from soleus.compat.osim_rl.base import ENGINE_VARIABLE
from soleus.compat.osim_rl.install import install
from soleus.engine.registry import ENGINES


def main() -> None:
    """Run a script as Python would, with the environments of Soleus in the place of osim-rl's."""
    parser = argparse.ArgumentParser(prog="python -m soleus.compat.osim_rl", description=main.__doc__)
    parser.add_argument("--engine", choices=sorted(ENGINES), help=f"instead of the variable {ENGINE_VARIABLE}")
    parser.add_argument("script", type=Path)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the script")
    options = parser.parse_args()
    if not options.script.is_file():
        parser.error(f"there is no script {options.script}")
    if options.engine:
        os.environ[ENGINE_VARIABLE] = options.engine
    sys.argv = [str(options.script), *options.arguments]
    sys.path[0] = str(options.script.resolve().parent)
    install()
    runpy.run_path(str(options.script), run_name="__main__")


if __name__ == "__main__":
    main()
