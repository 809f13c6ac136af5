"""Eight moments of a stride as a picture, on a flat track of the fast engine, from six seconds on.

    python benchmarks/gait.py sprinter docs/images/sprinter.png

The policy is a run folder, or one that comes with Soleus.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import numpy as np
from matplotlib.image import imsave

from soleus.engine.fast.config import FastConfig
from soleus.run.candidate import find_candidate
from soleus.run.film import film
from soleus.task.run2017 import Run2017Config

FIRST, EVERY, N_PICTURE, N_COLUMN = 150, 2, 8, 4
"""Pictures of 40 ms before the stride, from one that is shown to the next, and how many are shown, in a row"""
MIDDLE = slice(150, 450)
"""Columns of a picture that the runner is in"""


def main(policy: str, file: Path) -> None:
    """Play, choose, tile and write."""
    rules = Run2017Config(difficulty=0)
    pictures = film(find_candidate(policy, rules), rules, FastConfig(), seed=0)
    shown = [picture[:, MIDDLE] for picture in islice(pictures, FIRST, FIRST + EVERY * N_PICTURE, EVERY)]
    rows = [np.concatenate(shown[i : i + N_COLUMN], axis=1) for i in range(0, N_PICTURE, N_COLUMN)]
    imsave(file, np.concatenate(rows))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
