"""The only list of learners: name -> the dataclass of its settings, which builds it."""

from __future__ import annotations

from dataclasses import dataclass

from soleus.learner.sac_config import SacConfig

LearnerConfig = SacConfig


@dataclass(frozen=True)
class Entry:
    """A learner as a user meets it."""

    config: type[LearnerConfig]
    summary: str


LEARNERS = {
    "sac": Entry(SacConfig, "soft actor-critic: off-policy, learns each transition many times"),
}


def find_learner(name: str) -> Entry:
    """The entry of a learner; ValueError with the known names for an unknown one."""
    if name not in LEARNERS:
        raise ValueError(f"unknown learner {name!r}; known learners are {', '.join(sorted(LEARNERS))}")
    return LEARNERS[name]
