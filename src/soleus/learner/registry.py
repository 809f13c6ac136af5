"""The only list of learners: name -> the dataclass of its settings, which builds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from soleus.learner.categorical_sac_config import CategoricalSacConfig
from soleus.learner.ddpg_config import DdpgConfig
from soleus.learner.evolution.cma_es_config import CmaEsConfig
from soleus.learner.evolution.es_config import EsConfig
from soleus.learner.feudal.config import FeudalConfig
from soleus.learner.ppo.config import PpoConfig
from soleus.learner.sac_config import SacConfig
from soleus.learner.td3_config import Td3Config

LearnerConfig = (
    SacConfig | CategoricalSacConfig | Td3Config | DdpgConfig | PpoConfig | EsConfig | CmaEsConfig | FeudalConfig
)


@dataclass(frozen=True)
class Entry:
    """A learner as a user meets it."""

    config: (
        type[SacConfig]
        | type[CategoricalSacConfig]
        | type[Td3Config]
        | type[DdpgConfig]
        | type[PpoConfig]
        | type[EsConfig]
        | type[CmaEsConfig]
        | type[FeudalConfig]
    )
    summary: str


LEARNERS = {
    "sac": Entry(SacConfig, "soft actor-critic: off-policy, learns each transition many times and how random to be"),
    "categorical_sac": Entry(
        CategoricalSacConfig, "SAC whose critics say a histogram of scaled returns: learns more from fewer transitions"
    ),
    "td3": Entry(Td3Config, "twin delayed DDPG: off-policy, deterministic, two cautious critics"),
    "ddpg": Entry(DdpgConfig, "deep deterministic policy gradients: off-policy, deterministic, one critic: the oldest"),
    "ppo": Entry(PpoConfig, "proximal policy optimisation: on-policy, for many worlds that are cheap to simulate"),
    "es": Entry(EsConfig, "OpenAI's evolution strategy: whole episodes with other parameters each, and no critic"),
    "cma_es": Entry(CmaEsConfig, "CMA-ES: the same for small policies, and it learns which parameters matter"),
    "feudal": Entry(FeudalConfig, "a manager sets goals and a worker reaches them: soft actor-critics both"),
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

    What is as this learner has it by default was not set: there the other has its own default. So it has where it
    refuses what was set. What was set for one learner goes to the worker of a feudal one.
    """
    if name == "feudal" and not isinstance(config, FeudalConfig):
        worker = switched(config, "sac")
        assert isinstance(worker, SacConfig)
        return FeudalConfig.above(worker)
    kind, usual = find_learner(name).config, type(config)()
    if isinstance(config, kind):
        return config
    own, its = ({(field.name, field.type) for field in fields(each)} for each in (config, kind))
    given = {name: getattr(config, name) for name, _ in own & its}
    changed = {name: value for name, value in given.items() if value != getattr(usual, name)}
    return kind(**{name: value for name, value in changed.items() if _takes(kind, name, value)})


def _takes(kind: Callable[..., LearnerConfig], name: str, value: object) -> bool:
    """Whether a learner can have a setting, all else as it has it by default."""
    try:
        kind(**{name: value})
    except ValueError:
        return False
    return True
