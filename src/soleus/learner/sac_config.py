"""The settings of soft actor-critic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, final

from soleus.learner.check import check_finite, check_positive
from soleus.learner.distribution import DistributionKind, FlowConfig, check_distribution
from soleus.learner.exploration import ColourConfig, Exploration
from soleus.learner.replay.config import ReplayConfig

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
    """Bounds of the logarithm of the deviation before tanh."""
    initial_log_std: float | None = None
    """This logarithm for a fresh actor, whatever it observes: more finds more, and falls more. None is the middle of
    its range."""
    distribution: DistributionKind = "gaussian"
    """"gaussian" draws each action by itself; "lattice" also perturbs the last hidden layer, so that actions that the
    actor has learnt to use together are tried together; "flow" bends the draws of a gaussian, so that actions may hang
    together in any way, the same whatever is observed. The latter two make updates dearer."""
    flow: FlowConfig = field(default_factory=FlowConfig)
    """Of the distribution "flow"."""
    exploration: ColourConfig = field(default_factory=ColourConfig)
    """How the draws of actions follow each other while it explores."""

    def check(self) -> None:
        check_distribution(self)
        check_positive(self, "temperature_learning_rate", "initial_temperature")
        check_finite(self, "target_entropy_per_action")

    def explore(self, decision_s: float) -> Exploration:
        return self.exploration.build(decision_s)

    def update(self, layout: RowLayout, parts: tuple[Part, ...]) -> SacUpdate:
        from soleus.learner.sac_update import build_sac_update

        return build_sac_update(self, layout, parts)
