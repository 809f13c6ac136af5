"""The only list of learners: name -> the dataclass of its settings, which builds it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from soleus.learner.cma_es_config import CmaEsConfig
from soleus.learner.ddpg_config import DdpgConfig
from soleus.learner.es_config import EsConfig
from soleus.learner.sac_config import SacConfig
from soleus.learner.td3_config import Td3Config

LearnerConfig = SacConfig | Td3Config | DdpgConfig | EsConfig | CmaEsConfig


@dataclass(frozen=True)
class Entry:
    """A learner as a user meets it."""

    config: type[SacConfig] | type[Td3Config] | type[DdpgConfig] | type[EsConfig] | type[CmaEsConfig]
    summary: str


LEARNERS = {
    "sac": Entry(SacConfig, "soft actor-critic: off-policy, learns each transition many times and how random to be"),
    "td3": Entry(Td3Config, "twin delayed DDPG: off-policy, deterministic, two cautious critics"),
    "ddpg": Entry(DdpgConfig, "deep deterministic policy gradients: off-policy, deterministic, one critic: the oldest"),
    "es": Entry(EsConfig, "OpenAI's evolution strategy: whole episodes with other parameters each, and no critic"),
    "cma_es": Entry(CmaEsConfig, "CMA-ES: the same for small policies, and it learns which parameters matter"),
}


def learner_name(config: LearnerConfig) -> str:
    """The name under which the learner of a config is registered."""
    return next(name for name, entry in LEARNERS.items() if isinstance(config, entry.config))


def find_learner(name: str) -> Entry:
    """The entry of a learner; ValueError with the known names for an unknown one."""
    if name not in LEARNERS:
        raise ValueError(f"unknown learner {name!r}; known learners are {', '.join(sorted(LEARNERS))}")
    return LEARNERS[name]


def switched(config: LearnerConfig, name: str) -> LearnerConfig:
    """The settings of another learner, with all that was set for this one and that both have.

    Both have what is a setting of each one's family. What this learner has by default was not set, and the other has
    its own default.
    """
    kind = find_learner(name).config
    if isinstance(config, kind):
        return config
    both = _of_family(type(config)) & _of_family(kind)
    return kind(**{name: value for name, value in _changed(config).items() if name in both})


def _of_family(kind: type[LearnerConfig]) -> set[str]:
    """Names of the settings that a learner shares with all of its family."""
    (family,) = kind.__bases__
    return {field.name for field in fields(family)}


def _changed(config: LearnerConfig) -> dict[str, Any]:
    """The settings that are not as they are by default."""
    usual = type(config)()
    changed = {field.name: getattr(config, field.name) for field in fields(config)}
    return {name: value for name, value in changed.items() if value != getattr(usual, name)}
