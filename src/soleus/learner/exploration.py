"""How a learner of a deterministic policy explores: settings -> the noise that its policy takes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from soleus.learner.replay_config import check_least, check_positive
from soleus.nets.noise import GaussianNoise, Noise, OrnsteinUhlenbeckNoise


@dataclass(frozen=True)
class ExplorationConfig:
    """What is added to the actions of a deterministic policy while it explores."""

    noise: Literal["gaussian", "ornstein_uhlenbeck"] = "gaussian"
    """"gaussian" is drawn afresh for every action; "ornstein_uhlenbeck" wanders, so that slow muscles follow it."""
    std: float = 0.1
    """Deviation of the noise at the start, for actions in [-1, 1]: more finds more, and falls more."""
    std_end: float = 0.1
    """The same after `transitions`: less lets critics see what the policy itself would do."""
    transitions: int = 1_000_000
    """Transitions in which the deviation goes in a straight line from `std` to `std_end`; from then on it stays."""
    correlation_s: float = 0.2
    """Time for which "ornstein_uhlenbeck" pushes the same way [s]."""

    def __post_init__(self) -> None:
        check_least(self, 0, "std", "std_end")
        check_least(self, 1, "transitions")
        check_positive(self, "correlation_s")

    def build(self, n_transition: int, decision_s: float) -> Noise:
        """The noise after so many transitions, for actions that are held for `decision_s`."""
        share = min(n_transition / self.transitions, 1.0)
        std = self.std + share * (self.std_end - self.std)
        if self.noise == "gaussian":
            return GaussianNoise(std)
        return OrnsteinUhlenbeckNoise(std, self.correlation_s, decision_s)
