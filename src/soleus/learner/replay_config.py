"""The settings that all replay learners share, apart from the learner so that reading a config imports no JAX."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from soleus.learner.part.base import Part
    from soleus.learner.replay import RowLayout
    from soleus.learner.replay_learner import ReplayLearner
    from soleus.learner.update import Update

DECISION_S = 0.04
"""Time for which an action is held unless a task says otherwise [s]"""


@dataclass(frozen=True)
class ReplayConfig(ABC):
    """How a learner that keeps what it receives learns from samples of it."""

    alternates: ClassVar[bool] = False
    """Whether it learns only from what its present policy did, so that sampling and learning must take turns"""
    mirrors: ClassVar[bool] = True
    """Whether it can learn from the mirror image of what was done"""

    actor_hidden: tuple[int, ...] = (256, 256)
    """Units of each hidden layer of the actor: wider can express finer gaits and costs time in every action."""
    critic_hidden: tuple[int, ...] = (256, 256)
    """Units of each hidden layer of a critic: critics are three quarters of an update's time."""
    activation: Literal["relu", "elu", "tanh"] = "relu"
    """Non-linearity of all hidden layers."""
    actor_layer_norm: bool = False
    """Layer normalisation in the actor: keeps its outputs from saturating; costs time in every action."""
    critic_layer_norm: bool = True
    """Layer normalisation in the critics: keeps values bounded on unseen actions; updates take 14 to 23 % longer."""
    actor_learning_rate: float = 3e-4
    """Adam's step for the actor: larger learns faster until it forgets."""
    critic_learning_rate: float = 3e-4
    """Adam's step for the critics."""
    learning_rate_left: float = 1.0
    """Fraction of the actor's and critics' learning rates that is left at the end of their schedule; 1 keeps them."""
    learning_rate_updates: int = 1_000_000
    """Updates in which these learning rates fall in a straight line to what is left; from then on they stay."""
    gradient_limit: float | None = None
    """Norm to which a longer gradient is cut, of the actor and of all critics together; None cuts none."""
    batch_size: int = 256
    """Transitions in each update: larger is steadier, at proportional cost."""
    replay_capacity: int = 1_000_000
    """Transitions remembered; the oldest go first. Too few forget how not to fall."""
    updates_per_transition: float = 1.0
    """Gradient updates for each transition received: more learns more from each, until values drift off. A fraction is
    carried over."""
    random_transitions: int = 1000
    """Transitions of evenly random actions before the policy acts and updates begin."""
    discount: float = 0.98
    """Weight of the next decision's value. The horizon is decision interval / (1 - discount): 2 s at 40 ms."""
    n_step: int = 1
    """Decisions whose rewards are summed before a critic is asked: more spread news faster, and favour what older
    policies did."""
    tau: float = 0.005
    """How far target networks follow in each of their updates: larger spreads news and errors faster."""
    initial_action: float = 0.0
    """Action of a fresh actor, whatever it observes, in [-1, 1]: for muscles below 0, or it starts with all of them
    pulling against each other."""
    observation_limit: float = 10.0
    """Normalised observations are cut here: how much of a spike the networks see [deviations]."""
    n_scan: int = 20
    """Updates in one compiled call: more costs less overhead, and weights reach the workers later."""

    def __post_init__(self) -> None:
        check_interval(self, -1, 1, "initial_action")
        check_least(self, 1, "batch_size", "replay_capacity", "learning_rate_updates", "n_scan", "n_step")
        check_least(self, 0, "updates_per_transition", "random_transitions")
        check_positive(self, "actor_learning_rate", "critic_learning_rate", "observation_limit")
        for name in ("actor_hidden", "critic_hidden"):
            if any(units < 1 for units in getattr(self, name)):
                raise ValueError(f"{name} is {getattr(self, name)}; every layer needs at least 1 unit")
        if self.batch_size > self.replay_capacity:
            raise ValueError(
                f"batch_size is {self.batch_size} and replay_capacity {self.replay_capacity}; a batch must fit in"
            )
        if self.gradient_limit is not None:
            check_positive(self, "gradient_limit")
        if not 0 <= self.discount < 1:
            raise ValueError(f"discount is {self.discount}; it must be in [0, 1)")
        for name in ("tau", "learning_rate_left"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be in (0, 1]")
        self.check()

    @abstractmethod
    def check(self) -> None:
        """Refuse values of a method's own settings with which it cannot learn: ValueError with what is allowed."""

    @abstractmethod
    def update(self, layout: RowLayout, parts: tuple[Part, ...], decision_s: float) -> Update[Any]:
        """What makes it this method.

        Args:
            layout: of the transitions that it learns from.
            parts: what else takes part in learning, in the order in which it is called.
            decision_s: time for which an action is held [s].
        """

    def build(
        self, n_observation: int, n_action: int, seed: int, parts: Sequence[Part] = (), decision_s: float = DECISION_S
    ) -> ReplayLearner:
        """A fresh learner with this configuration; arguments as for `ReplayLearner`."""
        from soleus.learner.replay_learner import ReplayLearner  # imports JAX: a config and --help do without

        return ReplayLearner(self, n_observation, n_action, seed, parts, decision_s)


def check_least(config: object, least: int, *names: str) -> None:
    """Refuse smaller settings."""
    for name in names:
        if not getattr(config, name) >= least:
            allowed = "must not be negative" if least == 0 else f"must be at least {least}"
            raise ValueError(f"{name} is {getattr(config, name)}; it {allowed}")


def check_positive(config: object, *names: str) -> None:
    """Refuse settings of 0 or less, and those that are no number."""
    for name in names:
        if not getattr(config, name) > 0:
            raise ValueError(f"{name} is {getattr(config, name)}; it must be positive")


def check_interval(config: object, low: float, high: float, *names: str) -> None:
    """Refuse settings that do not lie between two others."""
    for name in names:
        if not low < getattr(config, name) < high:
            raise ValueError(f"{name} is {getattr(config, name)}; it lies between {low} and {high}")
