"""The settings of soft actor-critic, apart from the learner so that reading a config imports no JAX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from soleus.learner.part.base import Part
    from soleus.learner.sac import SacLearner


@dataclass(frozen=True)
class SacConfig:
    """How soft actor-critic learns."""

    actor_hidden: tuple[int, ...] = (256, 256)
    """Units of each hidden layer of the actor: wider can express finer gaits and costs time in every action."""
    critic_hidden: tuple[int, ...] = (256, 256)
    """Units of each hidden layer of both critics: they are three quarters of an update's time."""
    activation: Literal["relu", "elu", "tanh"] = "relu"
    """Non-linearity of all hidden layers."""
    critic_layer_norm: bool = True
    """Layer normalisation in the critics: keeps values bounded on unseen actions; updates take 14 to 23 % longer."""
    actor_learning_rate: float = 3e-4
    """Adam's step for the actor: larger learns faster until it forgets."""
    critic_learning_rate: float = 3e-4
    """Adam's step for the critics."""
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
    """How far the target critics follow their critics in each update: larger spreads news and errors faster."""
    temperature: Literal["learned", "fixed"] = "learned"
    """Whether the price of determinism follows the target entropy or stays at its initial value."""
    initial_action: float = 0.0
    """Action of a fresh actor, whatever it observes, in [-1, 1]: for muscles below 0, or it starts with all of them
    pulling against each other."""
    initial_temperature: float = 0.1
    """Reward that a nat of entropy is worth at the start: larger explores longer before rewards are believed."""
    temperature_learning_rate: float = 3e-4
    """Adam's step for the logarithm of a learned temperature."""
    target_entropy_per_action: float = -0.5
    """Entropy that a learned temperature aims at, for each action dimension in [-1, 1] [nat]: -0.5 is a deviation of
    about 0.15; lower explores less."""
    log_std_range: tuple[float, float] = (-5.0, 2.0)
    """Bounds of the logarithm of the deviation before tanh; a fresh actor starts in the middle."""
    observation_limit: float = 10.0
    """Normalised observations are cut here: how much of a spike the networks see [deviations]."""
    n_scan: int = 20
    """Updates in one compiled call: more costs less overhead, and weights reach the workers later."""

    def __post_init__(self) -> None:
        if not -1 < self.initial_action < 1:
            raise ValueError(f"initial_action is {self.initial_action}; it lies between -1 and 1")
        for name in ("batch_size", "replay_capacity", "n_scan", "n_step"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in ("updates_per_transition", "random_transitions"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be negative")
        rates = ("actor_learning_rate", "critic_learning_rate", "temperature_learning_rate")
        for name in (*rates, "initial_temperature", "observation_limit"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be positive")
        if not 0 <= self.discount < 1:
            raise ValueError(f"discount is {self.discount}; it must be in [0, 1)")
        if not 0 < self.tau <= 1:
            raise ValueError(f"tau is {self.tau}; it must be in (0, 1]")
        if not self.log_std_range[0] < self.log_std_range[1]:
            raise ValueError(f"log_std_range is {self.log_std_range}; give the lower bound first")

    def build(self, n_observation: int, n_action: int, seed: int, parts: Sequence[Part] = ()) -> SacLearner:
        """A fresh learner with this configuration."""
        from soleus.learner.sac import SacLearner  # imports JAX, which a config and the command line's help do without

        return SacLearner(self, n_observation, n_action, seed, parts)
