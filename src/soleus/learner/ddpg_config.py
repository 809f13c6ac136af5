"""The settings of DDPG."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from soleus.learner.exploration import ExplorationConfig
from soleus.learner.replay_config import ReplayConfig

if TYPE_CHECKING:
    from soleus.learner.ddpg_update import DdpgUpdate
    from soleus.learner.part.base import Part
    from soleus.learner.replay import RowLayout


@final
@dataclass(frozen=True)
class DdpgConfig(ReplayConfig):
    """How deep deterministic policy gradients learn."""

    exploration: ExplorationConfig = field(default_factory=ExplorationConfig)
    """How it explores."""

    def check(self) -> None:
        """Nothing of its own can be wrong."""

    def update(self, layout: RowLayout, parts: tuple[Part, ...], decision_s: float) -> DdpgUpdate:
        from soleus.learner.ddpg_update import build_ddpg_update

        return build_ddpg_update(self, layout, parts, decision_s)
