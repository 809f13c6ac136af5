"""The settings of soft actor-critic with categorical critics."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, final

from soleus.learner.check import check_finite, check_least, check_positive
from soleus.learner.distribution import DistributionKind, FlowConfig, check_distribution
from soleus.learner.exploration import ColourConfig, Exploration
from soleus.learner.replay.config import ReplayConfig

if TYPE_CHECKING:
    from soleus.learner.categorical_sac_update import CategoricalSacUpdate
    from soleus.learner.part.base import Part
    from soleus.learner.replay.storage import RowLayout


@final
@dataclass(frozen=True)
class CategoricalSacConfig(ReplayConfig):
    """How soft actor-critic with categorical critics learns."""

    actor_average: int = 5000
    actor_learning_rate: float = 7e-4
    """Adam's step for the actor: larger learns faster until it forgets."""
    critic_learning_rate: float = 7e-4
    """Adam's step for the critics: their weights keep their length, so it stays as large beside them as it was."""
    tau: float = 0.01
    """How far target networks follow in each of their updates: larger spreads news and errors faster."""
    updates_per_transition: float = 2.0
    """Gradient updates for each transition received: more learns more from each, until values drift off. A fraction is
    carried over."""
    reward_scale: Literal["given", "return"] = "return"
    """What rewards are divided by: return is the running size of discounted returns, which keeps values within the
    bins; with given, set value_limit to the largest return."""
    n_bin: int = 101
    """Values that a critic tells apart; between two of them it mixes. More is finer, at more cost."""
    value_limit: float = 5.0
    """Largest and smallest value that a critic can say, in scaled rewards: what is beyond cannot be told apart."""
    actor_delay: int = 2
    """Updates of the critics for each of the actor and the temperature: more lets critics settle first."""
    initial_temperature: float = 0.01
    """Scaled reward that a nat of entropy is worth at the start: larger explores longer before rewards are believed."""
    temperature_learning_rate: float = 7e-4
    """Adam's step for the logarithm of the temperature; it has no schedule."""
    target_entropy_per_action: float = -0.5
    """Entropy that the temperature aims at, for each action dimension in [-1, 1] [nat]: -0.5 is a deviation of about
    0.15; lower explores less."""
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
        check_least(self, 2, "n_bin")
        check_least(self, 1, "actor_delay")
        check_positive(self, "temperature_learning_rate", "initial_temperature", "value_limit")
        check_finite(self, "target_entropy_per_action")
        check_distribution(self)
        if not self.critic_layer_norm:
            raise ValueError("critic_layer_norm is off, and these critics, whose weights have one length, live by it")

    def explore(self, decision_s: float) -> Exploration:
        return self.exploration.build(decision_s)

    def update(self, layout: RowLayout, parts: tuple[Part, ...]) -> CategoricalSacUpdate:
        from soleus.learner.categorical_sac_update import build_categorical_sac_update

        return build_categorical_sac_update(self, layout, parts)
