"""The settings of DDPG."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from soleus.learner.exploration import Exploration, ExplorationConfig
from soleus.learner.replay.config import ReplayConfig

if TYPE_CHECKING:
    from soleus.learner.ddpg_update import DdpgUpdate
    from soleus.learner.part.base import Part
    from soleus.learner.replay.storage import RowLayout


@final
@dataclass(frozen=True)
class DdpgConfig(ReplayConfig):
    """How deep deterministic policy gradients learn."""

    exploration: ExplorationConfig = field(default_factory=ExplorationConfig)
    """How it explores."""

    def check(self) -> None:
        self.ensemble.check_noise(self.exploration.noise)

    def explore(self, decision_s: float) -> Exploration:
        return self.exploration.build(decision_s)

    def update(self, layout: RowLayout, parts: tuple[Part, ...]) -> DdpgUpdate:
        from soleus.learner.ddpg_update import build_ddpg_update

        return build_ddpg_update(self, layout, parts)
