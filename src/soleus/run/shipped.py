"""The policies that come with Soleus: run folders with everything left out but the config, the policy and a card."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cattrs

from soleus.run.error import RunError
from soleus.run.folder import RunFolder
from soleus.task.near import meant

FOLDER = Path(__file__).parent / "policies"
CARD = "card.json"


@dataclass(frozen=True)
class Judged:
    """What episodes came to."""

    command: str
    """That judges it so"""
    episodes: int
    mean: float
    """Of the distance, falls included [m]"""
    deviation: float
    """Among the episodes [m]"""
    falls: int
    """Episodes that ended before time was up"""
    failures: int = 0
    """Those of them that the simulator gave up, for which the task may charge"""
    score: float | None = None
    """Mean of what the task pays, that charge included; None on a card from before it was told"""


@dataclass(frozen=True)
class Card:
    """What is to be known of a policy before one believes in it."""

    summary: str
    command: str
    """That trained it"""
    env_steps: int
    """Control steps that it learnt from"""
    core_minutes: float
    """Processor time of its training [min]"""
    commit: str
    """Of Soleus, with which it was trained"""
    judged: tuple[Judged, ...]
    """On seeds that training did not know"""


def shipped_names() -> tuple[str, ...]:
    """Names of all policies that come with Soleus."""
    return tuple(sorted(file.parent.name for file in FOLDER.glob(f"*/{CARD}")))


def shipped_folder(name: str) -> RunFolder | None:
    """The folder of a shipped policy; None for another name, or one that a folder of the user has."""
    if name not in shipped_names() or Path(name).exists():
        return None
    return RunFolder.open(FOLDER / name)


def find_folder(name: str) -> RunFolder:
    """The folder of a run, or of a policy that comes with Soleus; RunError for what is neither, with a near name."""
    if (shipped := shipped_folder(name)) is not None:
        return shipped
    if not Path(name).exists():
        known = shipped_names()
        raise RunError(
            f"there is no run folder {name}{meant(name, known)}; `soleus train` makes one, and {' and '.join(known)} "
            "come with Soleus"
        )
    return RunFolder.open(Path(name))


def read_card(name: str) -> Card:
    """The card of a shipped policy; RunError with the known names for another one."""
    if name not in shipped_names():
        raise RunError(f"no policy {name!r} comes with Soleus; there are {', '.join(shipped_names())}")
    return cattrs.structure(json.loads((FOLDER / name / CARD).read_text(encoding="utf-8")), Card)
