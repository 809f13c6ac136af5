"""The settings of TD3."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

from soleus.learner.check import check_least
from soleus.learner.exploration import Exploration, ExplorationConfig
from soleus.learner.replay.config import ReplayConfig

if TYPE_CHECKING:
    from soleus.learner.part.base import Part
    from soleus.learner.replay.storage import RowLayout
    from soleus.learner.td3_update import Td3Update


@final
@dataclass(frozen=True)
class Td3Config(ReplayConfig):
    """How twin delayed deep deterministic policy gradients learn."""

    policy_delay: int = 2
    """Updates of the critics for each of the actor and the targets: more lets critics settle first."""
    target_noise: float = 0.2
    """Deviation of what is added to the action that a target is taken of, in [-1, 1]: more makes values smoother, so
    that an actor cannot live on a critic's sharp errors."""
    target_noise_limit: float = 0.5
    """This noise is cut here, to stay near the action."""
    exploration: ExplorationConfig = field(default_factory=ExplorationConfig)
    """How it explores."""

    def check(self) -> None:
        check_least(self, 1, "policy_delay")
        check_least(self, 0, "target_noise", "target_noise_limit")
        self.ensemble.check_noise(self.exploration.noise)

    def explore(self, decision_s: float) -> Exploration:
        return self.exploration.build(decision_s)

    def update(self, layout: RowLayout, parts: tuple[Part, ...]) -> Td3Update:
        from soleus.learner.td3_update import build_td3_update

        return build_td3_update(self, layout, parts)
