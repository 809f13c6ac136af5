"""The settings of soft actor-critic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, final

from soleus.learner.check import check_positive
from soleus.learner.exploration import ColourConfig, Exploration
from soleus.learner.replay.config import ReplayConfig
from soleus.nets.head import HEADS

if TYPE_CHECKING:
    from soleus.learner.part.base import Part
    from soleus.learner.replay.storage import RowLayout
    from soleus.learner.sac_update import SacUpdate


@final
@dataclass(frozen=True)
class SacConfig(ReplayConfig):
    """How soft actor-critic learns."""

    tells_terms: ClassVar[bool] = True

    temperature: Literal["learned", "fixed"] = "learned"
    """Whether the price of determinism follows the target entropy or stays at its initial value."""
    initial_temperature: float = 0.1
    """Reward that a nat of entropy is worth at the start: larger explores longer before rewards are believed."""
    temperature_learning_rate: float = 3e-4
    """Adam's step for the logarithm of a learned temperature; it has no schedule."""
    target_entropy_per_action: float = -0.5
    """Entropy that a learned temperature aims at, for each action dimension in [-1, 1] [nat]: -0.5 is a deviation of
    about 0.15; lower explores less."""
    log_std_range: tuple[float, float] = (-5.0, 2.0)
    """Bounds of the logarithm of the deviation before tanh; a fresh actor starts in the middle."""
    distribution: Literal["gaussian", "lattice"] = "gaussian"
    """"gaussian" draws each action by itself; "lattice" also perturbs the last hidden layer, so that actions that the
    actor has learnt to use together are tried together. Updates take about half as long again."""
    exploration: ColourConfig = field(default_factory=ColourConfig)
    """How the draws of actions follow each other while it explores."""

    def check(self) -> None:
        if self.distribution not in HEADS:
            raise ValueError(f"distribution is {self.distribution!r}; choose one of {', '.join(HEADS)}")
        check_positive(self, "temperature_learning_rate", "initial_temperature")
        if not self.log_std_range[0] < self.log_std_range[1]:
            raise ValueError(f"log_std_range is {self.log_std_range}; give the lower bound first")

    def explore(self, decision_s: float) -> Exploration:
        return self.exploration.build(decision_s)

    def update(self, layout: RowLayout, parts: tuple[Part, ...]) -> SacUpdate:
        from soleus.learner.sac_update import build_sac_update

        return build_sac_update(self, layout, parts)
